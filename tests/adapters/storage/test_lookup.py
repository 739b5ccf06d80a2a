"""Looking devices up in the Parquet file of a snapshot and the listing of its overlay."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from shared.adapters.storage.lookup import matching, story_of
from shared.adapters.storage.overlay import Shown
from tests.adapters.storage.known_devices import HISTORY, MORNING, TOO_OLD, known, write_devices

DEVICES = [
    known("1a2b", name="LAPTOP-Ä1", entra_id="E-77", serial="5CG0000AAA"),
    known("3c4d", name="LAPTOP-10", serial="Default string"),
    known("5e6f", name="laptop-100", serial="Default string"),
    known("7g8h", name="LAPTOP-10", user_name=None, entra_id=None, serial=None),
    known("9i0j", name=None),
    known("100%", name="50%_off'; DROP TABLE devices --"),
]


class Snapshot:
    """A snapshot's file, looked up with or without an overlay."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def ids(self, wanted: str, most: int = 10, overlaid: Sequence[Shown] = ()) -> list[str]:
        return matching(self.file, overlaid, wanted, most)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    file = tmp_path_factory.mktemp("snapshot") / "devices.parquet"
    write_devices(file, DEVICES)
    return Snapshot(file)


@pytest.mark.parametrize(
    "wanted", ["1A2B", "1a2b", "laptop-ä1", "LAPTOP-Ä1", "e-77", "5cg0000aaa", "5CG0000AAA"]
)
def test_a_device_is_found_by_id_name_entra_id_or_serial_in_any_case(
    snapshot: Snapshot, wanted: str
) -> None:
    assert snapshot.ids(wanted) == ["1a2b"]


def test_an_exact_name_wins_over_names_that_contain_it(snapshot: Snapshot) -> None:
    assert snapshot.ids("laptop-10") == ["3c4d", "7g8h"]


def test_a_part_of_the_name_finds_all_that_contain_it_in_the_order_of_names(
    snapshot: Snapshot,
) -> None:
    assert snapshot.ids("APTOP") == ["3c4d", "7g8h", "1a2b", "5e6f"]


def test_a_serial_that_many_devices_share_finds_them_all(snapshot: Snapshot) -> None:
    assert set(snapshot.ids("default STRING")) == {"3c4d", "5e6f"}


def test_no_more_devices_are_found_than_asked_for(snapshot: Snapshot) -> None:
    assert len(snapshot.ids("laptop", most=2)) == 2
    assert len(snapshot.ids("Default string", most=1)) == 1


@pytest.mark.parametrize("wanted", ["nobody", "1a2", "5CG", "%", "LAPTOP_10", "' OR 1=1 --"])
def test_what_is_no_device_finds_none_and_means_nothing_else(
    snapshot: Snapshot, wanted: str
) -> None:
    expected = ["100%"] if wanted == "%" else []
    assert snapshot.ids(wanted) == expected


@pytest.mark.parametrize("wanted", ["FRESH", "laptop-11", "E-new", "5CG-new"])
def test_a_device_that_only_the_overlay_has_is_found_by_any_of_its_names(
    snapshot: Snapshot, wanted: str
) -> None:
    fresh = Shown("fresh", "LAPTOP-11", "e-NEW", "5cg-NEW")
    assert snapshot.ids(wanted, overlaid=[fresh]) == ["fresh"]


def test_both_kinds_stand_in_one_order_and_share_the_limit(snapshot: Snapshot) -> None:
    overlaid = [Shown("fresh", "LAPTOP-11"), Shown("nameless", None), Shown("first", "LAPTOP-0")]
    assert snapshot.ids("laptop", 4, overlaid) == ["first", "3c4d", "7g8h", "fresh"]


def test_a_renamed_device_is_found_by_its_new_name_only(snapshot: Snapshot) -> None:
    renamed = [Shown("3c4d", "DESK-1")]
    assert snapshot.ids("desk", overlaid=renamed) == ["3c4d"]
    assert snapshot.ids("LAPTOP-10", overlaid=renamed) == ["7g8h"]
    assert "3c4d" not in snapshot.ids("LAPTOP", overlaid=renamed)


def test_an_exact_name_in_the_overlay_wins_over_a_part_in_the_snapshot(snapshot: Snapshot) -> None:
    assert snapshot.ids("laptop", overlaid=[Shown("fresh", "Laptop")]) == ["fresh"]
    assert snapshot.ids("laptop-ä1", overlaid=[Shown("fresh", "LAPTOP-Ä10")]) == ["1a2b"]


def test_an_old_name_that_was_exact_no_longer_hides_those_that_contain_it(
    snapshot: Snapshot,
) -> None:
    renamed = [Shown("3c4d", "DESK-1"), Shown("7g8h", "DESK-2")]
    assert snapshot.ids("laptop-10", overlaid=renamed) == ["5e6f"]


def test_a_device_that_is_gone_is_not_found(snapshot: Snapshot) -> None:
    gone = [Shown("1a2b", "LAPTOP-Ä1", "E-77", "5CG0000AAA", gone=True)]
    assert snapshot.ids("1a2b", overlaid=gone) == []
    assert snapshot.ids("Ä1", overlaid=gone) == []


def test_a_story_tells_all_that_is_known_of_the_device() -> None:
    device = known("x", TOO_OLD)
    story = story_of(device, reassessed=True)
    shared = set(story.__struct_fields__) & set(device.record.__struct_fields__)
    assert {"id", "name", "serial", "last_sync"} < shared
    assert all(getattr(story, field) == getattr(device.record, field) for field in shared)
    assert (story.assessment, story.open) == (TOO_OLD, HISTORY.open)
    assert story.reassessed == MORNING
    assert story_of(device, reassessed=False).reassessed is None
