"""What happens to devices and tenant, each thing told once: from overlay, snapshots and feed."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

import msgspec
from msgspec import Struct

from shared.domain.feed import TenantChange
from shared.domain.history import Transition
from shared.domain.known_device import KnownDevice
from shared.errors import StorageError
from shared.ports import Feed, Overlay, Snapshots

SKEW = timedelta(minutes=1)
"""How far storage's clock may differ from ours; the overlay is asked for so much more."""

MOST_TENANT_CHANGES = 20
Key: TypeAlias = tuple[str, str, str, str, datetime]


class DeviceChanged(Struct, frozen=True):
    """One blocker of one device came or went."""

    id: str
    name: str | None
    transition: Transition

    @property
    def key(self) -> Key:
        """What tells this transition from all others."""
        of = self.transition
        return self.id, of.capability, of.reason, of.transition, of.at


class SweepMade(Struct, frozen=True):
    """A sweep's snapshot has become the current one; the fields are those of its summary."""

    sweep: str
    started: datetime
    devices: int
    previous: str | None


class Trouble(Struct, frozen=True):
    """Storage does not answer; what happens meanwhile is told once it does."""

    reason: str


Event: TypeAlias = DeviceChanged | SweepMade | TenantChange
ChangesOf: TypeAlias = Callable[[str], Awaitable[Sequence[DeviceChanged]]]
"""Reads the transitions that a sweep's snapshot holds, the feed's among them."""


class Watcher:
    """Looks at storage again and again; a look that fails is as if it had not been made."""

    def __init__(
        self, snapshots: Snapshots, overlay: Overlay, feed: Feed, changes_of: ChangesOf
    ) -> None:
        self._snapshots = snapshots
        self._overlay = overlay
        self._feed = feed
        self._changes_of = changes_of
        self._sweep: str | None = None
        self._looked: datetime | None = None
        self._told: set[Key] = set()
        self._told_of_tenant: set[tuple[str, str, datetime]] = set()

    async def begin(self, *, earlier: bool = False) -> None:
        """Take for told what has happened so far; with `earlier`, only until the last sweep."""
        pointer, _ = await self._snapshots.current()
        self._sweep = pointer.sweep if pointer else None
        after = pointer.started if earlier and pointer else None
        self._told_of_tenant = {
            _key(c) for c in await self._tenant_changes() if after is None or c.seen < after
        }
        if pointer is not None and not earlier:
            entries = await self._overlay.changed(pointer.sweep, None)
            self._told = {change.key for change in _changes(entries)}

    async def look(self, now: datetime) -> list[Event]:
        """Tell what has happened since the last look, the oldest first.

        An entry counts once it is sure to stay: while a merge is under way, or when the pointer
        has moved during the look, it may be written anew, or come with the next snapshot.
        """
        pointer, etag = await self._snapshots.current()
        tenant = [c for c in await self._tenant_changes() if _key(c) not in self._told_of_tenant]
        events: list[Event] = [*reversed(tenant)]
        fresh: set[Key] = set()

        def tell(changes: Iterable[DeviceChanged]) -> None:
            untold = [change for change in changes if change.key not in self._told]
            untold.sort(key=lambda change: change.transition.at)
            events.extend(untold)
            fresh.update(change.key for change in untold)

        made = await self._made_since(pointer.sweep if pointer else None)
        for sweep in made:
            events.append(sweep)
            tell(await self._changes_of(sweep.sweep))
        looked = self._looked
        if pointer is not None:
            entries = await self._overlay.changed(pointer.sweep, looked and looked - SKEW)
            if (await self._snapshots.current())[1] == etag and not pointer.folds(now):
                tell(_changes(entries))
                looked = now
            self._sweep = pointer.sweep
        # What lies in a snapshot is in no overlay that is still to be read.
        self._told = fresh if made else self._told | fresh
        self._looked = looked
        self._told_of_tenant |= set(map(_key, tenant))
        return events

    async def _made_since(self, sweep: str | None) -> list[SweepMade]:
        """List the sweeps that were made since the last look, the oldest first."""
        made: list[SweepMade] = []
        while sweep is not None and sweep != self._sweep:
            summary = await self._snapshots.summary(sweep)
            made.insert(0, msgspec.json.decode(summary, type=SweepMade))
            sweep = made[0].previous
        return made

    async def _tenant_changes(self) -> Sequence[TenantChange]:
        return await self._feed.tenant_changes(MOST_TENANT_CHANGES)


async def events(
    watcher: Watcher,
    clock: Callable[[], datetime],
    pause: Callable[[], Awaitable[None]],
    *,
    earlier: bool = False,
) -> AsyncIterator[Event | Trouble]:
    """Tell what happens, for ever, pausing between looks.

    A laptop gets no events from blob storage, so it has to look. Raises StorageError when the
    first look fails.
    """
    await watcher.begin(earlier=earlier)
    troubled = False
    while True:
        try:
            found = await watcher.look(clock())
        except StorageError as error:
            if not troubled:
                yield Trouble(str(error))
            troubled = True
        else:
            troubled = False
            for event in found:
                yield event
        await pause()


def _changes(entries: Iterable[KnownDevice]) -> list[DeviceChanged]:
    return [
        DeviceChanged(entry.record.id, entry.record.name, transition)
        for entry in entries
        for transition in entry.transitions
    ]


def _key(change: TenantChange) -> tuple[str, str, datetime]:
    return change.kind, change.id, change.seen
