"""What the gates look at is read where it is known best, and is unknown where it is not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from shared.domain.feed import FeedState, Watched
from shared.domain.gates import BackupReach, Fleet, Observed
from shared.domain.restore_terms import RestoreTerms
from shared.domain.sweep import Sweep
from shared.domain.telling import HeldStorm, TellingState
from shared.domain.tenant import RestoreSetting, StatusPage, Target, TenantReading
from shared.errors import GraphAnswerError, GraphForbiddenError, GraphUnavailableError
from shared.report.summary import summarise
from shared.use_cases.observe_gates import observe
from shared.use_cases.restore_control import Control
from shared.use_cases.start_sweep import LONGEST_SWEEP
from tests.builders import device, tenant
from tests.report.fleets import fleet
from tests.restore_fakes import SETTING_ID, FakeAudit, FakeSetting
from tests.snapshot_fakes import FakeSnapshot
from tests.telling_fakes import FakeTelling
from tests.world import LAST_NAME, LAST_NIGHT, NAME, NIGHT, World, record, throttled

NOW = NIGHT + timedelta(hours=8)
EVERYBODY = (Target("all_devices"),)
PILOT = (Target("group", "pilot"),)
DEVICES = fleet([
    (device(), 5),
    (device(backup_policy="disabled"), 2),
    (device(has_user=False), 3),
    (device(os_version="10.0.26100.4651", esp_quality_updates=False), 4),
    (device(join_type=None, trust_type=None), 1),
])  # fmt: skip


class Tenancy(World):
    """The world after last night's sweep, with a restore setting."""

    def __init__(self, reading: TenantReading | None = None) -> None:
        super().__init__()
        self.telling = FakeTelling(self.calls, self.snapshots, self.overlay)
        self.setting = FakeSetting(self.calls, lambda: self.now)
        self.swept(record(state="complete", reading=reading or TenantReading(tenant())))

    def swept(self, sweep: Sweep) -> None:
        self.sweeps.records[sweep.id] = sweep
        summary = msgspec.json.encode(summarise(sweep, DEVICES, None))
        self.snapshots.stored[sweep.id] = FakeSnapshot({}, (), summary)
        self.snapshots.point_at(sweep.id, sweep.started)

    def polled(self, *pages: StatusPage) -> None:
        watched = Watched(status_pages=pages)
        self.feed.state = FeedState("link", NIGHT, NIGHT, watched=watched)

    async def observe(self) -> tuple[Observed, RestoreSetting | None]:
        control = Control(
            terms=RestoreTerms(),
            setting=self.setting,
            audit=FakeAudit(self.calls),
            queue=self.queue,
            sweeps=self.sweeps,
            snapshots=self.snapshots,
            feed=self.feed,
            telling=self.telling,
            clock=lambda: self.now,
            unique=lambda: "unique",
        )
        return await observe(NOW, control=control)

    async def seen(self) -> Observed:
        return (await self.observe())[0]


def page(name: str, quality_updates: Any, targets: Any = (), priority: int = 1) -> StatusPage:
    return StatusPage(name, name, priority, name == "Default", quality_updates, targets)


async def test_everything_is_read_where_all_is_well() -> None:
    world = Tenancy(TenantReading(tenant(), status_pages=(page("Default", True),)))

    observed, setting = await world.observe()

    assert setting == RestoreSetting(SETTING_ID, "notConfigured", "2024-01-09T00:00:00Z")
    assert observed == Observed(
        settings=1,
        last_modified=datetime(2024, 1, 9, tzinfo=UTC),
        cloud="commercial",
        fleet=Fleet(
            sweep=NAME,
            started=NIGHT,
            devices=15,
            eligible=11,
            ineligible=3,
            unknown=1,
            by_reason={"shared_or_userless": 3},
            backup=BackupReach(11, 9, 0),
        ),
        status_pages_off=(),
    )
    assert world.setting.writes == []


async def test_before_the_first_sweep_only_the_setting_is_known() -> None:
    world = Tenancy()
    world.snapshots.pointer = None
    world.sweeps.records.clear()

    observed = await world.seen()

    assert observed == Observed(settings=1, last_modified=datetime(2024, 1, 9, tzinfo=UTC))


@pytest.mark.parametrize(
    "error",
    [
        GraphAnswerError("Graph returned 2 restore settings where there is exactly one"),
        GraphForbiddenError("Graph answered 403", permission="DeviceManagementServiceConfig"),
    ],
)
async def test_a_setting_that_cannot_be_made_out_is_none_and_the_rest_is_read(
    error: Exception,
) -> None:
    world = Tenancy()
    world.calls.fail("setting.read", error)

    observed, setting = await world.observe()

    assert setting is None
    assert (observed.settings, observed.last_modified) == (UNSET, UNSET)
    assert observed.wrong == str(error)
    assert observed.fleet is not None


