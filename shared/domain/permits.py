"""The state machine of a change: what may follow on what, and who may do it."""

from datetime import datetime
from typing import Literal, TypeAlias

from msgspec import Struct, structs

from shared.domain.principal import Principal
from shared.domain.restore_change import (
    UNSETTLED,
    Applied,
    Applying,
    Approval,
    Approved,
    Blocked,
    Change,
    ChangeEvent,
    ChangeState,
    Confirmed,
    Conflict,
    Denied,
    HistoryLine,
    NotApplied,
    Outcome,
    Planned,
    PutOff,
    Record,
    Refused,
    Rejected,
    Uncertain,
    Waiting,
)

Asked: TypeAlias = Literal["approve", "reject", "apply", "confirm", "revert"]
Grounds: TypeAlias = Literal["state", "person", "in_progress"]
"""Why something is denied: where the change stands, who asks, or another change."""

FROM: dict[type, frozenset[ChangeState]] = {
    Approved: frozenset({"planned"}),
    Rejected: frozenset({"planned", "approved", "waiting_for_intune_approval"}),
    Applying: frozenset({"approved", "waiting_for_intune_approval"}),
    Applied: UNSETTLED | {"waiting_for_intune_approval"},
    Refused: frozenset({"applying"}),
    Conflict: frozenset({"approved", "applying", "waiting_for_intune_approval"}),
    Waiting: frozenset({"applying"}),
    Uncertain: frozenset({"applying"}),
    NotApplied: UNSETTLED,
    PutOff: frozenset({"applying"}),
    Confirmed: frozenset({"refused"}),
}
"""The states in which each event may happen; `denied` and `blocked` change none.

What was once allowed stays allowed here, and in `step`, or records of old add up no more. What is
not to be any longer is said in `denial`.
"""

MAY: dict[Asked, frozenset[ChangeState]] = {
    "approve": FROM[Approved],
    "reject": FROM[Rejected],
    "apply": FROM[Applying],
    "confirm": FROM[Confirmed],
    "revert": frozenset({"applied"}),
}


MOST_RECORDS = 1000
"""Records that a change may have before it is not applied any more: robots may never give up."""


class Denial(Struct, frozen=True):
    """Why something may not be done."""

    grounds: Grounds
    why: str


def denial(
    asked: Asked, change: Change, who: Principal, in_progress: Change | None, now: datetime
) -> Denial | None:
    """Tell why somebody may not do something to a change now; None where they may.

    Roles are looked at elsewhere: this is about the change, and who has had a part in it.
    """
    state = change.as_of(now).state
    if state not in MAY[asked]:
        missing = change.approvals_missing
        why = f"the change {change.id} is {state}"
        if asked == "apply" and state == "planned":
            why += f", and {missing} approval{'s are' if missing > 1 else ' is'} missing"
        return Denial("state", why)
    if asked == "approve":
        return _denied_approval(change, who)
    if asked == "apply" and len(change.history) >= MOST_RECORDS:
        return Denial("state", f"the change {change.id} was tried too often; plan it again")
    if asked == "apply" and in_progress is not None and in_progress.id != change.id:
        return Denial(
            "in_progress", f"the change {in_progress.id} is {in_progress.state}, and comes first"
        )
    return None


def _denied_approval(change: Change, who: Principal) -> Denial | None:
    if who.is_same_as(change.planner):
        return Denial("person", "whoever planned a change cannot approve it")
    if any(who.is_same_as(approval.who) for approval in change.approvals):
        return Denial("person", "whoever has approved a change cannot approve it once more")
    return None


