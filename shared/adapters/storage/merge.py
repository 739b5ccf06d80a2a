"""Merging the pages of a sweep with the last snapshot, in DuckDB on local files."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from shared.adapters.storage import fold_sql, identity_sql
from shared.adapters.storage import merge_sql as sql
from shared.adapters.storage.merge_rows import assessment_row, overlay_row
from shared.adapters.storage.sweeps import compressed, header_of, page_number
from shared.domain.assessment import Assessment
from shared.domain.history import REMEMBERED
from shared.domain.known_device import KnownDevice
from shared.domain.packing import pack, unpack
from shared.domain.sweep import Merged, PageHeader, Tally, Throttling
from shared.errors import SweepError

MEMORY_LIMIT = "400MB"
THREADS = 2
EXAMPLES = 20
REMEMBERED_DAYS = REMEMBERED.days
"""How long a cleared blocker is remembered, so that its return is told as reopened."""

RANGED_FROM = 100_000
"""Devices from which on the join is made range by range, for its memory's sake."""

AFTER_ALL_IDS = chr(0x10FFFF)

_encoder = msgspec.json.Encoder()


class SnapshotMerge:
    """One merge in a folder of its own, which holds pages/ and perhaps previous.parquet.

    Beside the snapshot there may be previous-assessments.json, which explains it. The steps, in
    order: `gather`, `missing`, perhaps `add` and `keep`, `write`. Each runs in a thread, so that
    the host's loop goes on renewing its messages. DuckDB works within a memory limit and spills
    into the folder.
    """

    def __init__(self, folder: Path, rule_blockers: Mapping[str, tuple[str, ...]]) -> None:
        self._folder = folder
        self._rule_blockers = rule_blockers
        self._assessments: dict[str, Assessment] = {}
        self._headers: list[PageHeader] = []
        self._db = duckdb.connect(
            str(folder / "merge.duckdb"),
            config={
                "memory_limit": MEMORY_LIMIT,
                "threads": THREADS,
                "temp_directory": str(folder / "spill"),
                "preserve_insertion_order": False,
            },
        )

    @property
    def devices_file(self) -> Path:
        """Where `write` puts the devices of the snapshot."""
        return self._folder / "devices.parquet"

    @property
    def changes_file(self) -> Path:
        """Where `write` puts the transitions against the last snapshot."""
        return self._folder / "changes.parquet"

    @property
    def _previous(self) -> Path:
        return self._folder / "previous.parquet"

    @property
    def _baseline(self) -> bool:
        return not self._previous.exists()

    def close(self) -> None:
        """Let go of the database file."""
        self._db.close()

    async def gather(self, overlay: Sequence[KnownDevice] = ()) -> None:
        """Read all pages and the last snapshot, folded with its overlay.

        Raises SweepError when a page is damaged.
        """
        await asyncio.to_thread(self._gather, overlay)

    async def missing(self) -> list[str]:
        """List the ids that are known from before and that no page has."""
        return await asyncio.to_thread(self._ids, sql.MISSING)

    async def add(self, page: int, lines: bytes) -> None:
        """Take in devices that were asked for by id, as one more page."""
        await asyncio.to_thread(self._add, page, lines)

    async def keep(self, ids: Iterable[str]) -> None:
        """Carry devices over as they were, because nobody could say whether they are gone."""
        await asyncio.to_thread(self._keep, list(ids))

    async def outdated(self) -> list[str]:
        """List the ids whose page is older than the overlay, which therefore was preferred."""
        return await asyncio.to_thread(self._ids, fold_sql.OUTDATED)

    async def newcomers(self) -> list[str]:
        """List the ids on pages that were not known before; none where there was no snapshot."""
        return [] if self._baseline else await asyncio.to_thread(self._ids, fold_sql.NEWCOMERS)

    async def write(self, started: datetime) -> Merged:
        """Write devices and changes, dated `started`, and return what was found."""
        return await asyncio.to_thread(self._write, started)

    def _gather(self, overlay: Sequence[KnownDevice]) -> None:
        for statements in (sql.TABLES, fold_sql.TABLES, identity_sql.MACROS, sql.MACROS):
            self._db.execute(statements)
        self._take_over(overlay)
        self._db.execute(fold_sql.REASSESSED)
        snapshot = fold_sql.NO_SNAPSHOT if self._baseline else fold_sql.SNAPSHOT
        self._db.execute(snapshot.format(file=_quoted(self._previous)))
        self._db.execute(fold_sql.PREVIOUS)
        self._take_in(sorted((self._folder / "pages").iterdir()))

    def _take_over(self, overlay: Sequence[KnownDevice]) -> None:
        keys = {assessment: pack(assessment).key for assessment in {d.assessment for d in overlay}}
        self._learn({key: assessment for assessment, key in keys.items()})
        self._load("overlay", (overlay_row(d, keys[d.assessment]) for d in overlay))

    def _take_in(self, files: Sequence[Path]) -> None:
        if not files:
            return
        headers = [_header(file) for file in files]
        self._headers += headers
        fresh: dict[str, Assessment] = {}
        for header in headers:
            for key in header.assessments.keys() - self._assessments.keys() - fresh.keys():
                fresh[key] = unpack(header.assessments[key], header.findings)
        self._learn(fresh)
        self._load("pages", ((header.page, header.read_at) for header in headers))
        [rows] = self._one(sql.GATHER, {"files": [str(file) for file in files]})
        expected = sum(header.devices for header in headers)
        if rows != expected:
            raise SweepError(
                f"the pages announce {expected} devices and hold {rows}: a page blob is damaged"
            )
        self._db.execute(fold_sql.SET_ASIDE)

    def _learn(self, assessments: Mapping[str, Assessment]) -> None:
        """Take in assessments that are not known yet."""
        self._assessments |= assessments
        self._load(
            "assessments",
            (assessment_row(key, a, self._rule_blockers) for key, a in assessments.items()),
        )

    def _load(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        """Bring rows into a table through a file, which is far faster than an insert per row."""
        columns = dict(self._db.execute(sql.COLUMNS, [table]).fetchall())
        file = self._folder / f"{table}.jsonl"
        with file.open("wb") as lines:
            for row in rows:
                lines.write(_encoder.encode(dict(zip(columns, row, strict=True))))
                lines.write(b"\n")
        self._db.execute(sql.load(table, columns, _quoted(file)))

    def _ids(self, query: str) -> list[str]:
        return [id for (id,) in self._db.execute(query).fetchall()]

    def _add(self, page: int, lines: bytes) -> None:
        file = self._folder / "pages" / f"{page:06d}.jsonl.zst"
        file.write_bytes(compressed(lines))
        self._take_in([file])

    def _keep(self, ids: list[str]) -> None:
        self._load("unverified", [(id,) for id in ids])

    def _write(self, started: datetime) -> Merged:
        duplicates = int(self._one(sql.DUPLICATES)[0])
        if duplicates:
            self._db.execute(sql.KEEP_NEWEST)
        self._db.execute(fold_sql.PREFER)
        self._db.execute(fold_sql.SORT_OUT)
        if not self._baseline:
            for statement in fold_sql.SUCCESSION:
                self._db.execute(statement)
        self._db.execute(fold_sql.INHERIT)
        self._db.execute(sql.STEPS)
        dates = {
            "started": f"TIMESTAMP '{started:%Y-%m-%d %H:%M:%S.%f}'",
            "remembered": f"INTERVAL {REMEMBERED.days} DAY",
        }
        self._write_in_ranges(self.devices_file, sql.DEVICES, **dates)
        self._write_in_ranges(self.changes_file, sql.CHANGES, **dates, baseline=self._baseline)
        devices, new, gone, again, kept = self._one(fold_sql.COUNTS)
        for key, assessment in self._carried_assessments():
            self._assessments.setdefault(key, assessment)
        per = self._db.execute(sql.PER_ASSESSMENT.format(file=_quoted(self.devices_file)))
        counts = {str(key): int(count) for key, count in per.fetchall()}
        tallies = self._db.execute(sql.TALLIES.format(file=_quoted(self.changes_file))).fetchall()
        costs = [h.cost for h in self._headers]
        unreadable = [text for h in self._headers for text in h.unreadable]
        return Merged(
            devices=int(devices),
            per_assessment=counts,
            assessments={key: self._assessments[key] for key in counts},
            tallies=tuple(Tally(*row) for row in tallies),
            new_devices=0 if self._baseline else int(new),
            gone_devices=int(gone),
            re_enrolled_devices=int(again),
            kept_unverified=int(kept),
            duplicates=duplicates,
            unreadable=len(unreadable),
            unreadable_examples=tuple(unreadable[:EXAMPLES]),
            other_platforms=sum(h.other_platforms for h in self._headers),
            pages=len(self._headers),
            cost=Throttling(
                sum(c.calls for c in costs),
                sum(c.throttled for c in costs),
                sum(c.waited for c in costs),
            ),
        )

    def _write_in_ranges(self, file: Path, query: str, **values: object) -> None:
        """Write one sorted part per range of ids, then the parts one after another."""
        parts: list[str] = []
        small = self._one(sql.LARGER_SIDE)[0] < RANGED_FROM
        for low, high in pairwise(["", *([] if small else sql.RANGES[1:]), AFTER_ALL_IDS]):
            part = file.with_suffix(f".{len(parts):02d}.part")
            self._db.execute(query.format(low=low, high=high, file=_quoted(part), **values))
            parts.append(str(part))
        self._db.execute("SET preserve_insertion_order = true")
        self._db.execute(sql.JOINED.format(file=_quoted(file)), {"parts": parts})
        self._db.execute("SET preserve_insertion_order = false")

    def _carried_assessments(self) -> Iterable[tuple[str, Assessment]]:
        """Read what the last snapshot's assessments say, for the devices carried over from it."""
        file = self._folder / "previous-assessments.json"
        if not file.exists():
            return ()
        return msgspec.json.decode(file.read_bytes(), type=dict[str, Assessment]).items()

    def _one(self, query: str, values: Mapping[str, object] | None = None) -> tuple[Any, ...]:
        row = self._db.execute(query, values).fetchone()
        assert row is not None  # noqa: S101 - a count always has one row
        return row


def _header(file: Path) -> PageHeader:
    with file.open("rb") as packed:
        header = header_of(file.name, packed)
    if header.page != page_number(file.name):
        raise SweepError(f"page {file.name} says that it is page {header.page}")
    return header


def _quoted(path: Path) -> str:
    return path.as_posix().replace("'", "''")
