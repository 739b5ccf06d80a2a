"""Find out what became of a change whose write is not settled; never by writing again."""

import logging
from datetime import datetime, timedelta

from shared.domain.ledger import Ledger
from shared.domain.restore_change import UNSETTLED, Applied, Change, ChangeEvent, NotApplied
from shared.domain.restore_value import value_of
from shared.domain.tenant import RestoreSetting
from shared.errors import ChangeError, GraphError
from shared.messages import SettleChange
from shared.use_cases.append_record import append_record
from shared.use_cases.apply_change import (
    begin_applying,
    gates_of,
    record_blocked,
    record_move,
)
from shared.use_cases.restore_control import Control
from shared.use_cases.write_setting import (
    ASK_INTUNE_AGAIN,
    LOOK_SOON,
    SETTLE_AFTER,
    SLOWEST_ASKING,
    has_moved,
    look_again,
    slower,
    write_setting,
)

log = logging.getLogger(__name__)

GIVE_UP_AFTER = timedelta(minutes=30)
"""A setting that still is as it was so long after a write was sent was not written."""

SLOWEST_LOOK = timedelta(minutes=10)


async def settle_change(message: SettleChange, now: datetime, *, control: Control) -> None:
    """Read the setting and record the outcome, or look again later.

    While Intune waits for an approval of its own, the same request is sent again with its code:
    that is how it is told to go on. Each write has its own messages, and those of earlier ones are
    dropped; so there are not more and more of them.

    Raises StorageError and AuditError.
    """
    ledger = await control.audit.ledger()
    found = ledger.changes.get(message.change)
    if found is None:
        log.warning("There is no change %r to be settled.", message.change)
        return
    change = found.as_of(now)
    if change.state in UNSETTLED and _is_about(message, change):
        await _look(change, message, now, control)
    elif change.state == "waiting_for_intune_approval" and message.begun == change.begun:
        await _ask_intune(change, ledger, message, now, control)


def _is_about(message: SettleChange, change: Change) -> bool:
    """Tell whether a message is about the write that is not settled.

    The one without a time was sent before the write was recorded. It is for those who died while
    writing: whoever lived to see that the outcome is unknown has sent one with the time.
    """
    died = message.begun is None and change.state == "applying"
    return died or message.begun == change.begun


async def _later(
    message: SettleChange, change: Change, after: timedelta, *, control: Control
) -> None:
    """Look again later, unless whoever sent the message sees to that."""
    if not message.once:
        await look_again(change, after, message.tries + 1, control=control)


async def _look(change: Change, message: SettleChange, now: datetime, control: Control) -> None:
    since = now - (change.begun or now)
    if change.state == "applying" and since < SETTLE_AFTER:
        await _later(message, change, SETTLE_AFTER - since, control=control)
        return
    later = slower(LOOK_SOON, message.tries, SLOWEST_LOOK)
    try:
        setting = await control.setting.read()
    except GraphError as error:
        log.warning("What became of the change %s cannot be seen yet: %s", change.id, error)
        await _later(message, change, later, control=control)
        return
    event = outcome_by_reading(change, setting, since)
    if event is None:
        await _later(message, change, later, control=control)
        return

    def decide(ledger: Ledger) -> ChangeEvent | None:
        standing = ledger.changes[change.id]
        as_it_was = standing.state == change.state and standing.begun == change.begun
        return event if as_it_was else None

    await append_record(None, decide, control=control)


def outcome_by_reading(
    change: Change, setting: RestoreSetting, since: timedelta
) -> ChangeEvent | None:
    """Tell what the setting says of a write that was sent, if anything, so long ago; None to wait.

    A plan always changes the state, so the state alone tells the new value from the old one. Any
    other value says nothing as long as the write may still be under way, and come after it.
    """
    found = value_of(setting)
    if setting.id != change.setting:
        why = "the setting is another object by now than the one that was written"
        return NotApplied(change.id, found, why)
    if found.state == change.after:
        return Applied(change.id, found, "later")
    if found != change.before and since >= SETTLE_AFTER:
        why = f"the setting has been changed since, by somebody else, to {found.state}"
        return NotApplied(change.id, found, why)
    if found != change.before or since < GIVE_UP_AFTER:
        return None
    minutes = int(since.total_seconds() // 60)
    why = f"the setting still was as before {minutes} minutes after the write was due"
    return NotApplied(change.id, found, why)


async def _ask_intune(
    change: Change, ledger: Ledger, message: SettleChange, now: datetime, control: Control
) -> None:
    later = slower(ASK_INTUNE_AGAIN, message.tries, SLOWEST_ASKING)
    try:
        answers, setting = await gates_of(now, change, ledger, change.override, control=control)
    except GraphError as error:
        log.warning("The change %s goes on waiting: %s", change.id, error)
        await _later(message, change, later, control=control)
        return
    if setting is not None and has_moved(change, setting):
        await record_move(change, None, setting, control=control)
        return
    if any(answer.stops for answer in answers):
        log.info("The change %s goes on waiting: gates do not hold.", change.id)
        if not _was_blocked_lately(change, now):
            await record_blocked(change, None, answers, control=control)
        await _later(message, change, later, control=control)
        return
    if ledger.in_progress is not None:
        await _later(message, change, later, control=control)
        return
    try:
        applying = await begin_applying(
            now, None, change, answers, change.override, control=control
        )
    except (ChangeError, GraphError) as error:
        log.info("The change %s is not sent again now: %s", change.id, error)
        await _later(message, change, later, control=control)
        return
    try:
        await write_setting(applying, None, control=control, tries=message.tries + 1)
    except GraphError as error:
        log.warning("The change %s goes on waiting: %s", change.id, error)


def _was_blocked_lately(change: Change, now: datetime) -> bool:
    """Tell whether somebody has just found the same, and has it on record."""
    last = change.history[-1]
    return last.event == "blocked" and now - last.at < ASK_INTUNE_AGAIN / 2
