"""Replays the transitions that were reported, from the first snapshot to what is known now."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import TypeAlias

from msgspec import Struct

from local.tenant.live import Step
from local.tenant.server import TenantServer
from shared.bootstrap import Storage
from shared.domain.history import Reason
from shared.domain.known_device import KnownDevice
from tests.journeys.installation import Installation

Blockers: TypeAlias = frozenset[Reason]
Life: TypeAlias = list[Blockers]
"""What stood open of a device, from when it was first known, move by move."""

OVERLAY = "~"
"""What the overlay holds follows all snapshots."""


class Told(Struct, frozen=True):
    """One transition as it was reported: by which snapshot, and there by the feed or the sweep."""

    device: str
    reason: Reason
    transition: str
    cause: str
    snapshot: str
    via: str
    at: datetime

    @property
    def moment(self) -> tuple[str, str, datetime, bool]:
        """Where it stands among the others; a snapshot takes in the feed's before its own.

        Two readings of a device may be dated alike, of which one that found it anew was first.
        """
        return self.snapshot, self.via, self.at, self.cause in ("assessed", "gone")


class Known(Struct, frozen=True):
    """Everything the app knows and ever told: devices by Intune id, and all transitions."""

    devices: Mapping[str, KnownDevice]
    told: Sequence[Told]

    @property
    def alive(self) -> dict[str, KnownDevice]:
        """The devices that are there."""
        return {id: device for id, device in self.devices.items() if not device.gone}

    @property
    def blockers(self) -> dict[str, Blockers]:
        """What stands open, by device."""
        return {
            id: frozenset((b.capability, b.reason) for b in device.history.open)
            for id, device in self.alive.items()
        }


async def known_to(installation: Installation) -> Known:
    """Read the current snapshot, its overlay over it, and all that was told since the first."""
    stored = installation.stored
    pointer, _ = await stored.snapshots.current()
    assert pointer is not None
    ids = [row["id"] for row in await installation.rows(pointer.sweep, "devices.parquet")]
    devices = await stored.snapshots.known(pointer.sweep, ids=ids)
    entries = await stored.overlay.changed(pointer.sweep, None)
    told = [t async for t in _reported(installation, stored)]
    told += [
        Told(e.record.id, (t.capability, t.reason), t.transition, t.cause, OVERLAY, "feed", t.at)
        for e in entries
        for t in e.transitions
    ]
    assert len(ids) == len(set(ids)) == len(devices)
    return Known({device.record.id: device for device in (*devices, *entries)}, told)


async def _reported(installation: Installation, stored: Storage) -> AsyncIterator[Told]:
    names = await installation.blobs()
    for snapshot in sorted(
        name.split("/")[1] for name in names if name.endswith("changes.parquet")
    ):
        record = await stored.sweeps.read(snapshot)
        if record is None or record.state != "complete":
            continue
        for row in await installation.rows(snapshot, "changes.parquet"):
            yield Told(
                device=row["id"],
                reason=(row["capability"], row["reason"]),
                transition=row["transition"],
                cause=row["cause"],
                snapshot=snapshot,
                via=row["via"],
                at=row["at"].replace(tzinfo=UTC),
            )


def forebears_in(tenant: TenantServer, steps: Iterable[Step]) -> dict[str, str]:
    """Give the Intune id that each device had before a step enrolled it again."""
    name = tenant.tenant.fleet.intune.guid
    return {
        name(step.device): name(step.change.reenrol)
        for step in steps
        if step.device is not None and isinstance(step.change.reenrol, int)
    }


class Replay:
    """What was told of each device, replayed.

    `first` is what stood open in the first snapshot, `last` what stands open now, and `forebears`
    the Intune id that each device had before it was enrolled again.
    """

    def __init__(
        self,
        first: Mapping[str, Blockers],
        told: Sequence[Told],
        last: Mapping[str, Blockers],
        forebears: Mapping[str, str],
    ) -> None:
        self._first = first
        self._last = last
        self._forebears = forebears
        self._replaced = frozenset(forebears.values())
        self._told: defaultdict[str, list[Told]] = defaultdict(list)
        for move in sorted(told, key=lambda move: move.moment):
            self._told[move.device].append(move)
        self._seen = first.keys() | last.keys() | self._told.keys()
        self._lives: dict[str, list[Life]] = {}

    def check(self) -> None:
        """Raise AssertionError where anything told does not fit, or is missing at the end."""
        for id in self._seen:
            told, last = self._told.get(id), self._last.get(id)
            assert self.lives(id), (id, self._first.get(id), told, last, self._forebears.get(id))

    def lives(self, id: str) -> list[Life]:
        """List the lives that a device can have had by all that was told.

        There is one, but for a device that was replaced: what it was to inherit it passed on
        without a word.
        """
        if id not in self._lives:
            starts = {self._first[id]} if id in self._first else self._inheritable(id)
            lives = (self._life(id, start) for start in starts)
            self._lives[id] = [life for life in lives if life is not None]
        return self._lives[id]

    def _inheritable(self, id: str) -> set[Blockers]:
        """Give what a device may have begun with: nothing, or what a forebear had at some time.

        It need not be the last one: that may have come and gone unseen, or be seen too late.
        """
        forebear = self._forebears.get(id)
        if forebear is None:
            return {frozenset()}
        states = {state for life in self.lives(forebear) for state in life}
        unseen = forebear not in self._seen
        return states | self._inheritable(forebear) | ({frozenset()} if unseen else set())

    def _ever_inheritable(self, id: str) -> Blockers:
        """Give every blocker that a forebear, or one of its own, ever had."""
        forebear = self._forebears.get(id)
        if forebear is None:
            return frozenset()
        states = (state for life in self.lives(forebear) for state in life)
        return self._ever_inheritable(forebear).union(*states)

    def _life(self, id: str, start: Blockers) -> Life | None:
        """Replay what was told of a device over what it began with; None where it does not fit."""
        life = [start]
        had, inheritable = start, self._ever_inheritable(id)
        for _, told in groupby(self._told[id], key=lambda move: move.moment):
            left = list(told)
            while left:
                fitting = (move for move in left if self._fits(move, life[-1], had, inheritable))
                move = next(fitting, None)
                if move is None:
                    return None
                left.remove(move)
                life.append(life[-1] ^ {move.reason})
                had |= {move.reason}
        passed_on = id in self._replaced and id not in self._last
        return life if passed_on or life[-1] == self._last.get(id, frozenset()) else None

    def _fits(self, move: Told, now_open: Blockers, had: Blockers, inheritable: Blockers) -> bool:
        """Tell whether a move can follow; `had` is what the device had open so far.

        A device that is going may be told as gone, back as enrolled again, and gone: where the
        message that found it there had begun after the one that did not, and asked before it.
        """
        reason = move.reason
        if move.cause == "new_device" and move.device in self._first:
            return False
        if move.transition == "cleared":
            return reason in now_open
        if move.transition == "raised":
            return reason not in had
        return reason not in now_open and reason in had | inheritable