@pytest.mark.parametrize("error", [throttled(30), GraphUnavailableError("Graph failed")])
async def test_where_another_try_may_tell_nothing_is_concluded(error: Exception) -> None:
    world = Tenancy()
    world.calls.fail("setting.read", error)
    with pytest.raises(type(error)):
        await world.observe()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-22T03:04:05Z", datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)),
        ("2026-11-22T03:04:05.1234567Z", datetime(2026, 11, 22, 3, 4, 5, 123456, tzinfo=UTC)),
        ("2026-11-22T03:04:05", datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)),
        ("2026-11-22T04:04:05+01:00", datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)),
        ("0001-01-01T00:00:00+01:00", UNSET),
        ("", UNSET),
        ("yesterday", UNSET),
    ],
)
async def test_when_it_was_changed_is_a_time_or_not_known(written: str, read: Any) -> None:
    class Written(FakeSetting):
        async def read(self) -> RestoreSetting:
            return RestoreSetting(SETTING_ID, "enabled", written)

    world = Tenancy()
    world.setting = Written(world.calls, lambda: NOW)

    assert (await world.seen()).last_modified == read


@pytest.mark.parametrize(
    ("newest", "wrong"),
    [
        ({"state": "complete"}, None),
        ({"state": "paging"}, None),
        ({"state": "partial", "reason": "2 pages were lost"}, "is partial (2 pages were lost)"),
        ({"state": "failed"}, "is failed"),
    ],
)
async def test_a_newer_sweep_that_did_not_complete_is_told(
    newest: dict[str, Any], wrong: str | None
) -> None:
    world = Tenancy()
    later = record(id="20261122T090000Z", started=NIGHT + timedelta(hours=7), **newest)
    world.sweeps.records[later.id] = later

    observed = await world.seen()

    assert observed.last_sweep_wrong == (wrong and f"{later.id} {wrong}")
    assert observed.fleet is not None
    assert observed.fleet.sweep == NAME


async def test_a_sweep_that_never_ended_is_told_when_it_is_given_up() -> None:
    world = Tenancy()
    world.swept(record(id=LAST_NAME, started=LAST_NIGHT, state="complete"))
    started = NOW - LONGEST_SWEEP
    world.sweeps.records = {NAME: record(state="paging", started=started)}
    assert (await world.seen()).last_sweep_wrong == (
        f"{NAME} has been running since 21 Nov, 14:00 UTC"
    )
    world.sweeps.records[NAME] = record(state="paging", started=started + timedelta(seconds=1))
    assert (await world.seen()).last_sweep_wrong is None


async def test_without_the_record_of_its_sweep_the_cloud_is_not_known() -> None:
    world = Tenancy()
    world.sweeps.records.clear()
    observed = await world.seen()
    assert (observed.cloud, observed.status_pages_off) == (UNSET, UNSET)


async def test_status_pages_are_those_of_the_last_poll_rather_than_of_the_sweep() -> None:
    world = Tenancy(TenantReading(tenant(), status_pages=(page("Default", False),)))
    assert (await world.seen()).status_pages_off == ("Default",)
    world.polled(page("Default", True))
    assert (await world.seen()).status_pages_off == ()
    world.feed.state = FeedState("link", NIGHT, NIGHT)
    assert (await world.seen()).status_pages_off == ("Default",)


@pytest.mark.parametrize(
    ("pages", "off"),
    [
        ((page("Default", False), page("B", False, PILOT), page("A", False, PILOT, 2)),
         ("A", "B", "Default")),
        ((page("Default", False), page("All", True, EVERYBODY)), ()),
        ((page("Default", True), page("Nobody", False)), ()),
        ((page("Default", UNSET),), UNSET),
        ((page("Default", UNSET), page("Pilot", False, PILOT)), ("Pilot",)),
        ((page("Default", True), page("Unread", False, UNSET)), UNSET),
        ((page("Default", True), page("Unread", True, UNSET)), ()),
        ((page("Default", True), page("New", False, (Target("unrecognised"),))), UNSET),
        ((), UNSET),
    ],
)  # fmt: skip
async def test_status_pages_in_use_without_quality_updates_are_named(
    pages: tuple[StatusPage, ...], off: Any
) -> None:
    world = Tenancy()
    world.polled(*pages)
    assert (await world.seen()).status_pages_off == off


async def test_a_storm_that_is_held_is_told() -> None:
    world = Tenancy()
    world.telling.put(TellingState(1))
    assert (await world.seen()).storm is None
    world.telling.put(TellingState(2, storm=HeldStorm(NAME, frozenset({"x"}), 1400, "digest")))
    assert (await world.seen()).storm == f"1,400 devices changed at once, as of the sweep {NAME}"
