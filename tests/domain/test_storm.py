"""When so much changes at once that devices are not named, why, and how it ends."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.feed import Actor, TenantChange
from shared.domain.history import Change
from shared.domain.storm import Alike, Counts, ModelShare, after_storm, causes, storm_of
from shared.domain.telling import HeldStorm, Terms

BUILD, EDITION, POLICY = "os_build_too_old", "edition_not_supported", "backup_policy_off"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TERMS = Terms(storm_share=0.05)


def alike(devices: int, *reasons: str, change: Change = "raised") -> Alike:
    return Alike(frozenset((reason, change) for reason in reasons), devices)


def counts(*groups: Alike, fleet: int = 1000, **differing: Any) -> Counts:
    return Counts(fleet, groups, **differing)


def held(devices: int = 100) -> HeldStorm:
    return HeldStorm("20261122T020000Z", frozenset({BUILD, POLICY}), devices, "d1")


def changed(name: str, minutes: int = 0, **differing: Any) -> TenantChange:
    values: dict[str, Any] = {
        "kind": "backup_policy",
        "id": name,
        "name": name,
        "old": {},
        "new": {"x": 1},
        "seen": NOW + timedelta(minutes=minutes),
        "last_known": NOW,
    }
    return TenantChange(**(values | differing))


def test_a_device_with_several_words_is_counted_once() -> None:
    both = counts(alike(3, BUILD, POLICY), alike(2, BUILD), alike(4, EDITION, change="cleared"))
    assert both.devices == 9
    assert (both.of([BUILD]), both.of([POLICY]), both.of([BUILD, POLICY])) == (5, 3, 5)
    assert (both.of([EDITION], "cleared"), both.of([EDITION], "raised")) == (4, 0)
    assert both.reasons == {BUILD, POLICY, EDITION}


@pytest.mark.parametrize(
    ("fleet", "devices", "storm"),
    [(1000, 49, False), (1000, 50, True), (100, 19, False), (100, 20, True), (10, 10, False)],
)
def test_a_storm_is_a_share_of_the_fleet_and_at_least_twenty_devices(
    fleet: int, devices: int, storm: bool
) -> None:
    expected = {BUILD} if storm else None
    assert storm_of(counts(alike(devices, BUILD), fleet=fleet), TERMS) == expected


def test_a_reason_with_less_than_a_tenth_of_the_storm_is_told_as_ever() -> None:
    due = counts(alike(90, BUILD), alike(10, POLICY), alike(9, EDITION), fleet=100)
    assert storm_of(due, TERMS) == frozenset({BUILD})
    assert storm_of(counts(alike(90, BUILD), alike(10, POLICY)), TERMS) == frozenset(
        {BUILD, POLICY}
    )


def test_a_storm_of_many_small_reasons_holds_them_all() -> None:
    reasons = [f"reason_{n}" for n in range(11)]
    assert storm_of(counts(*(alike(5, reason) for reason in reasons)), TERMS) == frozenset(reasons)


@pytest.mark.parametrize(
    ("told", "cleared", "storm"), [(30, 27, True), (30, 26, False), (19, 19, False), (20, 20, True)]
)
def test_nearly_all_of_a_reason_clearing_at_once_is_a_storm_in_any_fleet(
    told: int, cleared: int, storm: bool
) -> None:
    due = counts(
        alike(cleared, BUILD, change="cleared"), alike(3, POLICY), fleet=9999, told={BUILD: told}
    )
    assert storm_of(due, TERMS) == ({BUILD} if storm else None)


def test_nothing_due_is_no_storm() -> None:
    assert storm_of(counts(fleet=0), TERMS) is None


def test_a_storm_is_held_until_another_sweep() -> None:
    assert after_storm(held(), counts(), new_sweep=False) == "held"


@pytest.mark.parametrize(("still", "outcome"), [(50, "confirmed"), (49, "passed"), (0, "passed")])
def test_the_next_sweep_confirms_a_storm_when_half_of_it_is_still_due(
    still: int, outcome: str
) -> None:
    due = counts(alike(still, BUILD, POLICY), alike(99, EDITION))
    assert after_storm(held(), due, new_sweep=True) == outcome


@given(
    st.lists(st.integers(0, 200), min_size=1, max_size=5),
    st.integers(0, 5000),
    st.floats(0.001, 1),
)
def test_a_storm_that_does_not_change_is_confirmed(
    sizes: list[int], fleet: int, share: float
) -> None:
    due = counts(*(alike(size, f"reason_{n}") for n, size in enumerate(sizes)), fleet=fleet)
    if reasons := storm_of(due, Terms(storm_share=share)):
        storm = HeldStorm("s", reasons, due.of(reasons), "d")
        assert after_storm(storm, due, new_sweep=True) == "confirmed"


def test_changes_of_the_tenant_are_named_first_and_the_newest_of_them_only() -> None:
    named = causes(
        counts(alike(50, BUILD)),
        [
            changed("a"),
            changed("b", 1, who=Actor("ann@contoso.example", None, None, None)),
            changed("c", 2, old=None, kind="status_page"),
            changed("d\u202e", 3, new=None, who=Actor(None, "CIPP", None, None)),
        ],
        "2025-08-18",
        "2026-09-29",
    )
    assert named == (
        "In the tenant, the backup policy 'd\\u202e' was removed by CIPP.",
        "In the tenant, the enrolment status page 'c' was added.",
        "In the tenant, the backup policy 'b' was changed.",
        "Devices are judged by the edition 2026-09-29 now, and were by 2025-08-18 before.",
        "50 of the 50 devices share one reason, os_build_too_old.",
    )


@pytest.mark.parametrize(
    ("devices", "fleet", "named"), [(40, 499, True), (39, 499, False), (40, 500, False)]
)
def test_a_model_is_a_cause_when_the_storm_is_of_it_and_the_fleet_is_not(
    devices: int, fleet: int, named: bool
) -> None:
    due = counts(*(alike(25, BUILD), alike(25, POLICY)), model=ModelShare("21HM", devices, fleet))
    expected = f"{devices} of the 50 devices are of the model '21HM', which {fleet} of 1000 in"
    assert [cause.startswith(expected) for cause in causes(due)] == [True] * named


@pytest.mark.parametrize(("others", "named"), [(10, True), (11, False)])
def test_a_reason_that_nearly_all_share_is_a_cause(others: int, named: bool) -> None:
    due = counts(alike(90, BUILD), alike(others, POLICY))
    assert bool(causes(due)) is named


def test_the_same_edition_or_an_unknown_one_is_no_cause() -> None:
    due = counts(alike(1, BUILD), alike(1, POLICY))
    assert causes(due, (), "2026-09-29", "2026-09-29") == ()
    assert causes(due, (), None, "2026-09-29") == ()
    assert causes(counts()) == ()
