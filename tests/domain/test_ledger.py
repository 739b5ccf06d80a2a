"""What records add up to."""

from shared.domain.ledger import (
    KEPT,
    KEYS_KEPT,
    MOST_NEWS,
    TOLD,
    Known,
    Ledger,
)
from shared.domain.restore_change import (
    Applied,
    Applying,
    Approved,
    Conflict,
    Foreign,
    Matter,
    Uncertain,
    Waiting,
)
from shared.domain.restore_value import Value
from tests.restore_builders import (
    ANNA,
    BEN,
    DAY,
    FORMER,
    HOUR,
    MINUTE,
    NOON,
    WRITTEN,
    grown,
    ledger_of,
    planned,
    told,
)

FOREIGN = Value("disabled", "2026-11-22T13:00:00Z")
APPLIED = told(
    (ANNA, planned()),
    (BEN, Approved("c1")),
    (BEN, Applying("c1")),
    (BEN, Applied("c1", WRITTEN, "read_back")),
)


def test_a_change_is_filed_thirty_days_after_its_last_record() -> None:
    just_before, none = APPLIED.filed(NOON + DAY + KEPT - MINUTE)
    after, old = APPLIED.filed(NOON + DAY + KEPT)

    assert (just_before.changes, none) == (APPLIED.changes, ())
    assert (after.changes, old) == ({}, (APPLIED.changes["c1"],))


def test_a_change_that_is_not_settled_is_never_filed() -> None:
    ledger = told((ANNA, planned(approvals_needed=0)), (BEN, Applying("c1")))

    assert ledger.filed(NOON + 10 * KEPT)[0].changes == ledger.changes


def test_a_key_is_forgotten_after_seven_days() -> None:
    assert ledger_of(["c1"]).filed(NOON + KEYS_KEPT - MINUTE)[0].keys.keys() == {"key-c1"}
    assert ledger_of(["c1"]).filed(NOON + KEYS_KEPT)[0].keys == {}


def test_a_key_leads_to_what_was_asked_and_the_change_that_it_made() -> None:
    use = ledger_of(["c1", "c2"]).keys["key-c2"]

    assert (use.body, use.change, use.at) == ("body-c2", "c2", NOON)


def test_what_is_known_is_the_last_value_seen_and_what_is_applied_our_own() -> None:
    drifted = grown(APPLIED, None, Foreign("setting", FOREIGN, WRITTEN), at=NOON + HOUR)
    ours = Known(WRITTEN, NOON, "c1")

    assert (APPLIED.known, APPLIED.applied) == (ours, ours)
    assert (drifted.known, drifted.applied) == (Known(FOREIGN, NOON + HOUR), ours)


def test_people_are_told_of_outcomes_and_each_is_kept_as_it_then_was() -> None:
    unclear = told(
        (ANNA, planned(approvals_needed=0)),
        (BEN, Applying("c1")),
        (BEN, Uncertain("c1", "cut off")),
        (None, Applied("c1", WRITTEN, "later")),
    )

    assert [(news.seq, news.change.state) for news in unclear.news] == [
        (3, "unknown"),
        (4, "applied"),
    ]


def test_each_record_of_a_change_says_what_it_is_about() -> None:
    ledger = ledger_of(["c1"], approvals_needed=0)
    of_plan = Ledger().next("first", NOON, ANNA, planned("c1", ticket="CHG1"))
    later = ledger.next("later", NOON, BEN, Applying("c1"))

    change = ledger.changes["c1"]
    assert of_plan.matter is not None
    assert (of_plan.matter.ticket, of_plan.matter.before) == ("CHG1", FORMER)
    assert later.matter == Matter(
        change.setting, change.before, change.after, change.reason, change.ticket
    )
    assert ledger.next("poll", NOON, None, Foreign(change.setting, FOREIGN)).matter is None


def test_only_so_many_news_are_kept() -> None:
    ledger = ledger_of(["c1"], approvals_needed=0)
    for number in range(MOST_NEWS):
        ledger = grown(ledger, BEN, Applying("c1"), Waiting("c1", f"code {number}"))

    assert len(grown(ledger, BEN, Applying("c1"), Conflict("c1", FOREIGN)).news) == MOST_NEWS
    assert Conflict in TOLD


def test_one_change_at_most_is_in_progress_and_the_ledger_names_it() -> None:
    planned_two = ledger_of(["c1", "c2"], approvals_needed=0)
    busy = grown(planned_two, BEN, Applying("c2"))

    assert planned_two.in_progress is None
    assert busy.in_progress == busy.changes["c2"]
    assert APPLIED.in_progress is None
