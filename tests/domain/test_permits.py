"""What may follow on what in a change, and who may do it."""

from datetime import datetime
from typing import get_args

import pytest
from msgspec import structs

from shared.domain.gates import GateAnswer
from shared.domain.ledger import Ledger
from shared.domain.permits import FROM, MAY, MOST_RECORDS, Asked, denial
from shared.domain.principal import Principal
from shared.domain.restore_change import (
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
    NotApplied,
    Outcome,
    Override,
    PutOff,
    Refused,
    Rejected,
    Uncertain,
    Waiting,
)
from shared.domain.restore_value import Value
from tests.restore_builders import (
    ANNA,
    BEN,
    CARA,
    DAY,
    FORMER,
    HOUR,
    NOON,
    ROBOT,
    TWIN,
    WRITTEN,
    change,
    grown,
    planned,
    principal,
    told,
)

FOREIGN = Value("disabled", "2026-11-22T11:59:00Z")
STATES: tuple[ChangeState, ...] = get_args(ChangeState)

PLANNED = told((ANNA, planned()))
APPROVED = grown(PLANNED, BEN, Approved("c1"))
APPLYING = grown(APPROVED, ANNA, Applying("c1"))
WAITING = grown(APPLYING, ANNA, Waiting("c1", "code"))
UNKNOWN = grown(APPLYING, ANNA, Uncertain("c1", "cut off"))
REFUSED = grown(APPLYING, ANNA, Refused("c1", "role", "no"))

AFTER: list[tuple[Ledger, ChangeEvent, ChangeState]] = [
    (PLANNED, Approved("c1"), "approved"),
    (PLANNED, Rejected("c1"), "rejected"),
    (APPROVED, Rejected("c1"), "rejected"),
    (APPROVED, Applying("c1"), "applying"),
    (APPROVED, Blocked("c1", ()), "approved"),
    (PLANNED, Denied("c1", "approve", "own plan"), "planned"),
    (APPROVED, Conflict("c1", FOREIGN), "conflict"),
    (APPLYING, Applied("c1", WRITTEN, "read_back"), "applied"),
    (APPLYING, Refused("c1", "role", "no"), "refused"),
    (APPLYING, Conflict("c1", FOREIGN), "conflict"),
    (APPLYING, Waiting("c1", "code"), "waiting_for_intune_approval"),
    (APPLYING, Uncertain("c1", "cut off"), "unknown"),
    (APPLYING, NotApplied("c1", FORMER, "still as before"), "not_applied"),
    (APPLYING, PutOff("c1", "no connection"), "approved"),
    (UNKNOWN, Applied("c1", WRITTEN, "later"), "applied"),
    (UNKNOWN, NotApplied("c1", FORMER, "still as before"), "not_applied"),
    (WAITING, Applying("c1"), "applying"),
    (WAITING, Conflict("c1", FOREIGN), "conflict"),
    (WAITING, Applied("c1", WRITTEN, "later"), "applied"),
    (WAITING, Rejected("c1"), "rejected"),
    (REFUSED, Confirmed("c1", WRITTEN), "applied"),
]


def becomes(before: Ledger, event: ChangeEvent, who: Principal | None = BEN) -> Change:
    return grown(before, who, event).changes["c1"]


@pytest.mark.parametrize(("before", "event", "state"), AFTER)
def test_an_event_leads_to_its_state(
    before: Ledger, event: ChangeEvent, state: ChangeState
) -> None:
    assert becomes(before, event).state == state


def test_what_came_late_about_gates_does_not_change_what_a_change_was_applied_by() -> None:
    failing = GateAnswer("cool_down", "fails", "It was changed just now.")
    applied = grown(APPLYING, ANNA, Applied("c1", WRITTEN, "read_back"))

    assert becomes(applied, Blocked("c1", (failing,))).gates == applied.changes["c1"].gates
    assert becomes(APPROVED, Blocked("c1", (failing,))).gates == (failing,)


