"""Close a refused change that somebody has made by hand, once the setting shows it."""

from datetime import datetime

from shared.domain.principal import Principal
from shared.domain.restore_change import Change, Confirmed
from shared.domain.restore_value import value_of
from shared.errors import ChangeError
from shared.use_cases.append_record import append_record, change_of, insist
from shared.use_cases.conditions import check_unchanged
from shared.use_cases.restore_control import Control


async def confirm_change(
    now: datetime, who: Principal, id: str, if_match: str | None, *, control: Control
) -> Change:
    """Read the setting, and record that the change is applied if it has the planned state.

    Raises ChangeError where it has not, or the change was not refused; NotFoundError, StaleError
    and GraphError.
    """
    ledger = await control.audit.ledger()
    change = await change_of(ledger, id, control=control)
    check_unchanged(change.as_of(now), if_match)
    await insist("confirm", change, who, ledger, control=control)
    setting = await control.setting.read()
    if setting.id != change.setting:
        raise ChangeError(
            f"the setting is another object now than the change {id} was planned for; plan again",
            change=id,
            state=change.state,
        )
    if setting.state != change.after:
        raise ChangeError(
            f"the setting still is {setting.state}, and the change {id} wants it {change.after};"
            " make the change first, then confirm it",
            change=id,
            state=change.state,
        )
    event = Confirmed(id, value_of(setting))
    after = await append_record(who, lambda _: event, control=control)
    return after.changes[id]
