"""Health says what is the case, since when, and what to do; the worst check is the whole."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from shared.domain.feed import Actor, FeedState, FreshStart, TenantChange
from shared.domain.sweep import ActiveSweep, Pointer, Sweep, SweepState
from shared.report.health import Check, Health, health_of
from tests.report.fleets import sweep as any_sweep

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NIGHT = NOW - timedelta(hours=10)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def record(state: SweepState = "complete", **differing: Any) -> Sweep:
    return replace(any_sweep(), id="night", started=NIGHT, state=state, **differing)


def feed(**differing: Any) -> FeedState:
    values: dict[str, Any] = {
        "delta_link": "https://graph.example/delta?$deltatoken=x",
        "linked": NOW - timedelta(minutes=5),
        "watermark": NOW,
        "polled": NOW - timedelta(minutes=5),
    }
    return FeedState(**(values | differing))


def tenant_change(seen: datetime) -> TenantChange:
    return TenantChange(
        kind="restore_setting",
        id="r",
        name="Windows restore",
        old={"state": "enabled"},
        new={"state": "disabled"},
        seen=seen,
        last_known=seen,
        who=Actor("ada@contoso.example", "Intune portal", "app-id", seen),
    )


def health(**differing: Any) -> Health:
    """Judge an installation in which all is well, except for what a test says."""
    values: dict[str, Any] = {
        "pointer": Pointer("night", NIGHT),
        "last": record(),
        "active": ActiveSweep(),
        "feed": feed(),
        "changes": (),
        "poison": {},
    }
    return health_of(NOW, **(values | differing))


def check(name: str, **differing: Any) -> Check:
    """Give one check out of all."""
    (found,) = (c for c in health(**differing).checks if c.name == name)
    return found


def test_where_all_is_well_every_check_is_ok_and_there_is_nothing_to_do() -> None:
    report = health()

    assert (report.state, report.at) == ("ok", NOW)
    assert [(c.name, c.state, c.do) for c in report.checks] == [
        (name, "ok", None) for name in ("snapshot", "sweep", "polls", "delta_link")
    ]
    assert check("snapshot").says == "The last complete sweep began 10 hours ago."
    assert check("polls").says == "The last poll for changes was 5 minutes ago."


def test_the_worst_check_is_the_state_of_the_whole() -> None:
    assert health(feed=feed(owed_sweep="a token expired")).state == "attention"
    late = Pointer("night", NOW - 3 * DAY)
    assert health(feed=feed(owed_sweep="a token expired"), pointer=late).state == "failing"


def test_whatever_is_not_ok_says_what_to_do() -> None:
    report = health(
        pointer=None,
        last=record("failed", reason="the tenant could not be read"),
        feed=feed(
            polled=NOW - DAY,
            linked=NOW - 6 * DAY,
            owed_sweep="a token expired",
            fresh_start=FreshStart(NOW - HOUR, "a token expired"),
        ),
        changes=(tenant_change(NOW - HOUR),),
    )

    assert len(report.checks) == 7
    assert all(c.do for c in report.checks)
    assert {c.state for c in report.checks} == {"attention", "failing"}


def test_a_snapshot_older_than_36_hours_fails() -> None:
    started = NOW - timedelta(hours=36)

    assert check("snapshot", pointer=Pointer("night", started)).state == "ok"
    late = check("snapshot", pointer=Pointer("night", started - timedelta(seconds=1)))
    assert (late.state, late.since) == ("failing", started - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("last", "state"),
    [(None, "attention"), (record("paging"), "attention"), (record("partial"), "failing")],
)
def test_without_any_snapshot_only_a_sweep_that_came_to_nothing_fails(
    last: Sweep | None, state: str
) -> None:
    assert check("snapshot", pointer=None, last=last).state == state


def test_a_new_installation_needs_attention_and_does_not_fail() -> None:
    report = health(pointer=None, last=None, feed=None)

    assert report.state == "attention"
    assert [c.name for c in report.checks] == ["snapshot", "sweep", "polls"]


@pytest.mark.parametrize("state", ["partial", "failed"])
def test_a_sweep_that_came_to_nothing_is_told_with_its_reason(state: SweepState) -> None:
    found = check("sweep", last=record(state, reason="Graph answered 403: grant Device.Read.All"))

    assert found.state == "attention"
    assert found.says == f"Sweep night ended {state}: Graph answered 403: grant Device.Read.All"
    assert found.since == NIGHT


def test_a_running_sweep_is_told_with_its_start_and_one_that_takes_long_needs_attention() -> None:
    began = NOW - timedelta(minutes=20)
    running = check("sweep", active=ActiveSweep("noon", began, begun=True))
    assert (running.state, running.since) == ("ok", began)
    assert running.says == "Sweep noon has been running for 20 minutes."

    assert check("sweep", active=ActiveSweep("dawn", NOW - 7 * HOUR)).state == "attention"


def test_a_sweep_that_ends_or_begins_while_we_look_is_taken_for_running() -> None:
    assert check("sweep", last=record("paging", reason=None)).says.startswith("Sweep night has")


def test_a_feed_that_no_poll_has_moved_for_an_hour_fails() -> None:
    assert check("polls", feed=feed(polled=NOW - HOUR)).state == "ok"

    still = check("polls", feed=feed(polled=NOW - 2 * HOUR))
    assert (still.state, still.since) == ("failing", NOW - 2 * HOUR)
    assert still.says.startswith("No poll has looked for changes for 2 hours")


def test_a_first_poll_is_waited_for_an_hour_from_the_first_snapshot_on() -> None:
    just_now = Pointer("noon", NOW - timedelta(minutes=10))

    assert check("polls", feed=None, pointer=just_now).state == "ok"
    assert check("polls", feed=None).state == "failing"
    assert check("polls", feed=None, pointer=None).state == "ok"


def test_a_delta_link_that_nobody_renews_needs_attention_before_it_expires() -> None:
    assert check("delta_link", feed=feed(linked=NOW - 5 * DAY)).state == "ok"

    old = check("delta_link", feed=feed(linked=NOW - 5 * DAY - HOUR))
    assert (old.state, old.says) == (
        "attention",
        "The delta link to Entra's changes is 5 days old.",
    )


def test_entras_refusal_is_told_with_the_permission_in_place_of_a_link() -> None:
    refused = feed(delta_link=None, entra_refused="grant Device.Read.All")

    found = check("entra", feed=refused)
    assert found.state == "attention"
    assert "grant Device.Read.All" in found.says
    assert "delta_link" not in [c.name for c in health(feed=refused).checks]


def test_a_sweep_that_is_owed_is_told_with_its_reason_and_when_its_start_has_failed() -> None:
    owed = check("owed_sweep", feed=feed(owed_sweep="a token expired"))
    assert (owed.state, owed.since) == ("attention", None)
    assert owed.says.endswith(": a token expired")

    failed = check("owed_sweep", feed=feed(owed_sweep="a token expired", sweep_failed=NIGHT))
    assert (failed.state, failed.since) == ("attention", NIGHT)


def test_a_fresh_start_needs_attention_until_a_sweep_that_began_later_is_complete() -> None:
    before = feed(fresh_start=FreshStart(NIGHT + HOUR, "a token expired"))
    after = feed(fresh_start=FreshStart(NIGHT - HOUR, "a token expired"))

    assert check("fresh_start", feed=before).state == "attention"
    healed = check("fresh_start", feed=after)
    assert (healed.state, healed.since, healed.do) == ("ok", NIGHT - HOUR, None)
    assert "a token expired" in healed.says


@pytest.mark.parametrize(("ago", "shown"), [(7 * DAY, True), (7 * DAY + HOUR, False)])
def test_a_fresh_start_is_shown_for_a_week(ago: timedelta, shown: bool) -> None:
    started = feed(fresh_start=FreshStart(NOW - ago, "a token expired"))

    assert ("fresh_start" in [c.name for c in health(feed=started).checks]) is shown


def test_each_drift_of_a_day_is_told_and_who_it_was_is_not() -> None:
    report = health(changes=(tenant_change(NOW - HOUR), tenant_change(NOW - 25 * HOUR)))

    (drift,) = (c for c in report.checks if c.name == "drift")
    assert (drift.state, drift.since) == ("attention", NOW - HOUR)
    assert drift.says == (
        "The restore setting 'Windows restore' was changed: state is disabled, was enabled."
    )
    assert "ada" not in str(report)


def test_a_change_of_ours_is_no_drift() -> None:
    ours = replace(tenant_change(NOW - HOUR), ours="c1")
    assert health(changes=(ours,)).state == "ok"


def test_messages_that_were_given_up_are_counted_by_queue_with_what_to_do() -> None:
    report = health(poison={"sweep-pages": 1, "digests": 0, "notifications": 3})
    given_up = [c for c in report.checks if c.name.startswith("poison:")]

    assert [(c.name, c.state, c.count) for c in given_up] == [
        ("poison:sweep-pages", "attention", 1),
        ("poison:notifications", "attention", 3),
    ]
    assert "sweep-pages, 1 message could" in given_up[0].says
    assert "notifications, 3 messages could" in given_up[1].says
    assert "poison list notifications" in str(given_up[1].do)


def test_only_a_sweep_that_has_ended_is_settled() -> None:
    assert check("sweep").settled
    assert not check("sweep", active=ActiveSweep("night", NOW - HOUR)).settled
