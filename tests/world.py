"""A small tenant with its sweeps, snapshots and queues in memory, and its use cases at hand."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from shared.domain.managed_device import ManagedDevice
from shared.domain.reach import Reach
from shared.domain.sweep import ActiveSweep, PageInStorage, Sweep
from shared.domain.tenant import TenantReading
from shared.errors import GraphError, GraphForbiddenError, GraphThrottledError
from shared.messages import DeviceChanges, FinishSweep, ReadPage
from shared.ports import DevicePage
from shared.use_cases import (
    assess_devices,
    finish_sweep,
    poll_device_changes,
    read_page,
    start_sweep,
)
from shared.use_cases.judge_page import Book, page_lines
from shared.use_cases.judges import Judges, assessor_of
from tests.builders import OLD, TODAY, tenant
from tests.fakes import Calls, FakeDevices, FakeQueue, FakeSweeps, FakeTenant
from tests.feed_fakes import FakeChanges, FakeFeed
from tests.restore_fakes import FakeAudit
from tests.snapshot_fakes import FakeOverlay, FakeSnapshots
from tests.telling_fakes import FakePoison, FakeWindows

NIGHT = datetime(2026, 11, 22, 2, tzinfo=UTC)
NAME = "20261122T020000Z"
LAST_NIGHT = NIGHT - timedelta(days=1)
LAST_NAME = "20261121T020000Z"
TERMS = start_sweep.SweepTerms(OLD)
REREAD_AFTER = timedelta(hours=6)
COALESCE = timedelta(minutes=15)

REFUSED = GraphError("Graph answered 400", status=400)
FORBIDDEN = GraphForbiddenError(
    "Graph answered 403: grant DeviceManagementManagedDevices.Read.All",
    permission="DeviceManagementManagedDevices.Read.All",
)


def throttled(seconds: float) -> GraphThrottledError:
    """Build Graph's wish to be left alone for a while."""
    return GraphThrottledError("Graph answered 429", retry_after=seconds)


def pc(id: str, **differing: Any) -> ManagedDevice:
    """Build a managed device that Graph gave most of the values of."""
    values: dict[str, Any] = {
        "id": id,
        "device_name": f"PC-{id}",
        "operating_system": "Windows",
        "os_version": "10.0.26100.9550",
        "join_type": "azureADJoined",
        "enrollment_type": "windowsAzureADJoin",
        "management_agent": "mdm",
        "autopilot_enrolled": False,
        "sku_number": 4,
        "sku_family": "Enterprise",
        "entra_device_id": f"entra-{id}",
        "user_id": f"user-{id}",
        "user_name": f"{id}@contoso.example",
        "serial_number": f"S{id}",
        "manufacturer": "LENOVO",
        "model": "21HM",
        "enrolled": "2024-05-15T14:13:19Z",
        "last_sync": "2026-11-21T10:00:00Z",
    }
    return ManagedDevice(**(values | differing))


def pcs(ids: str) -> tuple[ManagedDevice, ...]:
    """Build a device per letter."""
    return tuple(pc(id) for id in ids)


def record(**differing: Any) -> Sweep:
    """Build the record of tonight's sweep, whose pages are being read."""
    values: dict[str, Any] = {
        "id": NAME,
        "started": NIGHT,
        "as_of": TODAY,
        "edition": OLD,
        "strict_servicing": False,
        "user_names": True,
        "reading": TenantReading(tenant()),
    }
    return Sweep(**(values | differing))


def book(sweep: Sweep | None = None) -> Book:
    """Build what a sweep judges its pages by, in a tenant without any groups."""
    judged = sweep or record()
    return Book(assessor_of(judged), Reach(judged.reading, {}))


