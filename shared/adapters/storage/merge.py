"""Merging the pages of a sweep with the last snapshot, in DuckDB on local files."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from shared.adapters.storage import merge_sql as sql
from shared.adapters.storage.sweeps import compressed, header_of, page_number
from shared.domain.assessment import Assessment
from shared.domain.packing import unpack
from shared.domain.rule import CAPABILITIES
from shared.domain.sweep import Merged, PageHeader, Tally, Throttling
from shared.domain.transitions import held_reasons, open_reasons
from shared.errors import SweepError

MEMORY_LIMIT = "400MB"
THREADS = 2
EXAMPLES = 20
REMEMBERED_DAYS = 90
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

    def close(self) -> None:
        """Let go of the database file."""
        self._db.close()

    async def gather(self) -> None:
        """Read all pages and the last snapshot. Raises SweepError when a page is damaged."""
        await asyncio.to_thread(self._gather)

    async def missing(self) -> list[str]:
        """List the ids that the last snapshot has and no page has."""
        return await asyncio.to_thread(self._missing)

    async def add(self, page: int, lines: bytes) -> None:
        """Take in devices that were asked for by id, as one more page."""
        await asyncio.to_thread(self._add, page, lines)

    async def keep(self, ids: Iterable[str]) -> None:
        """Carry devices over as they were, because nobody could say whether they are gone."""
        await asyncio.to_thread(self._keep, list(ids))

    async def write(self, started: datetime) -> Merged:
        """Write devices and changes, dated `started`, and return what was found."""
        return await asyncio.to_thread(self._write, started)

    def _gather(self) -> None:
        self._db.execute(sql.TABLES)
        self._db.execute(sql.MACROS)
        previous = self._folder / "previous.parquet"
        if previous.exists():
            self._db.execute(sql.PREVIOUS.format(file=_quoted(previous)))
        else:
            self._db.execute(sql.NO_PREVIOUS)
        self._take_in(sorted((self._folder / "pages").iterdir()))

    def _take_in(self, files: Sequence[Path]) -> None:
        headers = [_header(file) for file in files]
        self._headers += headers
        fresh = []
        for header in headers:
            for key in header.assessments.keys() - self._assessments.keys():
                assessment = unpack(header.assessments[key], header.findings)
                self._assessments[key] = assessment
                fresh.append(_assessment_row(key, assessment, self._rule_blockers))
        self._load("assessments", fresh)
        if files:
            self._db.execute(sql.GATHER, {"files": [str(file) for file in files]})
        rows = self._one("SELECT count(*) FROM found")[0]
        expected = sum(h.devices for h in self._headers)
        if rows != expected:
            raise SweepError(
                f"the pages announce {expected} devices and hold {rows}: a page blob is damaged"
            )

    def _load(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Bring rows into a table through a file, which is far faster than an insert per row."""
        if not rows:
            return
        columns = dict(self._db.execute(sql.COLUMNS, [table]).fetchall())
        file = self._folder / f"{table}.jsonl"
        file.write_bytes(
            _encoder.encode_lines(dict(zip(columns, row, strict=True)) for row in rows)
        )
        self._db.execute(sql.load(table, columns, _quoted(file)))

    def _missing(self) -> list[str]:
        return [id for (id,) in self._db.execute(sql.MISSING).fetchall()]

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
        self._db.execute(sql.STEPS)
        when = f"TIMESTAMP '{started:%Y-%m-%d %H:%M:%S}'"
        dates = {"started": when, "remembered_from": f"{when} - INTERVAL {REMEMBERED_DAYS} DAY"}
        baseline = not (self._folder / "previous.parquet").exists()
        self._write_in_ranges(self.devices_file, sql.DEVICES, **dates)
        self._write_in_ranges(self.changes_file, sql.CHANGES, **dates, baseline=baseline)
        devices, new, gone, kept = self._one(sql.COUNTS)
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
            new_devices=0 if baseline else int(new),
            gone_devices=int(gone),
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

    def _one(self, query: str) -> tuple[Any, ...]:
        row = self._db.execute(query).fetchone()
        assert row is not None  # noqa: S101 - an aggregate without GROUP BY always has one row
        return row


def _assessment_row(
    key: str, assessment: Assessment, rule_blockers: Mapping[str, tuple[str, ...]]
) -> list[Any]:
    answers: list[Any] = []
    for capability in CAPABILITIES:
        judgement = assessment.of(capability)
        answers += [judgement.verdict, judgement.ready, [f.reason for f in judgement.blockers]]
    return [
        key,
        *answers,
        [{"capability": c, "reason": r} for c, r in open_reasons(assessment)],
        [{"capability": c, "reason": r} for c, r in held_reasons(assessment, rule_blockers)],
    ]


def _header(file: Path) -> PageHeader:
    with file.open("rb") as packed:
        header = header_of(file.name, packed)
    if header.page != page_number(file.name):
        raise SweepError(f"page {file.name} says that it is page {header.page}")
    return header


def _quoted(path: Path) -> str:
    return path.as_posix().replace("'", "''")
