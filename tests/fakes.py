"""The outside world in memory, for tests of use cases: plain, and strict about conditions."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from shared.domain.assessment import Assessment
from shared.domain.guid_set import GuidSet
from shared.domain.managed_device import ManagedDevice
from shared.domain.packing import unpack
from shared.domain.story import Story
from shared.domain.sweep import (
    ROW,
    ActiveSweep,
    Merged,
    PageHeader,
    PageInStorage,
    PageOpening,
    Pointer,
    Sweep,
)
from shared.domain.tenant import TenantReading
from shared.errors import ConflictError, LeaseHeldError, StorageError
from shared.messages import Message
from shared.ports import DevicePage, DevicesById, Merge
from tests.builders import tenant


class Calls:
    """Every call made of the fakes, in order; each one stops here before it does anything."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self._errors: dict[str, list[Exception]] = {}
        self._happenings: dict[str, Callable[[], None]] = {}

    async def __call__(self, name: str) -> None:
        self.made.append(name)
        if happening := self._happenings.pop(name, None):
            happening()
        if errors := self._errors.get(name):
            raise errors.pop(0)

    def fail(self, name: str, *errors: Exception) -> None:
        """Answer the next calls of this name with these errors, one each."""
        self._errors.setdefault(name, []).extend(errors)

    def before(self, name: str, happening: Callable[[], None]) -> None:
        """Let something happen elsewhere just before the next call of this name."""
        self._happenings[name] = happening


class Sent(Struct, frozen=True):
    """One message as it was sent."""

    queue: str
    message: Message
    delay: float


class FakeQueue:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.sent: list[Sent] = []

    async def send(self, queue: str, message: Message, delay: float = 0) -> None:
        await self._calls("queue.send")
        self.sent.append(Sent(queue, message, delay))


class FakeDevices:
    """Pages by the cursor that leads to them; `known` are the devices that can be asked for."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.pages: dict[str | None, DevicePage] = {None: DevicePage(())}
        self.known: dict[str, ManagedDevice] = {}
        self.silent: frozenset[str] = frozenset()
        self.asked: list[Sequence[str]] = []

    async def page(self, cursor: str | None) -> DevicePage:
        await self._calls("devices.page")
        return self.pages[cursor]

    async def by_id(self, ids: Sequence[str]) -> DevicesById:
        await self._calls("devices.by_id")
        self.asked.append(ids)
        answered = [id for id in ids if id not in self.silent]
        return DevicesById(
            present=[self.known[id] for id in answered if id in self.known],
            absent=frozenset(id for id in answered if id not in self.known),
            unanswered=self.silent & frozenset(ids),
        )


class FakeTenant:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.reading = TenantReading(tenant())
        self.sets: dict[str, GuidSet] = {}

    async def read(self) -> tuple[TenantReading, Mapping[str, GuidSet]]:
        await self._calls("tenant.read")
        return self.reading, self.sets


class FakeSweeps:
    """Sweeps in dictionaries, and one lease, held while somebody is in `starting`."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.lease_held = False
        self.now_active = ActiveSweep()
        self.records: dict[str, Sweep] = {}
        self.sets: dict[str, Mapping[str, GuidSet]] = {}
        self.stored: dict[str, dict[int, tuple[bytes, PageInStorage]]] = {}

    @asynccontextmanager
    async def starting(self, patience: float) -> AsyncIterator[None]:
        await self._calls("sweeps.starting")
        if self.lease_held:
            raise LeaseHeldError(f"another run still held the lease after {patience} seconds")
        self.lease_held = True
        try:
            yield
        finally:
            self.lease_held = False

    async def active(self) -> ActiveSweep:
        await self._calls("sweeps.active")
        return self.now_active

    async def set_active(self, active: ActiveSweep) -> None:
        await self._calls("sweeps.set_active")
        assert self.lease_held, "which sweep runs is written under the lease only"
        self.now_active = active

    async def ended(self, sweep: str) -> None:
        await self._calls("sweeps.ended")
        if self.now_active.sweep == sweep:
            self.now_active = ActiveSweep()

    async def read(self, sweep: str) -> Sweep | None:
        await self._calls("sweeps.read")
        return self.records.get(sweep)

    async def write(self, sweep: Sweep) -> None:
        await self._calls("sweeps.write")
        self.records[sweep.id] = sweep

    async def replace(self, before: Sweep, after: Sweep) -> None:
        await self._calls("sweeps.replace")
        if self.records.get(before.id) != before:
            raise ConflictError(f"the record of {before.id} has changed since")
        self.records[before.id] = after

    async def write_sets(self, sweep: str, sets: Mapping[str, GuidSet]) -> None:
        await self._calls("sweeps.write_sets")
        self.sets[sweep] = dict(sets)

    async def read_sets(self, sweep: Sweep) -> Mapping[str, GuidSet]:
        await self._calls("sweeps.read_sets")
        held = self.sets.get(sweep.id, {})
        if lost := set(sweep.sets) - held.keys():
            raise StorageError(f"the sets {sorted(lost)} of sweep {sweep.id} are missing")
        return {name: held[name] for name in sweep.sets}

    async def write_page(self, sweep: str, page: int, lines: bytes, shown: PageInStorage) -> bool:
        await self._calls("sweeps.write_page")
        pages = self.stored.setdefault(sweep, {})
        if page in pages:
            return False
        pages[page] = (lines, shown)
        return True

    async def has_page(self, sweep: str, page: int) -> bool:
        await self._calls("sweeps.has_page")
        return page in self.stored.get(sweep, {})

    async def page_header(self, sweep: str, page: int) -> PageHeader:
        await self._calls("sweeps.page_header")
        if page not in self.stored.get(sweep, {}):
            raise StorageError(f"page {page} of sweep {sweep} has gone")
        return read_lines(self.stored[sweep][page][0])[0]

    async def pages(self, sweep: str) -> Sequence[PageInStorage]:
        await self._calls("sweeps.pages")
        return [shown for _, (_, shown) in sorted(self.stored.get(sweep, {}).items())]

    async def remove_pages(self, sweep: str) -> None:
        await self._calls("sweeps.remove_pages")
        self.stored.pop(sweep, None)
        self.sets.pop(sweep, None)


