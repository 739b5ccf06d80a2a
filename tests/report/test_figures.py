"""The figures of a digest say how the fleet stands, how it moved, and what would help most."""

from datetime import date

from shared.domain.digest import BestUnlock, Readiness
from shared.report.figures import best_unlock, readiness
from shared.report.summary import Summary, TrendPoint, summarise
from tests.builders import device
from tests.report.fleets import fleet, sweep

WELL = device()
OLD_BUILD = device(os_version="10.0.22621.1")
NO_POLICY = device(backup_policy="not_configured")
NEITHER = device(os_version="10.0.22621.1", backup_policy="not_configured")


def summary(*devices: object) -> Summary:
    return summarise(sweep(), fleet(devices), None)  # type: ignore[arg-type]


def test_each_capability_is_compared_with_the_day_before() -> None:
    before = TrendPoint(date(2026, 11, 21), "s", 9, {"backup": 8}, {"backup": 7})
    found = readiness(summary((WELL, 5)), before)
    assert found == (
        Readiness("backup", 5, 5, 8, 7),
        Readiness("restore", 5, 5),
        Readiness("first_sign_in_restore", 5, 5),
    )


def test_without_a_day_before_there_is_nothing_to_compare_with() -> None:
    assert readiness(summary((WELL, 1)), None)[0] == Readiness("backup", 1, 1)


def test_where_all_are_ready_nothing_would_help() -> None:
    assert best_unlock(summary((WELL, 3))) is None


def test_the_best_unlock_makes_the_most_devices_ready() -> None:
    some = summary((OLD_BUILD, 5), (NO_POLICY, 2))
    assert best_unlock(some) == BestUnlock("backup", ("update_windows",), 5)


def test_capabilities_compete_for_the_best_unlock() -> None:
    """A device that lacks both cannot back up after an update alone, but can be restored."""
    some = summary((OLD_BUILD, 5), (NEITHER, 9))
    assert best_unlock(some) == BestUnlock("restore", ("update_windows",), 14)
