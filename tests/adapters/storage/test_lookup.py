"""Looking devices up in the Parquet file of a snapshot."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.storage.lookup import find
from shared.adapters.storage.merge import SnapshotMerge
from shared.domain.assessment import Assessment
from shared.ports import DevicePage
from shared.report.vocabulary import blockers_by_unknown
from shared.use_cases.judge_page import page_lines
from tests.adapters.storage.pages import write_pages
from tests.world import NIGHT, book, pc

DEVICES = [
    pc(
        "1a2b",
        device_name="LAPTOP-Ä1",
        entra_device_id="E-77",
        serial_number="5CG0000AAA",
        last_sync="2026-11-21T10:00:00.1234567Z",
    ),
    pc("3c4d", device_name="LAPTOP-10", serial_number="Default string"),
    pc("5e6f", device_name="laptop-100", serial_number="Default string", os_version="10.0.19045.1"),
    pc("7g8h", device_name="LAPTOP-10", user_name=None, entra_device_id=None, serial_number=None),
    pc("9i0j", device_name=None),
    pc("100%", device_name="50%_off'; DROP TABLE devices --"),
]


class Snapshot:
    """A snapshot's file, and what its keys mean."""

    def __init__(self, file: Path, assessments: Mapping[str, Assessment]) -> None:
        self.file = file
        self.assessments = assessments

    def ids(self, wanted: str, most: int = 10) -> list[str]:
        return [story.id for story in find(self.file, self.assessments, wanted, most)]


@pytest.fixture
async def snapshot(tmp_path: Path) -> Snapshot:
    lines = page_lines(1, DevicePage(DEVICES), book(), user_names=True)
    merge = SnapshotMerge(write_pages(tmp_path, [lines]), blockers_by_unknown())
    await merge.gather()
    merged = await merge.write(NIGHT)
    merge.close()
    return Snapshot(merge.devices_file, merged.assessments)


@pytest.mark.parametrize(
    "wanted", ["1A2B", "1a2b", "laptop-ä1", "LAPTOP-Ä1", "e-77", "5cg0000aaa", "5CG0000AAA"]
)
async def test_a_device_is_found_by_id_name_entra_id_or_serial_in_any_case(
    snapshot: Snapshot, wanted: str
) -> None:
    assert snapshot.ids(wanted) == ["1a2b"]


async def test_an_exact_name_wins_over_names_that_contain_it(snapshot: Snapshot) -> None:
    assert snapshot.ids("laptop-10") == ["3c4d", "7g8h"]


async def test_a_part_of_the_name_finds_all_that_contain_it(snapshot: Snapshot) -> None:
    assert set(snapshot.ids("APTOP")) == {"1a2b", "3c4d", "5e6f", "7g8h"}


async def test_a_serial_that_many_devices_share_finds_them_all(snapshot: Snapshot) -> None:
    assert set(snapshot.ids("default STRING")) == {"3c4d", "5e6f"}


async def test_no_more_stories_are_told_than_asked_for(snapshot: Snapshot) -> None:
    assert len(snapshot.ids("laptop", most=2)) == 2
    assert len(snapshot.ids("Default string", most=1)) == 1


@pytest.mark.parametrize("wanted", ["nobody", "1a2", "5CG", "%", "LAPTOP_10", "' OR 1=1 --"])
async def test_what_is_no_device_finds_none_and_means_nothing_else(
    snapshot: Snapshot, wanted: str
) -> None:
    expected = ["100%"] if wanted == "%" else []
    assert snapshot.ids(wanted) == expected


async def test_a_story_tells_all_that_the_snapshot_knows(snapshot: Snapshot) -> None:
    [story] = find(snapshot.file, snapshot.assessments, "1a2b", 1)
    told: dict[str, Any] = {
        "name": "LAPTOP-Ä1",
        "entra_id": "E-77",
        "user_name": "1a2b@contoso.example",
        "serial": "5CG0000AAA",
        "manufacturer": "LENOVO",
        "model": "21HM",
        "os_version": "10.0.26100.9550",
    }
    assert {name: getattr(story, name) for name in told} == told
    assert story.last_sync is not None
    assert story.last_sync.replace(microsecond=0, tzinfo=UTC) == datetime(
        2026, 11, 21, 10, tzinfo=UTC
    )


async def test_a_story_explains_each_open_blocker(snapshot: Snapshot) -> None:
    [story] = find(snapshot.file, snapshot.assessments, "5e6f", 1)
    blocked = {b.reason for b in story.open if b.capability == "backup"}
    assert blocked == {finding.reason for finding in story.assessment.backup.blockers}
    assert blocked


async def test_what_was_not_read_of_a_device_is_told_as_nothing(snapshot: Snapshot) -> None:
    [story] = find(snapshot.file, snapshot.assessments, "7g8h", 1)
    assert (story.entra_id, story.user_name, story.serial) == (None, None, None)