def step(
    change: Change | None, in_progress: Change | None, record: Record, event: ChangeEvent
) -> Change:
    """Return a change after one more record, which holds this event.

    Raises ValueError for what cannot happen.
    """
    if isinstance(event, Planned):
        if change is not None:
            raise ValueError(f"record {record.seq} plans the change {change.id} once more")
        return _remembering(_planned(event, record), record, event)
    if change is None:
        raise ValueError(f"record {record.seq} is about the change {event.change}, never planned")
    standing = change.as_of(record.at)
    if not isinstance(event, Denied | Blocked) and standing.state not in FROM[type(event)]:
        raise ValueError(
            f"record {record.seq} cannot happen to the change {change.id}, {standing.state}"
        )
    if isinstance(event, Approved) and (
        record.who is None or _denied_approval(change, record.who) is not None
    ):
        raise ValueError(f"record {record.seq} has {change.id} approved by one who may not")
    if isinstance(event, Applying) and in_progress is not None:
        raise ValueError(f"record {record.seq} applies two changes at once")
    return _remembering(_after(change, record, event), record, event)


def _planned(event: Planned, record: Record) -> Change:
    if record.who is None:
        raise ValueError(f"record {record.seq} has nobody as the planner")
    if event.before.state == event.after:
        raise ValueError(f"record {record.seq} plans to change nothing")
    return Change(
        id=event.change,
        state="planned" if event.approvals_needed else "approved",
        version=record.seq,
        setting=event.setting,
        before=event.before,
        after=event.after,
        reason=event.reason,
        ticket=event.ticket,
        planned=record.at,
        expires=event.expires,
        planner=record.who,
        approvals_needed=event.approvals_needed,
        gates=event.gates,
        affected=event.affected,
        reverts=event.reverts,
    )


def _after(change: Change, record: Record, event: ChangeEvent) -> Change:
    match event:
        case Approved() if record.who is not None:
            approvals = (*change.approvals, Approval(record.who, record.at))
            approved = structs.replace(change, approvals=approvals)
            after = approved if approved.approvals_missing else _now(approved, "approved")
        case Applying():
            begun = structs.replace(
                change,
                begun=record.at,
                gates=event.gates or change.gates,
                override=event.override,
            )
            after = _now(begun, "applying")
        case Blocked() if change.state in FROM[Applying]:
            after = structs.replace(change, gates=event.gates)
        case Waiting():
            # Were each new code to begin it anew, a change could be sent again for ever.
            since = change.waits_since or record.at
            waiting = structs.replace(change, code=event.code, waits_since=since)
            outcome = Outcome(request_id=event.request_id)
            after = _now(waiting, "waiting_for_intune_approval", outcome)
        case PutOff():
            # It goes back to where it came from, which Intune's code tells.
            back: ChangeState = "waiting_for_intune_approval" if change.code else "approved"
            after = _now(change, back, Outcome(event.why))
        case _:
            after = _ended(change, event)
    return after


def _ended(change: Change, event: ChangeEvent) -> Change:
    match event:
        case Applied():
            value = structs.replace(change, value=event.value)
            ended = _now(value, "applied", Outcome(request_id=event.request_id))
        case Confirmed():
            ended = _now(structs.replace(change, value=event.value), "applied")
        case Refused():
            outcome = Outcome(event.why, event.cause, request_id=event.request_id)
            ended = _now(change, "refused", outcome)
        case Rejected():
            ended = _now(change, "rejected", Outcome(event.why))
        case Conflict():
            ended = _now(change, "conflict", Outcome(found=event.found))
        case Uncertain():
            ended = _now(change, "unknown", Outcome(event.why, request_id=event.request_id))
        case NotApplied():
            ended = _now(change, "not_applied", Outcome(event.why, found=event.found))
        case _:
            ended = change
    return ended


def _now(change: Change, state: ChangeState, outcome: Outcome | None = None) -> Change:
    return structs.replace(change, state=state, outcome=outcome or Outcome())


def _remembering(change: Change, record: Record, event: ChangeEvent) -> Change:
    """Add the record to the change's history, and let the change carry its number."""
    why = event.reason if isinstance(event, Planned) else getattr(event, "why", None)
    name = str(event.__struct_config__.tag)
    line = HistoryLine(record.seq, record.at, name, record.who, why)
    return structs.replace(change, version=record.seq, history=(*change.history, line))