class FakeMerge:
    """Merges pages with a snapshot: which devices there are, and the assessment each one has."""

    devices_file = changes_file = Path("nowhere")

    def __init__(
        self, calls: Calls, pages: Iterable[tuple[int, bytes]], previous: "FakeSnapshot | None"
    ) -> None:
        self._calls = calls
        self._previous = previous
        self._carried = dict(previous.devices) if previous else {}
        self._assessments = dict(previous.assessments) if previous else {}
        self._kept: set[str] = set()
        self._pages = 0
        self.found: dict[str, str] = {}
        for number, lines in pages:
            self._take_in(number, lines)

    @property
    def devices(self) -> dict[str, str]:
        """What the snapshot will hold: the assessment's key of each device."""
        return {id: self._carried[id] for id in self._kept} | self.found

    async def missing(self) -> Sequence[str]:
        await self._calls("merge.missing")
        return sorted(self._carried.keys() - self.found.keys())

    async def add(self, page: int, lines: bytes) -> None:
        await self._calls("merge.add")
        self._take_in(page, lines)

    async def keep(self, ids: Iterable[str]) -> None:
        await self._calls("merge.keep")
        self._kept |= set(ids)

    async def write(self, started: datetime) -> Merged:
        await self._calls("merge.write")
        counts = Counter(self.devices.values())
        return Merged(
            devices=len(self.devices),
            per_assessment=dict(counts),
            assessments={key: self._assessments[key] for key in counts},
            new_devices=len(self.found.keys() - self._carried.keys()) if self._previous else 0,
            gone_devices=len(self._carried.keys() - self.devices.keys()),
            kept_unverified=len(self._kept),
            pages=self._pages,
        )

    def _take_in(self, number: int, lines: bytes) -> None:
        header, rows = read_lines(lines)
        assert header.page == number
        self._pages += 1
        for key, content in header.assessments.items():
            self._assessments[key] = unpack(content, header.findings)
        self.found |= {row["id"]: row["assessment"] for row in rows}


class FakeSnapshot(Struct, frozen=True):
    """One stored snapshot: the assessment's key of each device, what the keys mean, the figures."""

    devices: Mapping[str, str]
    assessments: Mapping[str, Assessment]
    summary: bytes


class FakeSnapshots:
    """Snapshots by sweep, and a pointer whose ETag changes with every write."""

    def __init__(self, calls: Calls, sweeps: FakeSweeps) -> None:
        self._calls = calls
        self._sweeps = sweeps
        self._version = 0
        self.pointer: Pointer | None = None
        self.stored: dict[str, FakeSnapshot] = {}
        self.trend: dict[date, Any] = {}
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
        lines = [(number, content) for number, (content, _) in sorted(pages.items())]
        yield FakeMerge(self._calls, lines, self.stored[previous] if previous else None)

    async def store(self, sweep: str, merge: Merge, merged: Merged, summary: bytes) -> None:
        await self._calls("snapshots.store")
        assert isinstance(merge, FakeMerge)
        self.stored[sweep] = FakeSnapshot(merge.devices, merged.assessments, summary)

    async def summary(self, sweep: str) -> bytes:
        await self._calls("snapshots.summary")
        if sweep not in self.stored:
            raise StorageError(f"the summary of {sweep} is missing")
        return self.stored[sweep].summary

    async def commit(self, pointer: Pointer, etag: str | None) -> None:
        await self._calls("snapshots.commit")
        if etag != self._etag():
            raise ConflictError("the pointer has changed since")
        self._version += 1
        self.pointer = pointer

    async def find(self, sweep: str, wanted: str, most: int) -> Sequence[Story]:
        await self._calls("snapshots.find")
        self.looked_up.append((sweep, wanted, most))
        return self.stories[:most]

    async def add_to_trend(self, day: date, point: bytes) -> None:
        await self._calls("snapshots.add_to_trend")
        self.trend[day] = msgspec.json.decode(point)

    def _etag(self) -> str | None:
        return None if self.pointer is None else f"v{self._version}"


def read_lines(lines: bytes) -> tuple[PageHeader, list[dict[str, Any]]]:
    """Read the lines of a page: its header, and a row per device by column."""
    first, *rest = lines.splitlines()
    rows = [dict(zip(ROW, msgspec.json.decode(row), strict=True)) for row in rest]
    return msgspec.json.decode(first, type=PageOpening).header, rows
