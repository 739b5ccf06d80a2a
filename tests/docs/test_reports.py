"""What is written about the report's files is what is in them."""

import asyncio
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from shared.adapters.storage.merge import EXAMPLES, REMEMBERED_DAYS, SnapshotMerge
from shared.report.summary import CapabilitySummary, Summary
from shared.report.unlock import Unlock
from shared.report.vocabulary import blockers_by_unknown
from tests.adapters.storage.pages import page_lines, write_pages
from tests.builders import device

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reports.md").read_text(encoding="utf-8")
MONDAY = datetime(2026, 11, 16, 2, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 17, 2, tzinfo=UTC)
FINE = device()
OLD_BUILD = device(os_version="10.0.26100.4945")
SHARED = device(has_user=False)


def section(title: str) -> str:
    """The part of the page below a heading."""
    return re.split(r"^## ", PAGE.split(f"## {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def columns_told(title: str) -> list[tuple[str, str]]:
    return re.findall(r"^\| `(\w+)` \| ([A-Z].*?) \|", section(title), re.MULTILINE)


QUERIES = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a second sweep: 1 got worse, 2 got better, 3 stayed as it was."""
    root = tmp_path_factory.mktemp("reports")
    before = {"1": FINE, "2": OLD_BUILD, "3": SHARED}
    after = {"1": OLD_BUILD, "2": FINE, "3": SHARED}
    asyncio.run(_merge(write_pages(root / "monday", [page_lines(1, before)]), MONDAY))
    tuesday = write_pages(root / "tuesday", [page_lines(1, after)])
    shutil.copy(root / "monday" / "devices.parquet", tuesday / "previous.parquet")
    asyncio.run(_merge(tuesday, TUESDAY))
    return tuesday


async def _merge(folder: Path, started: datetime) -> None:
    merge = SnapshotMerge(folder, blockers_by_unknown())
    try:
        await merge.gather()
        await merge.write(started)
    finally:
        merge.close()


def ask(folder: Path, query: str) -> list[tuple[Any, ...]]:
    there = re.sub(r"'(\w+\.parquet)'", rf"'{folder.as_posix()}/\1'", query)
    return duckdb.connect().execute(there).fetchall()


@pytest.mark.parametrize("file", ["devices.parquet", "changes.parquet"])
def test_the_page_lists_exactly_the_columns_of_a_file_with_their_types(
    folder: Path, file: str
) -> None:
    described = ask(folder, f"DESCRIBE SELECT * FROM '{file}'")

    columns = [(name, kind.replace('"', "")) for name, kind, *_ in described]
    assert columns_told(file) == columns


def test_the_blockers_are_counted_as_the_first_query_says(folder: Path) -> None:
    assert ask(folder, QUERIES[0]) == [
        ("os_build_too_old", 1, TUESDAY.replace(tzinfo=None)),
        ("shared_or_userless", 1, MONDAY.replace(tzinfo=None)),
    ]


def test_the_devices_that_only_need_an_update_are_found_by_the_second(folder: Path) -> None:
    assert [name for name, *_ in ask(folder, QUERIES[1])] == ["PC-1"]


def test_what_got_better_and_worse_is_counted_by_the_third(folder: Path) -> None:
    counted = ask(folder, QUERIES[2])

    assert ("backup", "os_build_too_old", "raised", 1) in counted
    assert ("backup", "os_build_too_old", "cleared", 1) in counted
    assert {reason for _, reason, *_ in counted} == {"os_build_too_old"}


def test_every_query_of_the_page_was_asked() -> None:
    assert len(QUERIES) == 3


@pytest.mark.parametrize("struct", [Summary, CapabilitySummary, Unlock])
def test_every_figure_of_the_summary_is_explained(struct: Any) -> None:
    told = set(re.findall(r"`(\w+)`", section("summary.json")))

    assert [name for name in struct.__struct_fields__ if name not in told] == []


def test_the_numbers_in_the_text_are_those_of_the_code() -> None:
    assert f"within {REMEMBERED_DAYS} days" in PAGE
    assert f"last {REMEMBERED_DAYS} days" in PAGE
    assert EXAMPLES == 20
    assert "up to twenty of them" in PAGE