def test_every_event_that_may_happen_in_a_state_is_among_these_examples() -> None:
    shown = {(type(event), before.changes["c1"].state) for before, event, _ in AFTER}

    assert shown >= {(kind, state) for kind, states in FROM.items() for state in states}


@pytest.mark.parametrize("before", [PLANNED, APPROVED, APPLYING, WAITING, UNKNOWN, REFUSED])
@pytest.mark.parametrize("event", [event for _, event, _ in AFTER])
def test_an_event_happens_only_where_it_may(before: Ledger, event: ChangeEvent) -> None:
    states = FROM.get(type(event))
    if states is None or before.changes["c1"].state in states:
        becomes(before, event)
    else:
        with pytest.raises(ValueError, match="cannot happen"):
            becomes(before, event)


def test_a_plan_that_needs_nobody_is_approved_at_once() -> None:
    assert told((ANNA, planned(approvals_needed=0))).changes["c1"].state == "approved"


def test_two_others_approve_where_two_are_wanted() -> None:
    once = grown(told((ANNA, planned(approvals_needed=2))), BEN, Approved("c1"))
    twice = grown(once, CARA, Approved("c1"))

    assert once.changes["c1"].state == "planned"
    assert once.changes["c1"].approvals_missing == 1
    assert twice.changes["c1"].state == "approved"
    assert twice.changes["c1"].approvals == (Approval(BEN, NOON), Approval(CARA, NOON))


@pytest.mark.parametrize(
    ("planner", "approver"),
    [(ANNA, ANNA), (ROBOT, TWIN), (TWIN, ROBOT), (ANNA, principal("anna", app="elsewhere"))],
)
def test_whoever_planned_a_change_cannot_approve_it(
    planner: Principal, approver: Principal
) -> None:
    plan = told((planner, planned()))

    denied = denial("approve", plan.changes["c1"], approver, None, NOON)
    assert denied is not None
    assert denied.grounds == "person"
    with pytest.raises(ValueError, match="by one who may not"):
        grown(plan, approver, Approved("c1"))


def test_nobody_approves_twice() -> None:
    once = grown(told((ANNA, planned(approvals_needed=2))), ROBOT, Approved("c1"))

    denied = denial("approve", once.changes["c1"], TWIN, None, NOON)
    assert denied is not None
    assert denied.grounds == "person"
    with pytest.raises(ValueError, match="by one who may not"):
        grown(once, TWIN, Approved("c1"))


def test_the_app_itself_neither_plans_nor_approves() -> None:
    with pytest.raises(ValueError, match="nobody as the planner"):
        told((None, planned()))
    with pytest.raises(ValueError, match="by one who may not"):
        grown(PLANNED, None, Approved("c1"))


def test_a_plan_that_changes_nothing_is_none() -> None:
    with pytest.raises(ValueError, match="change nothing"):
        told((ANNA, planned(before=WRITTEN, after="enabled")))


def test_a_change_is_planned_once() -> None:
    with pytest.raises(ValueError, match="once more"):
        grown(PLANNED, BEN, planned())


def test_nothing_happens_to_a_change_that_was_never_planned() -> None:
    with pytest.raises(ValueError, match="never planned"):
        grown(PLANNED, BEN, Approved("c2"))


@pytest.mark.parametrize("unsettled", [APPLYING, UNKNOWN])
def test_no_other_change_is_applied_while_one_is_unsettled(unsettled: Ledger) -> None:
    other = grown(unsettled, ROBOT, planned("c2", approvals_needed=0))

    denied = denial("apply", other.changes["c2"], BEN, other.in_progress, NOON)
    assert denied is not None
    assert denied.grounds == "in_progress"
    assert "c1" in denied.why
    with pytest.raises(ValueError, match="two changes at once"):
        grown(other, BEN, Applying("c2"))


