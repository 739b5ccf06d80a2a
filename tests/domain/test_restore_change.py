"""How a change stands as time passes, and how it is told apart from what it was."""

import msgspec
import pytest
from msgspec import structs

from shared.domain.restore_change import (
    INTUNE_WAITS,
    Applied,
    Applying,
    Change,
    ChangeState,
    Foreign,
    Planned,
    Record,
)
from tests.restore_builders import (
    ANNA,
    BEN,
    DAY,
    FORMER,
    MINUTE,
    NOON,
    WRITTEN,
    change,
    planned,
    told,
)


@pytest.mark.parametrize("state", ["planned", "approved"])
def test_a_plan_expires_at_its_very_moment_and_not_before(state: ChangeState) -> None:
    plan = change(state=state, expires=NOON + DAY)

    assert plan.as_of(NOON + DAY - MINUTE).state == state
    assert plan.as_of(NOON + DAY).state == "expired"


def test_intune_waits_three_days_whenever_the_plan_expires() -> None:
    waiting = change(state="waiting_for_intune_approval", waits_since=NOON, code="c")

    assert waiting.as_of(NOON + INTUNE_WAITS - MINUTE).state == "waiting_for_intune_approval"
    assert waiting.as_of(NOON + INTUNE_WAITS).state == "expired"


@pytest.mark.parametrize(
    "state",
    ["applying", "unknown", "applied", "refused", "conflict", "not_applied", "rejected"],
)
def test_what_has_begun_or_ended_does_not_expire(state: ChangeState) -> None:
    assert change(state=state).as_of(NOON + 100 * DAY).state == state


def test_no_approval_is_missing_where_more_than_enough_were_given() -> None:
    assert change(approvals_needed=2).approvals_missing == 1
    assert change(approvals_needed=0).approvals_missing == 0


def test_the_etag_changes_with_each_record_and_when_a_plan_expires() -> None:
    now = change(version=2)
    etags = {
        now.etag,
        structs.replace(now, version=3).etag,
        now.as_of(NOON + DAY).etag,
    }

    assert len(etags) == 3


@pytest.mark.parametrize(
    "event",
    [
        planned(),
        Applied("c1", WRITTEN, "later", "request"),
        Foreign("setting", new=WRITTEN, old=FORMER),
    ],
)
def test_a_record_says_which_event_it_holds_and_is_read_as_it_was_written(
    event: Planned | Applied | Foreign,
) -> None:
    record = Record(7, "0" * 64, "unique", NOON, ANNA, event)
    content = msgspec.json.encode(record)

    assert msgspec.json.decode(content)["event"]["event"] == event.__struct_config__.tag
    assert msgspec.json.decode(content, type=Record) == record


def test_a_change_is_read_as_it_was_written() -> None:
    stored = told((ANNA, planned(approvals_needed=0)), (BEN, Applying("c1"))).changes["c1"]

    assert msgspec.json.decode(msgspec.json.encode(stored), type=Change) == stored
