"""Differences for tests: what stands open, what was told, and what comes of it."""

import asyncio
import tempfile
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import msgspec
from msgspec import Struct

from shared.adapters.storage import telling_sql as sql
from shared.adapters.storage.composition import Difference
from shared.adapters.storage.line_rows import line_of, rows
from shared.domain.digest import Line, Severity
from shared.domain.exemption import Exemption
from shared.domain.history import ClearedBlocker, History, OpenBlocker
from shared.domain.known_device import KnownDevice
from shared.domain.telling import Terms, Told
from tests.adapters.storage.known_devices import known, write_devices
from tests.builders import TODAY

T = TypeVar("T")
Key = tuple[str, str, str]
"""A device, capability and reason."""

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WEEK_AGO = NOW - timedelta(days=7)
BUILD, EDITION, POLICY = "os_build_too_old", "edition_not_supported", "backup_policy_off"
SEVERITIES: Mapping[str, Severity] = {BUILD: "high", EDITION: "high", POLICY: "medium"}


def blocker(
    reason: str = BUILD,
    capability: str = "backup",
    since: datetime = WEEK_AGO,
    first_seen: datetime | None = None,
    *,
    held: bool = False,
) -> OpenBlocker:
    """Build an open blocker that is seen for the first time."""
    return OpenBlocker(capability, reason, first_seen or since, since, held=held)


def pc(
    id: str, *blockers: OpenBlocker, cleared: Sequence[ClearedBlocker] = (), **differing: Any
) -> KnownDevice:
    """Build a device with these blockers open."""
    return known(id, history=History(blockers, tuple(cleared)), **differing)


def exemption(**differing: Any) -> Exemption:
    """Build an exemption that is in force; its scopes are up to the test."""
    values: dict[str, Any] = {
        "id": "x",
        "reason_code": None,
        "owner": "ops@contoso.example",
        "why": "to be replaced",
        "created": TODAY,
        "expires": TODAY + timedelta(days=30),
    }
    return Exemption(**(values | differing))


class World(Struct, frozen=True):
    """Devices of a snapshot and of its overlay, and the folder of what was told of them before."""

    devices: Sequence[KnownDevice] = ()
    overlay: Sequence[KnownDevice] = ()
    told: Path | None = None
    terms: Terms = Terms()
    exemptions: Sequence[Exemption] = ()
    now: datetime = NOW
    of_old: bool = False

    def compose(self, use: Callable[[Difference], Coroutine[Any, Any, T]]) -> T:
        """Gather the difference in a folder that goes again, and use it."""

        async def composed() -> T:
            with tempfile.TemporaryDirectory() as name:
                difference = await self.gathered(Path(name))
                try:
                    return await use(difference)
                finally:
                    difference.close()

        return asyncio.run(composed())

    async def gathered(self, folder: Path) -> Difference:
        """Gather the difference in a folder."""
        file = folder / "devices.parquet"
        write_devices(file, self.devices, of_old=self.of_old)
        difference = Difference(folder, self.terms)
        if self.told is not None:
            difference.stored_file.write_bytes(self.told.read_bytes())
        await difference.gather(file, self.overlay, self.exemptions, SEVERITIES, self.now)
        return difference

    def outcome(
        self, use: Callable[[Difference], Coroutine[Any, Any, object]] | None = None
    ) -> "Outcome":
        """Write the difference, having changed it by `use`, and read what was written."""

        async def written(difference: Difference) -> Outcome:
            if use is not None:
                await use(difference)
            await difference.write(self.now)
            with duckdb.connect() as db:
                db.execute(f"CREATE VIEW lines AS FROM '{difference.lines_file.as_posix()}'")
                lines = tuple(map(line_of, rows(db, "FROM lines")))
            return Outcome(
                lines, told_rows(difference.told_file), difference.told_file.read_bytes()
            )

        return self.compose(written)


