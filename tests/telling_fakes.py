"""What people were told, in memory: the law of `due` applied to a small fleet, word by word."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, TypeAlias, cast

from msgspec import Struct

from shared.domain.digest import Digest, DigestKind, DigestView, Group, Line
from shared.domain.exemption import Exemption, matches
from shared.domain.history import Change
from shared.domain.known_device import DeviceRecord
from shared.domain.routes import Routes, shares
from shared.domain.rule import CAPABILITIES, Capability
from shared.domain.storm import Alike, Counts
from shared.domain.sweep import Pointer
from shared.domain.telling import Open, TellingState, Terms, Told, due, told_name
from shared.domain.window import Window
from shared.errors import ConflictError, StorageError
from shared.messages import QUEUES
from shared.report.vocabulary import severities
from tests.fakes import Calls
from tests.snapshot_fakes import FakeOverlay, FakeSnapshots

Key: TypeAlias = tuple[str, str, str]
"""A device, capability and reason."""


class ToldOf(Struct, frozen=True):
    """The last word about one device, capability and reason, and the device as it was then."""

    told: Told
    open: Open
    record: DeviceRecord


class Word(Struct, frozen=True):
    """One word that is due."""

    key: Key
    change: Change
    open: Open
    record: DeviceRecord
    gone: bool


class FakeComposition:
    """The difference between what stands open and what was told, by `due`, in a folder's name."""

    def __init__(
        self,
        calls: Calls,
        folder: Path,
        fleet: Mapping[str, DeviceRecord],
        standing: Mapping[Key, Open],
        told: Mapping[Key, ToldOf],
        *,
        terms: Terms,
        now: datetime,
    ) -> None:
        self._calls = calls
        self.lines_file, self.told_file = folder / "lines", folder / "told"
        self._fleet = fleet
        self._standing = standing
        self._told = told
        self._terms = terms
        self._now = now
        self._due = dict(self._words())
        self.lines: tuple[Line, ...] = ()
        self.told_then: dict[Key, ToldOf] = {}

    async def counts(self) -> Counts:
        await self._calls("composition.counts")
        by_device: dict[str, set[tuple[str, Change]]] = {}
        for word in self._due.values():
            by_device.setdefault(word.key[0], set()).add((word.key[2], word.change))
        alike = Counter(map(frozenset, by_device.values()))
        told = {(d, r) for (d, _, r), of in self._told.items() if of.told.word == "blocked"}
        return Counts(
            fleet=len(self._fleet),
            alike=tuple(Alike(words, devices) for words, devices in alike.items()),
            told=Counter(reason for _, reason in told),
        )

    async def told_everything(self) -> None:
        await self._calls("composition.told_everything")
        self._due = {
            key: Word(key, "raised", open, self._fleet[key[0]], gone=False)
            for key, open in self._standing.items()
            if not open.exempt
        }

    async def hold(self, reasons: frozenset[str]) -> None:
        await self._calls("composition.hold")
        self._due = {key: word for key, word in self._due.items() if key[2] not in reasons}

    async def groups(self, most_examples: int) -> tuple[Group, ...]:
        await self._calls("composition.groups")
        return grouped(self._lines(), most_examples)

    async def devices(self) -> int:
        await self._calls("composition.devices")
        return len({word.key[0] for word in self._due.values()})

    async def exempt(self) -> int:
        await self._calls("composition.exempt")
        return len({key[0] for key, open in self._standing.items() if open.exempt})

    async def write(self, now: datetime) -> None:
        await self._calls("composition.write")
        self.lines = self._lines()
        kept = {
            key: of
            for key, of in self._told.items()
            if of.told.word == "blocked" or now - of.told.at < self._terms.flap_window
        }
        said = {
            key: ToldOf(
                Told("clear" if word.change == "cleared" else "blocked", now),
                word.open,
                word.record,
            )
            for key, word in self._due.items()
        }
        self.told_then = kept | said

    def _words(self) -> Iterable[tuple[Key, Word]]:
        for key in sorted(self._standing.keys() | self._told.keys()):
            was, open = self._told.get(key), self._standing.get(key)
            grace = self._terms.grace.get(key[2], timedelta())
            change = due(was.told if was else None, open, grace, self._terms, self._now)
            if change is None:
                continue
            known = self._fleet.get(key[0])
            if open is not None and known is not None:
                yield key, Word(key, change, open, known, gone=False)
            elif was is not None:
                yield key, Word(key, change, was.open, known or was.record, gone=known is None)

    def _lines(self) -> tuple[Line, ...]:
        def alike(word: Word) -> tuple[str, str, Change]:
            return word.key[0], word.key[2], word.change

        gathered = groupby(sorted(self._due.values(), key=alike), alike)
        return tuple(_line(list(words)) for _, words in gathered)


