"""The difference between what stands open and what was told, in DuckDB on local files."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from shared.adapters.storage import line_rows
from shared.adapters.storage import telling_sql as sql
from shared.adapters.storage.scratch import scratch_database
from shared.domain.digest import Group, Severity
from shared.domain.exemption import Exemption, in_force
from shared.domain.known_device import KnownDevice
from shared.domain.storm import Alike, Counts, ModelShare
from shared.domain.telling import Terms

_encoder = msgspec.json.Encoder()


class Difference:
    """Implements the Composition port in a folder of its own, which may hold told.parquet.

    `gather` comes first; then perhaps `told_everything` or `hold`, which change what all others
    speak of; `write` at last. Each runs in a thread. DuckDB works within a memory limit and spills
    into the folder.
    """

    def __init__(self, folder: Path, terms: Terms) -> None:
        self._folder = folder
        self._flap_window = _micros(terms.flap_window)
        self._grace = [
            {"reason": reason, "micros": _micros(grace)} for reason, grace in terms.grace.items()
        ]
        self._db = scratch_database(folder)

    @property
    def stored_file(self) -> Path:
        """Where what was told lies before `gather`; no such file says that nothing was."""
        return self._folder / "told.parquet"

    @property
    def told_file(self) -> Path:
        """Where `write` puts what has been told once the digest is out."""
        return self._folder / "told-now.parquet"

    @property
    def lines_file(self) -> Path:
        """Where `write` puts the lines of the digest."""
        return self._folder / "lines.parquet"

    def close(self) -> None:
        """Let go of the database file."""
        self._db.close()

    async def gather(
        self,
        devices: Path,
        overlay: Sequence[KnownDevice],
        exemptions: Iterable[Exemption],
        severities: Mapping[str, Severity],
        now: datetime,
    ) -> None:
        """Find what is due, over a snapshot's devices and its overlay's entries."""
        await asyncio.to_thread(
            self._gather,
            devices,
            overlay,
            [e for e in exemptions if in_force(e, now.astimezone(UTC).date())],
            severities,
            _naive(now),
        )

    async def counts(self) -> Counts:
        """Count what is due."""
        return await asyncio.to_thread(self._counts)

    async def told_everything(self) -> None:
        """Make everything due that stands open and is not exempt, as for the first digest."""
        await asyncio.to_thread(self._db.execute, sql.ALL_DUE)

    async def hold(self, reasons: frozenset[str]) -> None:
        """Leave the due words of these reasons untold."""
        await asyncio.to_thread(self._db.execute, sql.HOLD, {"reasons": sorted(reasons)})

    async def groups(self, most_examples: int) -> tuple[Group, ...]:
        """Group the lines by reason and change, each with some of those most worth a look."""
        return await asyncio.to_thread(line_rows.groups, self._db, most_examples)

    async def devices(self) -> int:
        """Count the devices with a word due."""
        return await asyncio.to_thread(line_rows.devices, self._db)

    async def exempt(self) -> int:
        """Count the devices with an open finding that is exempt."""
        return int((await asyncio.to_thread(self._one, sql.EXEMPT_DEVICES))[0])

    async def write(self, now: datetime) -> None:
        """Write the lines, and what has been told once they are out at `now`."""
        await asyncio.to_thread(self._write, _naive(now))

    def _gather(
        self,
        devices: Path,
        overlay: Sequence[KnownDevice],
        exemptions: Sequence[Exemption],
        severities: Mapping[str, Severity],
        now: datetime,
    ) -> None:
        self._load("overlay", sql.OVERLAY, map(_overlay_row, overlay))
        self._load("grace", sql.GRACE, self._grace)
        self._load(
            "severities",
            sql.SEVERITIES,
            ({"reason": r, "severity": s} for r, s in severities.items()),
        )
        self._load("exemptions", sql.EXEMPTIONS, map(_exemption_row, exemptions))
        stored = sql.SOMETHING_TOLD if self.stored_file.exists() else sql.NOTHING_TOLD
        for statements in (
            sql.MACROS,
            sql.KNOWN.format(file=_quoted(devices)),
            sql.HEIRS,
            sql.STANDING,
            stored.format(file=_quoted(self.stored_file)),
            sql.TOLD_NOW,
            sql.EXEMPT if exemptions else sql.NOTHING_EXEMPT,
        ):
            self._db.execute(statements)
        self._db.execute(sql.DUE, {"flap_window": self._flap_window, "now": now})
        self._db.execute(sql.LINES)

    def _load(
        self, table: str, columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]
    ) -> None:
        """Bring rows into a new table through a file, which is far faster than an insert each."""
        file = self._folder / f"{table}.jsonl"
        with file.open("wb") as written:
            for row in rows:
                written.write(_encoder.encode(row))
                written.write(b"\n")
        self._db.execute(
            f"CREATE TABLE {table} AS SELECT * FROM read_json("  # noqa: S608 - our own tables
            f"'{_quoted(file)}', format = 'newline_delimited', columns = {dict(columns)})"
        )

    def _counts(self) -> Counts:
        alike = self._db.execute(sql.ALIKE).fetchall()
        model = self._db.execute(sql.COMMONEST_MODEL).fetchone()
        return Counts(
            fleet=int(self._one(sql.FLEET)[0]),
            alike=tuple(
                Alike(frozenset((w["reason"], w["change"]) for w in words), devices)
                for words, devices in alike
            ),
            told=dict(self._db.execute(sql.TOLD_BLOCKED).fetchall()),
            model=ModelShare(*model) if model else None,
        )

    def _write(self, now: datetime) -> None:
        self._db.execute(sql.WRITE_LINES.format(file=_quoted(self.lines_file)))
        self._db.execute(
            sql.WRITE_TOLD.format(
                file=_quoted(self.told_file), now=now.isoformat(), flap_window=self._flap_window
            )
        )

    def _one(self, query: str) -> tuple[Any, ...]:
        row = self._db.execute(query).fetchone()
        assert row is not None  # noqa: S101 - a count always has one row
        return row


def _overlay_row(device: KnownDevice) -> dict[str, Any]:
    record = device.record
    return {
        "id": record.id,
        **{name: getattr(record, name) for name in sql.WHO.split(", ")},
        "open": device.history.open,
        "succeeds": device.succeeds,
        "succeeded_by": device.succeeded_by,
        "gone": device.gone,
    }


def _exemption_row(exemption: Exemption) -> dict[str, Any]:
    return {name: getattr(exemption, name) for name in sql.EXEMPTIONS}


def _micros(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def _naive(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(tzinfo=None)


def _quoted(path: Path) -> str:
    return path.as_posix().replace("'", "''")
