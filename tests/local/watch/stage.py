"""A stage in memory: storage as sweeps and polls leave it, and a watcher that looks at it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import msgspec
from msgspec.structs import replace

from local.watch.events import DeviceChanged, Event, SweepMade, Watcher
from shared.domain.feed import TenantChange
from shared.domain.history import Cause, Change, History, Transition
from shared.domain.known_device import DeviceRecord, KnownDevice
from shared.domain.sweep import Folding, Pointer
from shared.errors import StorageError
from tests.builders import judged

TEN = datetime(2026, 11, 22, 10, tzinfo=UTC)
REASON = "os_build_too_old"


def transition(
    at: datetime, change: Change = "raised", cause: Cause = "assessed", reason: str = REASON
) -> Transition:
    return Transition("backup", reason, change, cause, TEN, TEN, at)


def tenant_change(at: datetime, **differing: Any) -> TenantChange:
    values: dict[str, Any] = {
        "kind": "backup_policy",
        "id": "p1",
        "name": "Backup on",
        "old": {"value": "enabled"},
        "new": {"value": "disabled"},
        "seen": at,
        "last_known": at - timedelta(minutes=15),
    }
    return TenantChange(**(values | differing))


class Stage:
    """Snapshots, overlay and feed in one; each thing that happens takes ten seconds."""

    def __init__(self, sweep: str | None = "a") -> None:
        self.now = TEN
        self.clock_lags = timedelta()
        self.asked_since: list[datetime | None] = []
        self.silent = False
        self.tenant: list[TenantChange] = []
        self.changes: dict[str, list[DeviceChanged]] = {}
        self.pointer: Pointer | None = None
        self.moves_at_the_next_read = False
        self._version = 0
        self._entries: dict[str, dict[str, tuple[KnownDevice, datetime]]] = {}
        self._summaries: dict[str, bytes] = {}
        if sweep is not None:
            self.commit(sweep)

    def watcher(self) -> Watcher:
        snapshots, overlay, feed = cast("Any", self), cast("Any", self), cast("Any", self)
        return Watcher(snapshots, overlay, feed, self.changes_of)

    async def begun(self, *, earlier: bool = False) -> Watcher:
        """Give a watcher that has seen what there is."""
        watcher = self.watcher()
        await watcher.begin(earlier=earlier)
        return watcher

    def happens(self, id: str, change: Change = "raised", cause: Cause = "assessed") -> datetime:
        """Write one more transition of a device into the overlay; the time of it."""
        assert self.pointer is not None
        self.now += timedelta(seconds=10)
        entries = self._entries.setdefault(self.pointer.sweep, {})
        former = entries[id][0].transitions if id in entries else ()
        device = KnownDevice(
            DeviceRecord(id, f"PC-{id}"),
            judged(),
            History(),
            self.now,
            gone=cause == "gone",
            transitions=(*former, transition(self.now, change, cause)),
        )
        entries[id] = (device, self.now - self.clock_lags)
        return self.now

    def fold(self) -> None:
        """Let a sweep begin to merge; nothing is to be written until it commits."""
        assert self.pointer is not None
        self._point(replace(self.pointer, folding=Folding("next", self.now)))

    def commit(self, sweep: str, *own: DeviceChanged) -> None:
        """Make a snapshot current, with the overlay's transitions and its own in it."""
        self.now += timedelta(seconds=10)
        before = self.pointer.sweep if self.pointer else None
        folded = self._entries.pop(before, {}) if before else {}
        self.changes[sweep] = [
            DeviceChanged(id, device.record.name, each)
            for id, (device, _) in folded.items()
            for each in device.transitions
        ] + list(own)
        self._summaries[sweep] = msgspec.json.encode(
            {"sweep": sweep, "started": self.now, "devices": 7, "previous": before, "more": 1}
        )
        self._point(Pointer(sweep, self.now, before))

    async def current(self) -> tuple[Pointer | None, str]:
        if self.silent:
            raise StorageError("blob storage failed on 'snapshots/current.json'")
        return self.pointer, f"v{self._version}"

    async def summary(self, sweep: str) -> bytes:
        return self._summaries[sweep]

    async def changed(self, sweep: str, since: datetime | None) -> Sequence[KnownDevice]:
        self.asked_since.append(since)
        found = [
            device
            for device, written in self._entries.get(sweep, {}).values()
            if since is None or written >= since
        ]
        if self.moves_at_the_next_read:
            self.moves_at_the_next_read = False
            self.fold()
        return found

    async def tenant_changes(self, most: int) -> Sequence[TenantChange]:
        return self.tenant[::-1][:most]

    async def changes_of(self, sweep: str) -> Sequence[DeviceChanged]:
        return self.changes[sweep]

    def _point(self, pointer: Pointer) -> None:
        self._version += 1
        self.pointer = pointer


def told(events: Sequence[Event]) -> list[str | tuple[str, str, str, datetime]]:
    """Reduce events to what tests look at."""
    return [_told(event) for event in events]


def _told(event: Event) -> str | tuple[str, str, str, datetime]:
    match event:
        case DeviceChanged():
            of = event.transition
            return event.id, of.transition, of.cause, of.at
        case SweepMade():
            return f"sweep {event.sweep}"
        case TenantChange():
            return f"tenant {event.name}"