class FakeTelling:
    """The state with its ETag, digests with their lines, and what was told, by name.

    What stands open is what the snapshot and its overlay know.
    """

    def __init__(self, calls: Calls, snapshots: FakeSnapshots, overlay: FakeOverlay) -> None:
        self._calls = calls
        self._snapshots = snapshots
        self._overlay = overlay
        self._version = 0
        self._compositions = 0
        self._files: dict[Path, FakeComposition] = {}
        self.now_told: TellingState | None = None
        self.digests: dict[str, tuple[Digest, tuple[Line, ...] | None]] = {}
        self.told: dict[str, Mapping[Key, ToldOf]] = {}
        self.committed: list[TellingState] = []
        """Every state there was, in order."""

    async def state(self) -> tuple[TellingState | None, str | None]:
        await self._calls("telling.state")
        return self.now_told, self._etag()

    async def commit(self, state: TellingState, etag: str | None) -> str:
        await self._calls("telling.commit")
        if etag != self._etag():
            raise ConflictError("the state of telling has changed since")
        return self.put(state)

    @asynccontextmanager
    async def composing(
        self,
        state: TellingState | None,
        pointer: Pointer,
        terms: Terms,
        exemptions: Iterable[Exemption],
        now: datetime,
    ) -> AsyncIterator[FakeComposition]:
        await self._calls("telling.composing")
        name = state and state.told
        if name is not None and name not in self.told:
            raise ConflictError(f"the file {name} has been replaced")
        snapshot = self._snapshots.stored[pointer.sweep].devices
        known = {**snapshot, **self._overlay.of(pointer.sweep)}
        fleet = {id: device for id, device in known.items() if not device.gone}
        given, today = tuple(exemptions), now.astimezone(UTC).date()
        standing = {
            (id, each.capability, each.reason): Open(
                each.first_seen,
                each.since,
                any(matches(e, device.record, each.reason, today) for e in given),
            )
            for id, device in fleet.items()
            for each in device.history.open
        }
        records = {id: device.record for id, device in fleet.items()}
        told = self.told[name] if name is not None else {}
        self._compositions += 1
        folder = Path(f"composition-{self._compositions}")
        composition = FakeComposition(
            self._calls, folder, records, standing, told, terms=terms, now=now
        )
        self._files[composition.lines_file] = self._files[composition.told_file] = composition
        yield composition
        del self._files[composition.lines_file], self._files[composition.told_file]

    async def store(self, digest: Digest, lines: Path | None) -> None:
        await self._calls("telling.store")
        addressed = {id for state in self.committed for id, _ in state.outbox}
        assert digest.id not in addressed, "it has been committed"
        self.digests[digest.id] = (digest, self._files[lines].lines if lines else None)

    async def store_told(self, name: str, file: Path) -> None:
        await self._calls("telling.store_told")
        assert all(state.told != name for state in self.committed), "it has been committed"
        self.told[name] = self._files[file].told_then

    async def tidy(self, state: TellingState) -> None:
        await self._calls("telling.tidy")
        later = told_name(state.number + 1, "")
        self.told = {n: told for n, told in self.told.items() if n == state.told or n >= later}

    async def digest(self, id: str) -> Digest | None:
        await self._calls("telling.digest")
        return self.digests[id][0] if id in self.digests else None

    async def view(self, id: str, routes: Routes, channel: str, most: int) -> DigestView:
        await self._calls("telling.view")
        if id not in self.digests:
            raise StorageError(f"digest {id!r} is missing")
        digest, lines = self.digests[id]
        if lines is None:
            return DigestView(digest, digest.devices, digest.groups)
        share = next((s for s in shares(routes, digest.kind) if s.channel == channel), None)
        seen = [line for line in lines if share is not None and share.holds(line)]
        devices = len({line.device for line in seen})
        return DigestView(digest, devices, grouped(seen, most), tuple(seen[:most]))

    async def last(self, kind: DigestKind | None = None) -> str | None:
        await self._calls("telling.last")
        ids = (id for id, (digest, _) in self.digests.items() if kind in (None, digest.kind))
        return max(ids, default=None)

    def put(self, state: TellingState) -> str:
        """Write the state as somebody else would."""
        self._version += 1
        self.now_told = state
        self.committed.append(state)
        return f"telling-{self._version}"

    def _etag(self) -> str | None:
        return f"telling-{self._version}" if self._version else None


