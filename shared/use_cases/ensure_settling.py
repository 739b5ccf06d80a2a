"""See that no change of the restore setting is forgotten because its message was lost."""

import logging
from datetime import datetime, timedelta

from shared.domain.ledger import Ledger
from shared.domain.restore_change import Change
from shared.errors import AuditError
from shared.messages import RESTORE_CHANGES, SettleChange
from shared.use_cases.restore_control import Control
from shared.use_cases.write_setting import SLOWEST_ASKING

log = logging.getLogger(__name__)

LATEST_LOOK = timedelta(minutes=15)
"""The first look at a write comes after five minutes, and others every ten at most."""

LATEST_ASKING = SLOWEST_ASKING + timedelta(hours=1)
"""Whoever waits for Intune's approval leaves a record each time Intune is asked."""


async def ensure_settling(now: datetime, *, control: Control) -> None:
    """Have the changes looked at that nobody seems to look at, as of `now` in UTC.

    A message too many does no harm, as none follows on it. Raises StorageError; an audit that is
    not in order is told by the health report.
    """
    try:
        ledger = await control.audit.ledger()
    except AuditError as error:
        log.warning("Changes of the restore setting cannot be looked after: %s", error)
        return
    for change in _forgotten(ledger, now):
        log.warning("Nobody seems to look at the change %s, so it is sent again.", change.id)
        message = SettleChange(change.id, change.begun, once=True)
        await control.queue.send(RESTORE_CHANGES, message)


def _forgotten(ledger: Ledger, now: datetime) -> list[Change]:
    changes = (change.as_of(now) for change in ledger.changes.values())
    return [change for change in changes if _is_forgotten(change, now)]


def _is_forgotten(change: Change, now: datetime) -> bool:
    if change.state in ("applying", "unknown"):
        return change.begun is not None and now - change.begun > LATEST_LOOK
    if change.state == "waiting_for_intune_approval":
        return now - change.history[-1].at > LATEST_ASKING
    return False
