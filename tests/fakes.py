"""The outside world in memory, for tests of use cases: plain, and strict about conditions."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from msgspec import Struct

from shared.domain.feed import Watched
from shared.domain.guid_set import GuidSet
from shared.domain.known_device import entra_key
from shared.domain.managed_device import ManagedDevice
from shared.domain.sweep import (
    ROW,
    ActiveSweep,
    PageHeader,
    PageInStorage,
    PageOpening,
    Sweep,
)
from shared.domain.tenant import TenantReading
from shared.errors import ConflictError, LeaseHeldError, StorageError
from shared.messages import Message
from shared.ports import DevicePage, DevicesByEntraId, DevicesById
from tests.builders import tenant


class Calls:
    """Every call made of the fakes, in order; each one stops here before it does anything."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self._errors: dict[str, list[Exception | None]] = {}
        self._happenings: dict[str, Callable[[], None]] = {}

    async def __call__(self, name: str) -> None:
        self.made.append(name)
        if happening := self._happenings.pop(name, None):
            happening()
        if (errors := self._errors.get(name)) and (error := errors.pop(0)) is not None:
            raise error

    def fail(self, name: str, *errors: Exception | None) -> None:
        """Answer the next calls of this name with these errors, one each; None lets one go on."""
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

    def on(self, queue: str) -> list[Sent]:
        """What was sent to one queue."""
        return [sent for sent in self.sent if sent.queue == queue]


class FakeDevices:
    """Pages by the cursor that leads to them; `known` are the devices that can be asked for.

    Nothing is answered about the Intune ids and Entra device ids that are `silent`.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.pages: dict[str | None, DevicePage] = {None: DevicePage(())}
        self.known: dict[str, ManagedDevice] = {}
        self.silent: frozenset[str] = frozenset()
        self.asked: list[Sequence[str]] = []
        self.asked_by_entra_id: list[Sequence[str]] = []

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

    async def by_entra_id(self, entra_ids: Sequence[str]) -> DevicesByEntraId:
        await self._calls("devices.by_entra_id")
        self.asked_by_entra_id.append(entra_ids)
        answered = set(entra_ids) - self.silent
        present = [
            d for d in self.known.values() if entra_key(d.entra_device_id or None) in answered
        ]
        return DevicesByEntraId(present, self.silent & frozenset(entra_ids))


class FakeTenant:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.reading = TenantReading(tenant())
        self.sets: dict[str, GuidSet] = {}
        self.watched = Watched()

    async def read(self) -> tuple[TenantReading, Mapping[str, GuidSet]]:
        await self._calls("tenant.read")
        return self.reading, self.sets

    async def watch(self) -> Watched:
        await self._calls("tenant.watch")
        return self.watched


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

    async def last(self) -> Sweep | None:
        await self._calls("sweeps.last")
        return self.records[max(self.records)] if self.records else None

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

    async def remove_sets(self, sweep: str) -> None:
        await self._calls("sweeps.remove_sets")
        self.sets.pop(sweep, None)


def read_lines(lines: bytes) -> tuple[PageHeader, list[dict[str, Any]]]:
    """Read the lines of a page: its header, and a row per device by column."""
    first, *rest = lines.splitlines()
    rows = [dict(zip(ROW, msgspec.json.decode(row), strict=True)) for row in rest]
    return msgspec.json.decode(first, type=PageOpening).header, rows