class FakeWindows:
    """One window with its ETag."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._version = 0
        self.window = Window()

    async def read(self) -> tuple[Window, str | None]:
        await self._calls("windows.read")
        return self.window, self._etag()

    async def write(self, window: Window, etag: str | None) -> None:
        await self._calls("windows.write")
        if etag != self._etag():
            raise ConflictError("the window has changed since")
        self.put(window)

    def put(self, window: Window) -> None:
        """Write the window as somebody else would."""
        self._version += 1
        self.window = window

    def _etag(self) -> str | None:
        return f"window-{self._version}" if self._version else None


class FakePoison:
    """Messages that were given up, as numbers."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.given_up: dict[str, int] = dict.fromkeys(QUEUES, 0)

    async def counts(self) -> Mapping[str, int]:
        await self._calls("poison.counts")
        return dict(self.given_up)


class FakeSettingsFiles:
    """The files that operators keep, as text, each with an ETag that says how often it changed."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._versions: Counter[str] = Counter()
        self.texts: dict[str, str] = {}

    async def exemptions(self) -> tuple[str | None, str | None]:
        return await self._read("exemptions")

    async def write_exemptions(self, text: str, etag: str | None) -> str:
        return await self._write("exemptions", text, etag)

    async def routes(self) -> tuple[str | None, str | None]:
        return await self._read("routes")

    async def write_routes(self, text: str, etag: str | None) -> str:
        return await self._write("routes", text, etag)

    def put(self, name: str, text: str) -> str:
        """Write a file as an operator would."""
        self._versions[name] += 1
        self.texts[name] = text
        return f"{name}-{self._versions[name]}"

    async def _read(self, name: str) -> tuple[str | None, str | None]:
        await self._calls(f"files.{name}")
        return self.texts.get(name), self._etag(name)

    async def _write(self, name: str, text: str, etag: str | None) -> str:
        await self._calls(f"files.write_{name}")
        if etag != self._etag(name):
            raise ConflictError(f"the {name} have changed since")
        return self.put(name, text)

    def _etag(self, name: str) -> str | None:
        version = self._versions[name]
        return f"{name}-{version}" if version else None


def grouped(lines: Iterable[Line], most_examples: int) -> tuple[Group, ...]:
    """Gather lines by reason and change, the largest group first."""
    by_kind: dict[tuple[str, Change], list[Line]] = {}
    for line in lines:
        by_kind.setdefault((line.reason, line.change), []).append(line)
    groups = (
        Group(reason, change, held[0].severity, len(held), tuple(held[:most_examples]))
        for (reason, change), held in by_kind.items()
    )
    return tuple(sorted(groups, key=lambda group: (-group.devices, group.reason, group.change)))


def _line(words: list[Word]) -> Line:
    first = words[0]
    device, _, reason = first.key
    said = {cast(Capability, word.key[1]) for word in words}
    values: dict[str, Any] = {
        field: getattr(first.record, field)
        for field in (
            *("name", "user_name", "serial", "manufacturer"),
            *("model", "category", "profile"),
        )
    }
    return Line(
        device=device,
        reason=reason,
        change=first.change,
        capabilities=tuple(c for c in CAPABILITIES if c in said),
        severity=severities().get(reason, "medium"),
        first_seen=min(word.open.first_seen for word in words),
        since=min(word.open.since for word in words),
        gone=first.gone,
        **values,
    )
