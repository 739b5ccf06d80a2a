"""Changes of the restore setting in words: where one stands, and who had a part in it."""

from datetime import UTC, datetime

from shared.domain.principal import Principal
from shared.domain.restore_change import INTUNE_WAITS, Change, ChangeState
from shared.domain.restore_value import RestoreState
from shared.report.restore_remedies import Remedy, fitness_remedies, remedies

__all__ = ["Remedy", "fitness_remedies", "remedies", "said", "said_to_all", "standing"]

MEANS: dict[RestoreState, str] = {
    "enabled": "the restore page is shown",
    "disabled": "the restore page is not shown",
    "notConfigured": "the restore setting is not configured, so the restore page is not shown",
}
STANDINGS: dict[ChangeState, str] = {
    "planned": "planned",
    "approved": "approved",
    "applying": "being applied",
    "applied": "applied",
    "refused": "refused",
    "conflict": "in conflict",
    "waiting_for_intune_approval": "waiting for Intune's approval",
    "unknown": "of unknown outcome",
    "not_applied": "not applied",
    "rejected": "rejected",
    "expired": "expired",
}


def said(change: Change) -> str:
    """Say where a change stands, who had a part in it, and why it was planned."""
    label = "outcome unknown" if change.state == "unknown" else standing(change)
    what = _what(change)
    return f"{_begun(label)}: {what} {_people(change)}, because {_reason(change)}."


def said_to_all(change: Change) -> tuple[str, str]:
    """Say the same for several readers: what everybody may know, and who had a part in it."""
    return f"{_begun(_what(change))} The reason given: {_reason(change)}.", f"{_people(change)}."


def standing(change: Change) -> str:
    """Say in a few words where a change stands, such as `waiting for Intune's approval`."""
    return STANDINGS[change.state]


def _what(change: Change) -> str:
    """Say in a sentence, which begins small, what a change has come to."""
    match change.state:
        case "planned":
            missing = change.approvals_missing
            lacking = (
                "1 approval is missing" if missing == 1 else f"{missing} approvals are missing"
            )
            what = f"{_from_to(change)}; {lacking}, and the plan holds until {_at(change.expires)}"
        case "approved":
            what = f"{_from_to(change)}; it has not been applied{_last_try(change)}, and the plan"
            what += f" holds until {_at(change.expires)}"
        case "applying":
            what = f"{_from_to(change)}; the setting is being written"
        case "applied":
            what = f"{MEANS[change.after]}; it was {change.before.state} before"
        case _:
            what = _what_hindered(change)
    return f"{what.rstrip('.')}."


def _what_hindered(change: Change) -> str:
    why, found = change.outcome.why or "no reason is given", change.outcome.found
    match change.state:
        case "refused":
            what = f"{_from_to(change)} was refused: {why}"
        case "conflict":
            is_now = f"{found.state}, modified {found.last_modified}" if found else "another one"
            planned = f"{change.before.state}, modified {change.before.last_modified}"
            what = f"the setting is {is_now}, and was {planned} when this was planned; nothing was"
            what += " written"
        case "waiting_for_intune_approval":
            since = change.waits_since or change.planned
            what = f"{_from_to(change)} waits until another administrator has approved it in Intune"
            what += f" (request {change.code}), at most until {_at(since + INTUNE_WAITS)}"
        case "unknown":
            what = f"{_from_to(change)} was sent, and what came of it is not known yet: {why}"
        case "not_applied":
            what = f"the setting is {found.state if found else change.before.state}: {why}"
        case "rejected":
            what = f"{_from_to(change)} was turned down: {why}"
        case _:
            whose = "Intune's approval did not come" if change.code else "it was not applied"
            what = f"{whose} in time, and nothing was changed"
    return what


def _from_to(change: Change) -> str:
    return f"from {change.before.state} to {change.after}"


def _last_try(change: Change) -> str:
    return f" ({change.outcome.why})" if change.outcome.why else ""


def _people(change: Change) -> str:
    planned = f"Planned by {_named(change.planner)}"
    approvers = [_named(approval.who) for approval in change.approvals]
    return f"{planned}, approved by {' and '.join(approvers)}" if approvers else planned


def _named(who: Principal) -> str:
    if who.name:
        return who.name
    return f"the application {who.app}" if who.kind == "application" else "a user"


def _reason(change: Change) -> str:
    ticket = f" (ticket {change.ticket})" if change.ticket else ""
    return f"{change.reason.rstrip('.')}{ticket}"


def _at(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]