class World:
    """The fakes, and each use case called with them."""

    def __init__(self, calls: Calls | None = None) -> None:
        self.calls = calls or Calls()
        self.queue = FakeQueue(self.calls)
        self.devices = FakeDevices(self.calls)
        self.tenant = FakeTenant(self.calls)
        self.changes = FakeChanges(self.calls)
        self.feed = FakeFeed(self.calls)
        self.audit = FakeAudit(self.calls)
        self.sweeps = FakeSweeps(self.calls)
        self.overlay = FakeOverlay(self.calls)
        self.snapshots = FakeSnapshots(self.calls, self.sweeps, self.overlay)
        self.windows = FakeWindows(self.calls)
        self.poison = FakePoison(self.calls)
        self.judges = Judges()
        self.now = NIGHT
        """When messages are handled."""

    async def start(self, now: datetime = NIGHT) -> start_sweep.Started:
        """Start a sweep as the timer does."""
        return await start_sweep.start_sweep(
            now,
            TERMS,
            changes=self.changes,
            tenant=self.tenant,
            sweeps=self.sweeps,
            queue=self.queue,
        )

    async def resume(self, message: ReadPage) -> start_sweep.Started:
        """Go on with a start that was put off."""
        return await start_sweep.resume_start(
            message,
            TERMS,
            changes=self.changes,
            tenant=self.tenant,
            sweeps=self.sweeps,
            queue=self.queue,
        )

    async def poll(self, now: datetime = NIGHT) -> poll_device_changes.PollOutcome:
        """Look what changed, as the timer does."""
        return await poll_device_changes.poll_device_changes(
            now,
            TERMS,
            REREAD_AFTER,
            audit=self.audit,
            changes=self.changes,
            feed=self.feed,
            snapshots=self.snapshots,
            sweeps=self.sweeps,
            tenant=self.tenant,
            queue=self.queue,
        )

    async def read(self, message: ReadPage, attempt: int = 1) -> read_page.PageOutcome:
        """Handle the message of one page."""
        return await read_page.read_page(
            message,
            attempt,
            self.now,
            judges=self.judges,
            devices=self.devices,
            sweeps=self.sweeps,
            queue=self.queue,
        )

    async def finish(self, message: FinishSweep, attempt: int = 1) -> finish_sweep.FinishOutcome:
        """Handle the message that ends a sweep."""
        return await finish_sweep.finish_sweep(
            message,
            attempt,
            self.now,
            judges=self.judges,
            devices=self.devices,
            sweeps=self.sweeps,
            snapshots=self.snapshots,
            overlay=self.overlay,
            queue=self.queue,
        )

    async def assess(self, message: DeviceChanges) -> assess_devices.Assessed:
        """Handle a message that names devices."""
        return await assess_devices.assess_devices(
            message,
            self.now,
            COALESCE,
            judges=self.judges,
            devices=self.devices,
            sweeps=self.sweeps,
            snapshots=self.snapshots,
            overlay=self.overlay,
            feed=self.feed,
            windows=self.windows,
            queue=self.queue,
        )

    def running(self, sweep: Sweep | None = None) -> Sweep:
        """Put a sweep where it would be after it has begun."""
        begun = sweep or record()
        self.sweeps.records[begun.id] = begun
        self.sweeps.now_active = ActiveSweep(begun.id, begun.started, begun=True)
        return begun

    def stored(self, pages: Mapping[int, DevicePage], sweep: Sweep | None = None) -> None:
        """Store pages as if they had been read."""
        of = sweep or record()
        held = self.sweeps.stored.setdefault(of.id, {})
        for number, page in pages.items():
            lines = page_lines(number, page, book(of), user_names=of.user_names, read_at=of.started)
            shown = PageInStorage(number, len(page.devices), 0, 0.0, page.next is None)
            held[number] = (lines, shown)

    async def committed(self, fleet: str | Iterable[ManagedDevice]) -> None:
        """Let last night's sweep have committed a snapshot of these devices."""
        last = record(id=LAST_NAME, started=LAST_NIGHT, as_of=LAST_NIGHT.date())
        self.running(last)
        devices = pcs(fleet) if isinstance(fleet, str) else tuple(fleet)
        self.stored({1: DevicePage(devices)}, last)
        assert await self.finish(FinishSweep(LAST_NAME, 1)) == "committed"
        self.calls.made.clear()
        self.queue.sent.clear()

    @property
    def active(self) -> str | None:
        """The name of the sweep that runs."""
        return self.sweeps.now_active.sweep

    @property
    def shown(self) -> str | None:
        """The name of the sweep whose snapshot is current."""
        return self.snapshots.pointer.sweep if self.snapshots.pointer else None

    @property
    def fleet(self) -> str | None:
        """The devices of the current snapshot, None before there is one."""
        visible = self.snapshots.visible
        return None if visible is None else "".join(sorted(visible.devices))

    def summary(self) -> dict[str, Any]:
        """The summary of the current snapshot."""
        assert self.snapshots.visible is not None
        summary: dict[str, Any] = msgspec.json.decode(self.snapshots.visible.summary)
        return summary
