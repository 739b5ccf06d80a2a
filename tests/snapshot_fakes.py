"""Snapshots, what lies over them, and the merge that makes the next one, in memory."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, structs

from shared.domain.history import Transition, step, vanish
from shared.domain.known_device import (
    DeviceRecord,
    KnownDevice,
    entra_key,
    serial_key,
)
from shared.domain.packing import pack, unpack
from shared.domain.story import Story
from shared.domain.sweep import Merged, Pointer
from shared.domain.transitions import held_reasons, open_reasons
from shared.errors import ConflictError, StorageError
from shared.ports import Merge
from shared.use_cases.compare_device import Reading, newly_seen, predecessor_of, succeeded
from tests.fakes import Calls, FakeSweeps, read_lines


class FakeOverlay:
    """Entries by snapshot and Intune id, each with an ETag that changes with every write."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._versions = 0
        self.now: datetime | None = None
        """What storage's clock shows while something is written."""
        self.entries: dict[str, dict[str, tuple[KnownDevice, str]]] = {}
        self._written: dict[tuple[str, str], datetime | None] = {}

    def of(self, sweep: str) -> dict[str, KnownDevice]:
        """The entries over a snapshot, by Intune id."""
        return {id: device for id, (device, _) in self.entries.get(sweep, {}).items()}

    async def read(self, sweep: str, ids: Iterable[str]) -> Mapping[str, tuple[KnownDevice, str]]:
        await self._calls("overlay.read")
        held = self.entries.get(sweep, {})
        return {id: held[id] for id in ids if id in held}

    async def alike(
        self, sweep: str, entra_ids: Iterable[str], serials: Iterable[str]
    ) -> Sequence[KnownDevice]:
        await self._calls("overlay.alike")
        return alike(self.of(sweep).values(), entra_ids, serials)

    async def write(self, sweep: str, device: KnownDevice, etag: str | None) -> str:
        await self._calls("overlay.write")
        held = self.entries.setdefault(sweep, {})
        id = device.record.id
        if etag != (held[id][1] if id in held else None):
            raise ConflictError(f"the entry of {id} has changed since")
        self._versions += 1
        held[id] = device, f"e{self._versions}"
        self._written[sweep, id] = self.now
        return held[id][1]

    async def changed(self, sweep: str, since: datetime | None) -> Sequence[KnownDevice]:
        await self._calls("overlay.changed")
        return [
            device
            for id, device in self.of(sweep).items()
            if since is None or ((at := self._written[sweep, id]) is not None and at >= since)
        ]

    async def remove(self, sweep: str) -> None:
        await self._calls("overlay.remove")
        self.entries.pop(sweep, None)


class FakeSnapshot(Struct, frozen=True):
    """One stored snapshot: its devices, the transitions since the one before, and the figures."""

    devices: Mapping[str, KnownDevice]
    changes: Sequence[tuple[str, Transition]]
    summary: bytes


class FakeMerge:
    """Merges pages with a snapshot and its overlay, a device at a time."""

    devices_file = changes_file = Path("nowhere")

    def __init__(
        self,
        calls: Calls,
        pages: Iterable[tuple[int, bytes]],
        previous: FakeSnapshot | None,
        overlay: Mapping[str, KnownDevice],
        rule_blockers: Mapping[str, tuple[str, ...]],
    ) -> None:
        self._calls = calls
        self._baseline = previous is None
        self._entries = overlay
        self._rule_blockers = rule_blockers
        self._before = {
            id: structs.replace(device, transitions=())
            for id, device in ({**previous.devices, **overlay} if previous else {}).items()
            if not device.gone
        }
        self._kept: set[str] = set()
        self._pages = 0
        self._found: dict[str, Reading] = {}
        self.devices: dict[str, KnownDevice] = {}
        self.changes: list[tuple[str, Transition]] = []
        for number, lines in pages:
            self._take_in(number, lines)

    async def missing(self) -> Sequence[str]:
        await self._calls("merge.missing")
        return sorted(self._before.keys() - self._found.keys())

    async def add(self, page: int, lines: bytes) -> None:
        await self._calls("merge.add")
        self._take_in(page, lines)

    async def keep(self, ids: Iterable[str]) -> None:
        await self._calls("merge.keep")
        self._kept |= set(ids)

    async def outdated(self) -> Sequence[str]:
        await self._calls("merge.outdated")
        return sorted(id for id in self._found if self._is_outdated(id))

    async def newcomers(self) -> Sequence[str]:
        await self._calls("merge.newcomers")
        new = (id for id in self._found if id not in self._before and not self._is_outdated(id))
        return [] if self._baseline else sorted(new)

    async def write(self, started: datetime) -> Merged:
        await self._calls("merge.write")
        self.changes = [
            (id, told) for id, entry in self._entries.items() for told in entry.transitions
        ]
        stays = self._found.keys() | self._kept
        absent = self._before.keys() - stays
        former = {**self._entries, **self._before}
        new = [i for i in self._found if i not in self._before and not self._is_outdated(i)]
        for id in sorted(new):
            reading = self._found[id]
            own = self._entries.get(id)
            own = own and structs.replace(own, transitions=())
            predecessor = predecessor_of(reading.record, own, former.values(), absent)
            if predecessor is not None:
                former[predecessor.record.id] = succeeded(predecessor, id, None)
            self._put(newly_seen(reading, own, predecessor))
        for id in self._before:
            if id not in stays:
                if former[id].succeeded_by is None:
                    gone = vanish(former[id].history, max(started, former[id].read_at))[1]
                    self.changes += [(id, told) for told in gone]
            elif id in self._kept or self._is_outdated(id):
                self.devices[id] = former[id]
            else:
                self._put(self._moved_on(former[id], self._found[id], started))
        if self._baseline:
            self.changes.clear()
        keys = {id: pack(device.assessment) for id, device in self.devices.items()}
        return Merged(
            devices=len(self.devices),
            per_assessment=dict(Counter(packed.key for packed in keys.values())),
            assessments={keys[id].key: d.assessment for id, d in self.devices.items()},
            new_devices=0 if self._baseline else len(new),
            gone_devices=len(absent),
            kept_unverified=len(self._kept),
            pages=self._pages,
        )

    def _take_in(self, number: int, lines: bytes) -> None:
        header, rows = read_lines(lines)
        assert header.page == number
        self._pages += 1
        for row in rows:
            packed = header.assessments[row.pop("assessment")]
            assessment = unpack(packed, header.findings)
            record = msgspec.convert(row, DeviceRecord)
            self._found[record.id] = Reading(record, assessment, header.read_at)

    def _is_outdated(self, id: str) -> bool:
        entry, found = self._entries.get(id), self._found[id]
        return entry is not None and not found.is_fresher_than(entry)

    def _moved_on(self, known: KnownDevice, reading: Reading, started: datetime) -> KnownDevice:
        opened = open_reasons(reading.assessment)
        held = held_reasons(reading.assessment, self._rule_blockers)
        at = max(started, known.read_at)
        history, told = step(known.history, opened, held, "assessed", at)
        return KnownDevice(
            reading.record,
            reading.assessment,
            history,
            reading.read_at,
            succeeded_by=known.succeeded_by,
            succeeds=known.succeeds,
            transitions=told,
        )

    def _put(self, device: KnownDevice) -> None:
        """Keep a device, and tell its transitions, which a snapshot does not keep with it."""
        self.changes += [(device.record.id, told) for told in device.transitions]
        self.devices[device.record.id] = structs.replace(device, transitions=())


