"""Where a change stands is said in whole sentences, with its people, its reason and its ticket."""

from typing import get_args

import pytest
from msgspec import structs

from shared.domain.restore_change import Approval, Change, ChangeState, Outcome
from shared.domain.restore_value import Value
from shared.report.restore_words import said, said_to_all, standing
from tests.restore_builders import ANNA, BEN, CARA, DAY, NOON, ROBOT, change

FOUND = Value("disabled", "2026-11-22T11:00:00Z")
BY_BOTH = "Planned by anna, approved by ben, because the pilot begins (ticket CHG-1)."


def test_an_applied_change_says_what_holds_now_and_what_held_before() -> None:
    assert said(change(state="applied")) == (
        f"Applied: the restore page is shown; it was notConfigured before. {BY_BOTH}"
    )


@pytest.mark.parametrize(
    ("after", "means"),
    [
        ("disabled", "the restore page is not shown"),
        ("notConfigured", "the restore setting is not configured, so the restore page is not"),
    ],
)
def test_off_and_not_configured_both_say_that_the_page_is_not_shown(after: str, means: str) -> None:
    assert f"Applied: {means}" in said(change(state="applied", after=after))


def test_a_plan_says_what_it_lacks_and_until_when_it_holds() -> None:
    one = change(state="planned", approvals=())
    assert said(one) == (
        "Planned: from notConfigured to enabled; 1 approval is missing, and the plan holds until"
        " 2026-11-23 12:00 UTC. Planned by anna, because the pilot begins (ticket CHG-1)."
    )
    assert "; 2 approvals are missing" in said(structs.replace(one, approvals_needed=2))


def test_an_approved_change_that_was_put_off_says_why() -> None:
    assert "; it has not been applied, and the plan holds" in said(change())
    put_off = change(outcome=Outcome("the setting was not read: Graph answered 503"))
    assert "it has not been applied (the setting was not read: Graph answered 503), and" in said(
        put_off
    )


def test_a_refused_change_says_what_graph_said() -> None:
    why = "Graph answered 403: Tenant is not Global Admin or Intune Service Admin."
    refused = change(state="refused", outcome=Outcome(why, "role"))
    assert said(refused).startswith(f"Refused: from notConfigured to enabled was refused: {why} Pl")


def test_a_conflict_says_what_was_found_and_what_was_planned_against() -> None:
    conflict = change(state="conflict", outcome=Outcome(found=FOUND))
    assert said(conflict).startswith(
        "In conflict: the setting is disabled, modified 2026-11-22T11:00:00Z, and was"
        " notConfigured, modified 2024-01-09T00:00:00Z when this was planned; nothing was written. "
    )


def test_a_change_that_waits_names_intunes_request_and_its_end() -> None:
    waiting = change(state="waiting_for_intune_approval", code="code-1", waits_since=NOON)
    assert "(request code-1), at most until 2026-11-25 12:00 UTC." in said(waiting)


def test_an_unknown_outcome_says_why_it_is_not_known() -> None:
    unknown = change(state="unknown", outcome=Outcome("the write was not answered"))
    assert said(unknown).startswith("Outcome unknown: from notConfigured to enabled was sent, and")
    assert "not known yet: the write was not answered. " in said(unknown)


def test_a_change_that_was_not_applied_says_how_the_setting_is() -> None:
    outcome = Outcome("the setting still was as before", found=FOUND)
    assert said(change(state="not_applied", outcome=outcome)).startswith(
        "Not applied: the setting is disabled: the setting still was as before. "
    )


def test_a_rejected_change_says_why_it_was_turned_down() -> None:
    assert "was turned down: not in December. " in said(
        change(state="rejected", outcome=Outcome("not in December."))
    )


def test_a_plan_and_a_request_to_intune_expire_in_words_of_their_own() -> None:
    late = change(state="planned").as_of(NOON + DAY)
    assert said(late).startswith("Expired: it was not applied in time, and nothing was changed. ")
    waited = change(state="waiting_for_intune_approval", code="c", waits_since=NOON - 3 * DAY)
    assert "Intune's approval did not come in time" in said(waited.as_of(NOON))


def test_all_who_approved_are_named_and_who_has_no_name_is_described() -> None:
    two = (Approval(ROBOT.without_name(), NOON), Approval(CARA, NOON))
    both = change(state="applied", planner=ANNA.without_name(), approvals=two)
    assert "Planned by a user, approved by the application app-robot and cara, because" in said(
        both
    )


def test_a_reason_with_a_full_stop_and_without_a_ticket_ends_the_sentence_once() -> None:
    assert said(change(reason="It is time.", ticket=None)).endswith(", because It is time.")


@pytest.mark.parametrize("state", get_args(ChangeState))
def test_every_state_has_words_and_what_is_said_to_all_names_nobody(state: ChangeState) -> None:
    one = change(state=state, outcome=Outcome("so it went", found=FOUND), code="c")
    text, who = said_to_all(one)
    assert said(one).endswith(BY_BOTH)
    assert standing(one)
    assert text.endswith("The reason given: the pilot begins (ticket CHG-1).")
    assert not any(name in text for name in named(one))
    assert who == "Planned by anna, approved by ben."


def named(of: Change) -> list[str]:
    people = (of.planner, *(approval.who for approval in of.approvals))
    assert people == (ANNA, BEN)
    return [person.name or "" for person in people]