@pytest.mark.parametrize("ledger", [PLANNED, APPROVED])
@pytest.mark.parametrize("event", [Approved("c1"), Applying("c1"), Rejected("c1")])
def test_nothing_happens_to_an_expired_plan(ledger: Ledger, event: ChangeEvent) -> None:
    with pytest.raises(ValueError, match="expired"):
        grown(ledger, BEN, event, at=NOON + DAY)


def test_intunes_patience_begins_with_its_first_code_whatever_others_follow() -> None:
    resent = grown(WAITING, None, Applying("c1"), at=NOON + HOUR)
    same = grown(resent, None, Waiting("c1", "code"), at=NOON + HOUR).changes["c1"]
    another = grown(resent, None, Waiting("c1", "new"), at=NOON + HOUR).changes["c1"]

    assert same.waits_since == NOON
    assert (another.code, another.waits_since) == ("new", NOON)


def test_a_write_that_was_not_sent_leaves_intunes_code_waiting() -> None:
    resent = grown(WAITING, None, Applying("c1"))

    assert becomes(resent, PutOff("c1", "no connection")).state == "waiting_for_intune_approval"


def test_a_change_tells_how_it_ended() -> None:
    applied = becomes(UNKNOWN, Applied("c1", WRITTEN, "later", "request"))
    refused = becomes(APPLYING, Refused("c1", "role", "no", "request"))
    conflict = becomes(APPLYING, Conflict("c1", FOREIGN))

    assert applied.value == WRITTEN
    assert applied.outcome == Outcome(request_id="request")
    assert refused.outcome == Outcome("no", "role", request_id="request")
    assert conflict.outcome == Outcome(found=FOREIGN)


def test_an_application_of_a_change_tells_when_it_began_and_what_was_passed() -> None:
    override = Override(("cool_down",), "an incident")
    begun = grown(APPROVED, ANNA, Applying("c1", override=override), at=NOON + HOUR).changes["c1"]

    assert begun.begun == NOON + HOUR
    assert begun.override == override


def test_the_history_of_a_change_says_what_happened_by_whom_and_why() -> None:
    ledger = grown(PLANNED, ANNA, Denied("c1", "approve", "own plan"))
    rejected = grown(ledger, BEN, Rejected("c1", "not today")).changes["c1"]

    assert [(line.seq, line.event, line.who, line.why) for line in rejected.history] == [
        (1, "planned", ANNA, "the pilot begins"),
        (2, "denied", ANNA, "own plan"),
        (3, "rejected", BEN, "not today"),
    ]
    assert rejected.version == 3


@pytest.mark.parametrize("asked", MAY)
@pytest.mark.parametrize("state", STATES)
def test_everything_is_asked_of_the_state_first(asked: Asked, state: ChangeState) -> None:
    denied = denial(asked, change(state=state), CARA, None, NOON)

    assert (denied is None) == (state in MAY[asked])
    if denied is not None:
        assert denied.grounds == "state"
        assert state in denied.why


def test_applying_a_plan_says_how_many_approvals_are_missing() -> None:
    plan = change(state="planned", approvals=(), approvals_needed=2)
    denied = denial("apply", plan, ANNA, None, NOON)

    assert denied is not None
    assert "2 approvals are missing" in denied.why


@pytest.mark.parametrize("asked", ["approve", "apply", "reject"])
@pytest.mark.parametrize("at", [NOON + DAY, NOON + 2 * DAY])
def test_an_expired_plan_is_denied_everything(asked: Asked, at: datetime) -> None:
    denied = denial(asked, change(state="approved"), CARA, None, at)

    assert denied is not None
    assert "expired" in denied.why


def test_what_was_tried_without_end_has_to_be_planned_again() -> None:
    tried = APPROVED.changes["c1"]
    line = tried.history[-1]
    long = structs.replace(tried, history=(line,) * MOST_RECORDS)

    assert denial("apply", structs.replace(tried, history=(line,)), BEN, None, NOON) is None
    denied = denial("apply", long, BEN, None, NOON)
    assert denied is not None
    assert "plan it again" in denied.why
