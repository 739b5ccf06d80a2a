"""Write the restore setting for the one change that may, and see what came of it."""

import logging
from datetime import timedelta

from shared.domain.ledger import Ledger
from shared.domain.principal import Principal
from shared.domain.restore_change import (
    Applied,
    Change,
    ChangeEvent,
    Conflict,
    PutOff,
    Refused,
    Uncertain,
    Waiting,
)
from shared.domain.restore_value import value_of
from shared.domain.tenant import RestoreSetting
from shared.errors import GraphError, GraphThrottledError, GraphUnavailableError
from shared.messages import RESTORE_CHANGES, SettleChange
from shared.ports import Written
from shared.use_cases.append_record import append_record
from shared.use_cases.restore_control import Control

log = logging.getLogger(__name__)

SEND_WITHIN = timedelta(seconds=60)
"""Whoever has not sent the write so long after it was recorded does not send it any more: others
may soon take it for dead."""

SETTLE_AFTER = timedelta(minutes=5)
"""After so long a write that was recorded has been answered, or never will be: SEND_WITHIN, the
longest write (120 s), and some time to spare."""

LOOK_SOON = timedelta(seconds=30)
"""When an unclear outcome is looked at first."""

ASK_INTUNE_AGAIN = timedelta(minutes=15)
"""When a write that waits for Intune's own approval is sent again first."""

SLOWEST_ASKING = timedelta(hours=2)
MOST_DOUBLINGS = 10


async def write_setting(
    change: Change, who: Principal | None, *, control: Control, tries: int = 0
) -> Change:
    """Write once, if the setting is what the plan was made against, and record what came of it.

    `tries` counts how often Intune has been asked again. Raises GraphError when nothing was sent;
    the change then stands where it stood before.
    """
    try:
        found = await control.setting.read()
    except GraphError as error:
        await _put_off(change, who, f"the setting was not read: {error}", tries, control)
        raise
    if has_moved(change, found):
        return await _record(change, who, outcome_of_move(change, found), control)
    if change.begun is None or control.clock() - change.begun > SEND_WITHIN:
        raise await _put_off(change, who, "it took too long to get here", tries, control)
    written = await control.setting.write(
        change.setting, change.after, _justification(change), change.code
    )
    if written.outcome == "not_sent":
        why = written.why or "nothing was sent"
        put_off = await _put_off(change, who, why, tries, control)
        if written.retry_after is None:
            raise put_off
        raise GraphThrottledError(str(put_off), retry_after=written.retry_after)
    event = await _event_of(change, written, control)
    if isinstance(event, Uncertain):
        await look_again(change, LOOK_SOON, 0, control=control)
    if isinstance(event, Waiting):
        await _ask_again(change, tries, control)
    return await _record(change, who, event, control)


def has_moved(change: Change, found: RestoreSetting) -> bool:
    """Tell whether the setting is another than the plan was made against."""
    return found.id != change.setting or value_of(found) != change.before


def outcome_of_move(change: Change, found: RestoreSetting) -> Applied | Conflict:
    """Tell what it means that the setting is another than the plan was made against.

    Where Intune was asked to approve, and the setting is what was asked for, that is the change.
    """
    asked_for = found.id == change.setting and found.state == change.after
    if change.code is not None and asked_for:
        return Applied(change.id, value_of(found), "later")
    return Conflict(change.id, value_of(found))


def slower(first: timedelta, tries: int, slowest: timedelta) -> timedelta:
    """Return how long to wait before the next try: twice as long each time, up to a limit."""
    return min(first * int(2 ** min(tries, MOST_DOUBLINGS)), slowest)


async def look_again(change: Change, after: timedelta, tries: int, *, control: Control) -> None:
    """Have the outcome looked for later."""
    message = SettleChange(change.id, change.begun, tries)
    await control.queue.send(RESTORE_CHANGES, message, delay=after.total_seconds())


async def _event_of(change: Change, written: Written, control: Control) -> ChangeEvent:
    request, why = written.request_id, written.why or ""
    if written.outcome == "refused":
        return Refused(change.id, written.cause or "request", why, request)
    if written.outcome == "waiting" and written.code is not None:
        return Waiting(change.id, written.code, request)
    if written.outcome != "accepted":
        return Uncertain(change.id, why or "the write was not answered", request)
    return await _read_back(change, written, control)


async def _read_back(change: Change, written: Written, control: Control) -> ChangeEvent:
    request = written.request_id
    try:
        found = await control.setting.read()
    except GraphError as error:
        return Uncertain(change.id, f"it was accepted, and not read back: {error}", request)
    if found.state == change.after:
        return Applied(change.id, value_of(found), "read_back", request)
    if written.code is not None:
        return Waiting(change.id, written.code, request)
    why = f"it was accepted, and the setting still reads {found.state}"
    return Uncertain(change.id, why, request)


async def _put_off(
    change: Change, who: Principal | None, why: str, tries: int, control: Control
) -> GraphUnavailableError:
    """Record that nothing was sent, and return what tells the caller so."""
    if change.code is not None:
        await _ask_again(change, tries, control)
    await _record(change, who, PutOff(change.id, why), control)
    return GraphUnavailableError(
        f"the change {change.id} was not sent, and may be applied again: {why}"
    )


async def _ask_again(change: Change, tries: int, control: Control) -> None:
    """Have Intune asked again later; sent first, so that no change is left waiting for nothing."""
    later = slower(ASK_INTUNE_AGAIN, tries, SLOWEST_ASKING)
    await look_again(change, later, tries, control=control)


async def _record(
    change: Change, who: Principal | None, event: ChangeEvent, control: Control
) -> Change:
    """Record what came of this very write, unless somebody else has found out meanwhile."""

    def decide(ledger: Ledger) -> ChangeEvent | None:
        standing = ledger.changes[change.id]
        mine = standing.state == "applying" and standing.begun == change.begun
        return event if mine else None

    ledger = await append_record(who, decide, control=control)
    return ledger.changes[change.id]


def _justification(change: Change) -> str:
    ticket = f" ({change.ticket})" if change.ticket else ""
    return f"{change.reason}{ticket}; change {change.id}"