class FakeSnapshots:
    """Snapshots by sweep, and a pointer whose ETag changes with every write."""

    def __init__(self, calls: Calls, sweeps: FakeSweeps, overlay: FakeOverlay) -> None:
        self._calls = calls
        self._sweeps = sweeps
        self._overlay = overlay
        self._version = 0
        self.pointer: Pointer | None = None
        self.stored: dict[str, FakeSnapshot] = {}
        self.points: dict[date, Any] = {}
        self.stories: list[Story] = []
        self.looked_up: list[tuple[str, str, int]] = []

    @property
    def visible(self) -> FakeSnapshot | None:
        """The snapshot that the pointer leads to."""
        return self.stored[self.pointer.sweep] if self.pointer else None

    def point_at(self, sweep: str, started: datetime) -> None:
        """Make a snapshot current, as somebody else would."""
        self._version += 1
        self.pointer = Pointer(sweep, started)

    async def current(self) -> tuple[Pointer | None, str | None]:
        await self._calls("snapshots.current")
        return self.pointer, self._etag()

    @asynccontextmanager
    async def merging(
        self, sweep: str, previous: str | None, rule_blockers: Mapping[str, tuple[str, ...]]
    ) -> AsyncIterator[FakeMerge]:
        await self._calls("snapshots.merging")
        pages = self._sweeps.stored.get(sweep, {})
        yield FakeMerge(
            self._calls,
            [(number, content) for number, (content, _) in sorted(pages.items())],
            self.stored[previous] if previous else None,
            self._overlay.of(previous) if previous else {},
            rule_blockers,
        )

    async def store(self, sweep: str, merge: Merge, merged: Merged, summary: bytes) -> None:
        await self._calls("snapshots.store")
        assert isinstance(merge, FakeMerge)
        self.stored[sweep] = FakeSnapshot(merge.devices, merge.changes, summary)

    async def summary(self, sweep: str) -> bytes:
        await self._calls("snapshots.summary")
        if sweep not in self.stored:
            raise StorageError(f"the summary of {sweep} is missing")
        return self.stored[sweep].summary

    async def commit(self, pointer: Pointer, etag: str | None) -> str:
        await self._calls("snapshots.commit")
        if etag != self._etag():
            raise ConflictError("the pointer has changed since")
        self._version += 1
        self.pointer = pointer
        return f"v{self._version}"

    async def find(self, sweep: str, wanted: str, most: int) -> Sequence[Story]:
        await self._calls("snapshots.find")
        self.looked_up.append((sweep, wanted, most))
        return self.stories[:most]

    async def known(
        self,
        sweep: str,
        *,
        ids: Iterable[str] = (),
        entra_ids: Iterable[str] = (),
        serials: Iterable[str] = (),
    ) -> Sequence[KnownDevice]:
        await self._calls("snapshots.known")
        devices = self.stored[sweep].devices
        by_id = {id: devices[id] for id in ids if id in devices}
        return [
            *by_id.values(),
            *(d for d in alike(devices.values(), entra_ids, serials) if d.record.id not in by_id),
        ]

    async def add_to_trend(self, day: date, point: bytes) -> None:
        await self._calls("snapshots.add_to_trend")
        self.points[day] = msgspec.json.decode(point)

    async def trend(self, day: date) -> bytes | None:
        await self._calls("snapshots.trend")
        return msgspec.json.encode(self.points[day]) if day in self.points else None

    def _etag(self) -> str | None:
        return None if self.pointer is None else f"v{self._version}"


def alike(
    devices: Iterable[KnownDevice], entra_ids: Iterable[str], serials: Iterable[str]
) -> list[KnownDevice]:
    """Find the devices that have one of these Entra device ids or serials."""
    entra_keys = {entra_key(id) for id in entra_ids} - {None}
    serial_keys = {serial_key(serial) for serial in serials} - {None}
    return [
        device
        for device in devices
        if entra_key(device.record.entra_id) in entra_keys
        or serial_key(device.record.serial) in serial_keys
    ]
