"""Consent to a plan, or say no."""

from datetime import datetime

from shared.domain.ledger import Ledger
from shared.domain.permits import Asked
from shared.domain.principal import Principal
from shared.domain.restore_change import Approved, Change, ChangeEvent, Rejected
from shared.use_cases.append_record import append_record, change_of, insist
from shared.use_cases.conditions import check_unchanged
from shared.use_cases.restore_control import Control


async def approve_change(
    now: datetime, who: Principal, id: str, if_match: str | None, *, control: Control
) -> Change:
    """Add somebody's approval. Raises ForbiddenError for the planner, and for a second time.

    Raises NotFoundError, StaleError, and ChangeError where the change is no open plan.
    """
    return await _say(now, "approve", who, Approved(id), if_match, control=control)


async def reject_change(
    now: datetime,
    who: Principal,
    id: str,
    why: str | None,
    if_match: str | None,
    *,
    control: Control,
) -> Change:
    """End a change that has not been applied; its planner so withdraws it. Raises as approving."""
    return await _say(now, "reject", who, Rejected(id, why), if_match, control=control)


async def _say(
    now: datetime,
    asked: Asked,
    who: Principal,
    event: ChangeEvent,
    if_match: str | None,
    *,
    control: Control,
) -> Change:
    seen = await control.audit.ledger()
    change = await change_of(seen, event.change, control=control)
    check_unchanged(change.as_of(now), if_match)
    await insist(asked, change, who, seen, control=control)

    def decide(ledger: Ledger) -> ChangeEvent:
        check_unchanged(ledger.changes[change.id].as_of(now), if_match)
        return event

    after = await append_record(who, decide, control=control)
    return after.changes[change.id]
