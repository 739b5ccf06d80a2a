"""A fleet whose blockers come and go, and people who are told of it."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from shared.domain.digest import Digest, Line
from shared.domain.feed import FeedState
from shared.domain.history import History, OpenBlocker
from shared.domain.known_device import DeviceRecord, KnownDevice
from shared.domain.sweep import Merged, Sweep
from shared.domain.telling import TellingState, Terms
from shared.domain.tenant import TenantReading
from shared.messages import NOTIFICATIONS, SendNotification
from shared.ports import Fitness
from shared.report.summary import summarise
from shared.use_cases.compose_digests import Composed, compose_digests
from tests.builders import OLD, judged, tenant
from tests.delivery_fakes import FakeDeliveries
from tests.fakes import Calls, FakeQueue, FakeSweeps
from tests.feed_fakes import FakeFeed
from tests.restore_fakes import FakeAudit
from tests.snapshot_fakes import FakeOverlay, FakeSnapshot, FakeSnapshots
from tests.telling_fakes import FakePoison, FakeSettingsFiles, FakeTelling, FakeWindows

MORNING = datetime(2026, 11, 22, 6, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BUILD, JOIN, POLICY = "os_build_too_old", "join_type_unsupported", "backup_policy_not_enabled"
TEAMS = {"TEAMS_WEBHOOK_URL": "given"}
WELL = judged()


class TellingWorld:
    """The fakes, and a fleet: which reasons stand open on each device, and since when."""

    def __init__(self, calls: Calls | None = None, devices: int = 100) -> None:
        self.calls = calls or Calls()
        self.queue = FakeQueue(self.calls)
        self.sweeps = FakeSweeps(self.calls)
        self.overlay = FakeOverlay(self.calls)
        self.snapshots = FakeSnapshots(self.calls, self.sweeps, self.overlay)
        self.feed = FakeFeed(self.calls)
        self.audit = FakeAudit(self.calls)
        self.fitness = Fitness(configured=False)
        self.windows = FakeWindows(self.calls)
        self.poison = FakePoison(self.calls)
        self.files = FakeSettingsFiles(self.calls)
        self.deliveries = FakeDeliveries(self.calls, lambda: self.now)
        self.telling = FakeTelling(self.calls, self.snapshots, self.overlay)
        self.now = MORNING
        self.terms = Terms()
        self.settings: Mapping[str, str] = TEAMS
        self.reading = TenantReading(tenant())
        self.edition = OLD
        self.open: dict[str, dict[str, datetime]] = {f"d{n}": {} for n in range(devices)}
        self.polls = True
        """Whether changes are being followed."""
        self._seen: dict[tuple[str, str], datetime] = {}
        self._composers = 0

    def block(self, ids: Iterable[str], *reasons: str) -> None:
        """Let these reasons stand open from now on."""
        for id in ids:
            for reason in reasons:
                self._seen.setdefault((id, reason), self.now)
                self.open[id].setdefault(reason, self.now)

    def clear(self, ids: Iterable[str], *reasons: str) -> None:
        """Let these reasons be gone, or all of them if none is given."""
        for id in ids:
            for reason in reasons or tuple(self.open[id]):
                self.open[id].pop(reason, None)

    def remove(self, id: str) -> None:
        """Let a device be gone."""
        del self.open[id]

    def sweep(self) -> str:
        """Let a sweep have read the fleet as it is now, and return its name."""
        name = f"{self.now:%Y%m%dT%H%M%SZ}"
        record = Sweep(
            name,
            started=self.now,
            as_of=self.now.date(),
            edition=self.edition,
            strict_servicing=False,
            user_names=True,
            reading=self.reading,
            state="complete",
        )
        merged = Merged(len(self.open), {"": len(self.open)}, {"": WELL})
        summary = summarise(record, merged, None)
        self.sweeps.records[name] = record
        self.snapshots.stored[name] = FakeSnapshot(
            {id: self.known(id) for id in self.open}, (), msgspec.json.encode(summary)
        )
        self.snapshots.point_at(name, self.now)
        return name

    async def assess(self, *ids: str) -> None:
        """Let devices have been assessed again since the sweep."""
        assert self.snapshots.pointer is not None
        sweep = self.snapshots.pointer.sweep
        held = await self.overlay.read(sweep, ids)
        for id in ids:
            etag = held[id][1] if id in held else None
            await self.overlay.write(sweep, self.known(id), etag)

    def known(self, id: str) -> KnownDevice:
        """A device as it stands now; one that is not in the fleet is gone."""
        record = DeviceRecord(id, name=f"PC-{id}", model="Surface Pro 10")
        blockers = tuple(
            OpenBlocker("backup", reason, self._seen[id, reason], since, held=False)
            for reason, since in self.open.get(id, {}).items()
        )
        return KnownDevice(record, WELL, History(blockers), self.now, gone=id not in self.open)

    async def compose(self) -> Composed:
        """Tell what is due, as another run than any before."""
        self._composers += 1
        if self.polls:
            self.feed.replaced(FeedState("link", self.now, self.now, polled=self.now))
        return await compose_digests(
            self.now,
            "a test",
            f"c{self._composers}",
            self.terms,
            self.settings,
            fitness=self.fitness,
            audit=self.audit,
            telling=self.telling,
            windows=self.windows,
            snapshots=self.snapshots,
            sweeps=self.sweeps,
            feed=self.feed,
            deliveries=self.deliveries,
            poison=self.poison,
            files=self.files,
            queue=self.queue,
        )

    async def told(self, after: timedelta = timedelta()) -> list[Digest]:
        """Tell what is due some time later, and return the digests."""
        self.now += after
        composed = await self.compose()
        return [self.telling.digests[id][0] for id in composed.digests]

    def lines(self, digest: Digest) -> tuple[Line, ...]:
        """The lines that a digest was told with."""
        return self.telling.digests[digest.id][1] or ()

    def words(self, digest: Digest) -> set[tuple[str, str, str]]:
        """What a digest says: device, reason and change."""
        return {(line.device, line.reason, line.change) for line in self.lines(digest)}

    @property
    def state(self) -> TellingState:
        """How far people have been told."""
        assert self.telling.now_told is not None
        return self.telling.now_told

    def sent(self) -> list[tuple[str, str]]:
        """Which digests were sent to which channels, in order."""
        messages = [sent.message for sent in self.queue.on(NOTIFICATIONS)]
        assert all(isinstance(message, SendNotification) for message in messages)
        return [(m.digest, m.channel) for m in messages if isinstance(m, SendNotification)]

    @classmethod
    async def settled(cls, devices: int = 100) -> "TellingWorld":
        """A fleet with nothing open, of which people were told an hour ago, after a first sweep."""
        world = cls(devices=devices)
        world.sweep()
        await world.compose()
        world.queue.sent.clear()
        world.calls.made.clear()
        world.now += HOUR
        return world
