"""Tell changes of the restore setting that are ours from those that others made."""

import logging
from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import structs

from shared.domain.feed import TenantChange
from shared.domain.ledger import Ledger
from shared.domain.restore_change import UNSETTLED, Foreign
from shared.domain.restore_value import Value
from shared.errors import AuditError, ConflictError
from shared.ports import Audit

log = logging.getLogger(__name__)

TRIES = 5
"""Times that a record is decided on anew because somebody else's came first."""


async def explained(
    found: Sequence[TenantChange], now: datetime, *, audit: Audit, user_names: bool
) -> list[TenantChange]:
    """Name the change of ours behind each difference, and record what others did in the audit.

    Without `user_names` the record has no person's name. An audit that cannot be added to does not
    keep a difference from being told.
    """
    return [await _explained(each, now, audit=audit, user_names=user_names) for each in found]


async def _explained(
    found: TenantChange, now: datetime, *, audit: Audit, user_names: bool
) -> TenantChange:
    if found.kind != "restore_setting" or found.new is None:
        return found
    foreign = _foreign(found, found.new, user_names=user_names)
    for _ in range(TRIES):
        try:
            ledger = await audit.ledger()
            ours = made_by(ledger, foreign.new)
            if ours is not None:
                return structs.replace(found, ours=ours)
            if ledger.known is None or ledger.known.value != foreign.new:
                # A poll sees the setting once, so that its time makes the name unique.
                record = ledger.next(f"poll-{now:%Y%m%dT%H%M%SZ}", now, None, foreign)
                await audit.append(ledger, record, now)
        except ConflictError as error:
            log.info("Somebody else's record came first, so this begins anew: %s", error)
        except AuditError as error:
            log.warning("A change of the restore setting is told, and not recorded: %s", error)
            break
        else:
            break
    return found


def made_by(ledger: Ledger, value: Value) -> str | None:
    """Name the change of ours that gave the setting this value, or is about to; None for others."""
    applied = ledger.applied
    if applied is not None and applied.value == value:
        return applied.change
    made = (
        change.id
        for change in ledger.changes.values()
        if change.value == value or (change.state in UNSETTLED and change.after == value.state)
    )
    return next(made, None)


def _foreign(found: TenantChange, new: dict[str, object], *, user_names: bool) -> Foreign:
    actor = found.who
    if actor is not None and not user_names:
        actor = structs.replace(actor, name=None)
    return Foreign(
        setting=found.id,
        new=msgspec.convert(new, Value),
        old=None if found.old is None else msgspec.convert(found.old, Value),
        actor=actor,
        actor_unknown=found.who_unknown,
    )
