"""Reading single devices of a snapshot from its copy on this machine."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.adapters.storage.known import SnapshotCopy, started
from shared.domain.guid_index import NIL
from shared.domain.history import History
from shared.errors import StorageError
from tests.adapters.storage.known_devices import (
    MORNING,
    TOO_OLD,
    assessments,
    known,
    write_devices,
)
from tests.world import NAME, NIGHT

DEVICES = [
    known("a", TOO_OLD, entra_id="E-Shared", serial="5CG-1"),
    known("b", entra_id="e-shared", serial=" 5cg-1 "),
    known("c", entra_id=NIL, serial="Default string", succeeded_by="d", succeeds="z"),
    known("d", history=History(), entra_id=None, serial=None, last_sync=None, enrolled=None),
    known("e", entra_id="", serial="0000000", name="Zoë 💻"),
]


def copied(*, of_old: bool = False, sweep: str = NAME) -> SnapshotCopy:
    copy = SnapshotCopy(sweep)
    write_devices(copy.devices, DEVICES, of_old=of_old)
    copy.assessments = assessments(DEVICES)
    return copy


@pytest.fixture(scope="module")
def copy() -> SnapshotCopy:
    return copied()


def ids(
    copy: SnapshotCopy,
    ids: Iterable[str] = (),
    entra_ids: Iterable[str] = (),
    serials: Iterable[str] = (),
) -> str:
    return "".join(device.record.id for device in copy.known(ids, entra_ids, serials))


def test_a_device_is_read_back_as_it_was_written_with_every_time_in_utc(
    copy: SnapshotCopy,
) -> None:
    assert copy.known(["e", "d", "c", "b", "a"], (), ()) == DEVICES
    blocker = copy.known(["a"], (), ())[0].history.open[0]
    assert blocker.since == datetime(2026, 11, 20, 2, 0, 0, 500_000, tzinfo=UTC)


def test_ids_are_compared_as_they_are(copy: SnapshotCopy) -> None:
    assert ids(copy, ["a", "A", "B", "nobody", "' OR 1=1 --"]) == "a"
    assert ids(copy) == ""


def test_entra_ids_are_compared_in_any_case(copy: SnapshotCopy) -> None:
    assert ids(copy, entra_ids=["E-SHARED", "nobody"]) == "ab"


def test_serials_are_compared_in_any_case_and_without_blanks_around(copy: SnapshotCopy) -> None:
    assert ids(copy, serials=["5cg-1"]) == "ab"
    assert ids(copy, serials=["  5CG-1"]) == "ab"


@pytest.mark.parametrize("nothing", ["", NIL])
def test_no_entra_id_finds_no_device_without_one(copy: SnapshotCopy, nothing: str) -> None:
    assert ids(copy, entra_ids=[nothing]) == ""


@pytest.mark.parametrize("nothing", ["Default string", "0000000", "", "  "])
def test_a_serial_that_names_no_one_device_finds_none(copy: SnapshotCopy, nothing: str) -> None:
    assert ids(copy, serials=[nothing]) == ""


def test_a_device_that_is_named_in_several_ways_is_read_once(copy: SnapshotCopy) -> None:
    assert ids(copy, ["a", "a", "d"], ["e-shared"], ["5CG-1"]) == "abd"


def test_a_snapshot_of_old_was_read_when_its_sweep_began() -> None:
    read = copied(of_old=True).known(["a", "c"], (), ())
    assert [(device.read_at, device.succeeded_by) for device in read] == [(NIGHT, None)] * 2
    [unnamed] = copied(of_old=True, sweep="by hand").known(["a"], (), ())
    assert unnamed.read_at == datetime(1970, 1, 1, tzinfo=UTC)


def test_an_assessment_that_the_snapshot_lacks_is_an_error_that_names_it() -> None:
    copy = copied()
    copy.assessments = {}
    with pytest.raises(StorageError, match=f"{NAME} does not hold the assessment"):
        copy.known(["a"], (), ())


def test_the_copy_goes_when_nobody_holds_it_any_more() -> None:
    copy = copied()
    folder: Path = copy.devices.parent
    reading = copy.known
    del copy
    assert folder.exists()
    assert reading(["a"], (), ())[0].read_at == MORNING
    del reading
    assert not folder.exists()


def test_the_start_is_read_off_a_sweeps_name() -> None:
    assert started(NAME) == NIGHT
