"""Decide by what the records say, and add one: the only way anything about a change is written."""

import logging
from collections.abc import Callable
from typing import TypeAlias

from shared.domain.ledger import TOLD, Ledger
from shared.domain.permits import Asked, denial
from shared.domain.principal import Principal
from shared.domain.restore_change import Change, Denied, Event
from shared.errors import ChangeError, ConflictError, ForbiddenError, NotFoundError, StorageError
from shared.messages import DIGESTS, ComposeDigests
from shared.use_cases.restore_control import Control

log = logging.getLogger(__name__)

TRIES = 8
"""Times that a decision is made anew because somebody else's record came first."""

Decide: TypeAlias = Callable[[Ledger], Event | None]
"""Says what is to be recorded by a ledger that was just read: None for nothing. It may raise."""


async def append_record(who: Principal | None, decide: Decide, *, control: Control) -> Ledger:
    """Record what `decide` says, and return what the records then add up to.

    Raises what `decide` raises, ChangeError where its event cannot happen any more, ConflictError
    when others are faster again and again, AuditError and StorageError.
    """
    for tried in range(1, TRIES + 1):
        ledger = await control.audit.ledger()
        event = decide(ledger)
        if event is None:
            return ledger
        try:
            after = await _append(ledger, who, event, control)
        except ConflictError as error:
            if tried == TRIES:
                raise
            log.info("Somebody else's record came first, so this is decided anew: %s", error)
        else:
            break
    if isinstance(event, TOLD):
        await _have_it_told(event, control)
    return after


async def _append(ledger: Ledger, who: Principal | None, event: Event, control: Control) -> Ledger:
    named = who if who is None or control.user_names else who.without_name()
    now = control.clock()
    record = ledger.next(control.unique(), now, named, event)
    try:
        ledger.add(record, "not stored yet")
    except ValueError as impossible:
        raise ChangeError(f"this cannot be done any more: {impossible}") from impossible
    return await control.audit.append(ledger, record, now)


async def _have_it_told(event: Event, control: Control) -> None:
    try:
        await control.queue.send(DIGESTS, ComposeDigests("a change of the restore setting"))
    except StorageError as error:
        log.warning("%s is told with the next digest: %s", type(event).__name__, error)


async def change_of(ledger: Ledger, id: str, *, control: Control) -> Change:
    """Find a change, wherever it is kept. Raises NotFoundError."""
    change = ledger.changes.get(id) or await control.audit.filed(id)
    if change is None:
        raise NotFoundError(
            f"there is no change {id!r}; see the list of changes for those there are"
        )
    return change


async def insist(
    asked: Asked, change: Change, who: Principal, ledger: Ledger, *, control: Control
) -> None:
    """Go on only if somebody may do something to a change as it stands.

    Raises ForbiddenError, which is recorded, where it is a matter of who asks; ChangeError else.
    """
    now = control.clock()
    denied = denial(asked, change, who, ledger.in_progress, now)
    if denied is None:
        return
    if denied.grounds == "person":
        event = Denied(change.id, asked, denied.why)
        await append_record(who, lambda seen: _unless_known(event, who, seen), control=control)
        raise ForbiddenError(f"{denied.why}; somebody else has to")
    raise ChangeError(denied.why, change=change.id, state=change.as_of(now).state)


def _unless_known(event: Denied, who: Principal, ledger: Ledger) -> Denied | None:
    """Return what is to be recorded of a denial; None where the same is on record already."""
    known = (
        line.who is not None and line.who.is_same_as(who) and line.why == event.why
        for line in ledger.changes[event.change].history
        if line.event == "denied"
    )
    return None if any(known) else event