class Outcome(Struct, frozen=True):
    """The lines of a digest, and all that has been told after it."""

    lines: tuple[Line, ...]
    told: Mapping[Key, Told]
    file: bytes

    @property
    def words(self) -> dict[Key, str]:
        """What is said about each device, capability and reason."""
        return {
            (line.device, capability, line.reason): line.change
            for line in self.lines
            for capability in line.capabilities
        }

    def stored(self, folder: Path) -> Path:
        """Put what was told where the next difference finds it."""
        file = folder / "told.parquet"
        file.write_bytes(self.file)
        return file


def told_rows(file: Path) -> dict[Key, Told]:
    """Read what was told, by device, capability and reason."""
    with duckdb.connect() as db:
        found = db.execute(f"""SELECT device, capability, reason, word, "at" FROM '{file}'""")
        return {
            (device, capability, reason): Told(word, at.replace(tzinfo=UTC))
            for device, capability, reason, word, at in found.fetchall()
        }


def write_told(file: Path, told: Mapping[Key, Told], since: datetime = WEEK_AGO) -> Path:
    """Write a file of told words; the devices are called what `pc` calls them, and "old"."""
    with duckdb.connect() as db:
        columns = ", ".join(f'"{name}" {kind}' for name, kind in sql.TOLD.items())
        db.execute(f"CREATE TABLE told ({columns})")
        for (device, capability, reason), last in told.items():
            db.execute(
                """INSERT INTO told BY NAME SELECT $1 AS device, $2 AS capability, $3 AS reason,
                   $4 AS word, $5 AS "at", $6 AS first_seen, $6 AS since, $7 AS name""",
                [
                    device,
                    capability,
                    reason,
                    last.word,
                    naive(last.at),
                    naive(since),
                    f"old-{device}",
                ],
            )
        db.execute(f"COPY told TO '{file.as_posix()}' (FORMAT parquet)")
    return file


def blocked(*keys: Key, at: datetime = WEEK_AGO) -> dict[Key, Told]:
    """Say that these were told to be blocked."""
    return dict.fromkeys(keys, Told("blocked", at))


def clear(*keys: Key, at: datetime) -> dict[Key, Told]:
    """Say that these were told to be clear."""
    return dict.fromkeys(keys, Told("clear", at))


def key(id: str, reason: str = BUILD, capability: str = "backup") -> Key:
    """Name a device's blocker."""
    return (id, capability, reason)


def naive(time: datetime) -> datetime:
    """Return a time in UTC as DuckDB takes it."""
    return time.astimezone(UTC).replace(tzinfo=None)


def many(ids: Iterable[str], *blockers: OpenBlocker, **differing: Any) -> list[KnownDevice]:
    """Build devices that are alike."""
    return [pc(id, *blockers, **differing) for id in ids]


def line(device: str, **differing: Any) -> Line:
    """Build a line about a device whose build was found too old."""
    values: dict[str, Any] = {
        "name": f"PC-{device}",
        "user_name": f"{device}@contoso.example",
        "serial": f"S{device}",
        "manufacturer": "LENOVO",
        "model": "21HM",
        "category": None,
        "profile": None,
        "reason": BUILD,
        "change": "raised",
        "capabilities": ("backup",),
        "severity": "high",
        "first_seen": WEEK_AGO,
        "since": WEEK_AGO,
    }
    return Line(device, **(values | differing))


def write_lines(file: Path, lines: Sequence[Line]) -> Path:
    """Write a digest's file of lines."""
    rows = file.with_suffix(".jsonl")
    rows.write_bytes(msgspec.json.Encoder().encode_lines(lines))
    columns = dict.fromkeys(Line.__struct_fields__, "VARCHAR") | {
        "capabilities": "VARCHAR[]",
        "first_seen": "TIMESTAMP",
        "since": "TIMESTAMP",
        "gone": "BOOLEAN",
    }
    with duckdb.connect() as db:
        db.execute(
            "COPY (FROM read_json($file, format = 'newline_delimited', "
            f"columns = {columns})) TO '{file.as_posix()}' (FORMAT parquet)",
            {"file": str(rows)},
        )
    return file
