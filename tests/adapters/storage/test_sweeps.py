"""Sweeps in progress on a real Azurite."""

import asyncio
from io import BytesIO
from uuid import UUID

import pytest

from shared.adapters.storage.blobs import Blobs
from shared.adapters.storage.sweeps import (
    ACTIVE,
    BlobSweeps,
    compressed,
    header_of,
    page_name,
    page_number,
)
from shared.domain.guid_set import GuidSet
from shared.domain.sweep import ActiveSweep, PageInStorage
from shared.errors import ConflictError, LeaseHeldError, StorageError
from shared.ports import DevicePage
from shared.use_cases.judge_page import page_lines
from tests.world import LAST_NAME, LAST_NIGHT, NAME, NIGHT, book, pc, pcs, record

RUNNING = ActiveSweep(NAME, NIGHT, begun=True)


@pytest.fixture
def sweeps(blobs: Blobs) -> BlobSweeps:
    return BlobSweeps(blobs)


def lines(number: int, page: DevicePage) -> bytes:
    return page_lines(number, page, book(), read_at=NIGHT, user_names=True)


async def test_at_first_no_sweep_runs_and_none_is_known(sweeps: BlobSweeps) -> None:
    assert await sweeps.active() == ActiveSweep()
    assert await sweeps.read(NAME) is None
    assert await sweeps.last() is None
    assert await sweeps.pages(NAME) == []
    await sweeps.ended(NAME)
    await sweeps.remove_pages(NAME)


async def test_a_sweep_runs_until_it_is_said_to_have_ended(sweeps: BlobSweeps) -> None:
    async with sweeps.starting(0):
        await sweeps.set_active(RUNNING)
    assert await sweeps.active() == RUNNING

    await sweeps.ended(LAST_NAME)
    assert await sweeps.active() == RUNNING
    await sweeps.ended(NAME)
    assert await sweeps.active() == ActiveSweep()


async def test_an_end_does_not_undo_a_start_made_in_between(
    sweeps: BlobSweeps, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sweeps.set_active(ActiveSweep(LAST_NAME, LAST_NIGHT, begun=True))
    read = blobs.read

    async def read_and_be_overtaken(name: str) -> object:
        found = await read(name)
        await sweeps.set_active(RUNNING)
        return found

    monkeypatch.setattr(blobs, "read", read_and_be_overtaken)
    await sweeps.ended(LAST_NAME)
    monkeypatch.undo()
    assert await sweeps.active() == RUNNING


async def test_only_one_start_is_made_at_a_time(sweeps: BlobSweeps, blobs: Blobs) -> None:
    async with sweeps.starting(0):
        with pytest.raises(LeaseHeldError):
            async with BlobSweeps(blobs).starting(0):
                pytest.fail("two start at once")


async def test_a_record_is_read_back_as_it_was_written(sweeps: BlobSweeps) -> None:
    sweep = record(sets=("group-devices-g",), state="partial", reason="ä 💻")
    await sweeps.write(record())
    await sweeps.write(sweep)
    assert await sweeps.read(NAME) == sweep


async def test_a_record_is_replaced_only_while_it_is_as_it_was_read(sweeps: BlobSweeps) -> None:
    partial, complete = record(state="partial", reason="late"), record(state="complete")
    with pytest.raises(ConflictError, match=rf"{NAME}/sweep\.json' has changed"):
        await sweeps.replace(record(), partial)
    await sweeps.write(record())
    await sweeps.replace(record(), complete)
    with pytest.raises(ConflictError):
        await sweeps.replace(record(), partial)
    assert await sweeps.read(NAME) == complete


async def test_a_record_written_between_the_look_and_the_write_is_not_replaced(
    sweeps: BlobSweeps, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sweeps.write(record())
    read = blobs.read

    async def read_and_be_overtaken(name: str) -> object:
        found = await read(name)
        await sweeps.write(record(state="complete"))
        return found

    monkeypatch.setattr(blobs, "read", read_and_be_overtaken)
    with pytest.raises(ConflictError):
        await sweeps.replace(record(), record(state="partial"))
    monkeypatch.undo()
    assert await sweeps.read(NAME) == record(state="complete")


async def test_the_last_sweep_is_the_newest_whatever_became_of_it(sweeps: BlobSweeps) -> None:
    await sweeps.write(record(state="failed"))
    await sweeps.write(record(id=LAST_NAME, state="complete"))
    await sweeps.set_active(RUNNING)
    assert await sweeps.last() == record(state="failed")


async def test_a_blob_that_is_no_record_is_an_error_that_names_it(
    sweeps: BlobSweeps, blobs: Blobs
) -> None:
    await blobs.write(ACTIVE, b"{")
    await blobs.write(f"sweeps/{NAME}/sweep.json", b'{"id": 7}')
    with pytest.raises(StorageError, match=r"active\.json' cannot be read"):
        await sweeps.active()
    with pytest.raises(StorageError, match=rf"{NAME}/sweep\.json' cannot be read"):
        await sweeps.read(NAME)


async def test_guid_sets_come_back_with_the_same_members(sweeps: BlobSweeps) -> None:
    sets = {
        "group-devices-g": GuidSet(str(UUID(int=n**9)) for n in range(500)),
        "group-users-g": GuidSet(),
        "event-devices-azureADJoinedWithWhiteGlove": GuidSet([str(UUID(int=2**128 - 1))]),
    }
    await sweeps.write_sets(NAME, sets)
    assert await sweeps.read_sets(record(sets=tuple(sets))) == sets
    assert await sweeps.read_sets(record(sets=("group-users-g",))) == {"group-users-g": GuidSet()}


async def test_a_set_that_is_missing_is_an_error_and_no_empty_set(sweeps: BlobSweeps) -> None:
    with pytest.raises(
        StorageError, match=r"GUID set 'group-users-g' is not stored .*sets\.msgpack"
    ):
        await sweeps.read_sets(record(sets=("group-users-g",)))


async def test_a_page_is_stored_once_and_never_replaced(sweeps: BlobSweeps) -> None:
    first = lines(1, DevicePage(pcs("ab"), "cursor", unreadable=("no id",)))
    other = lines(1, DevicePage(pcs("xyz"), "another cursor"))
    shown = PageInStorage(1, 2, 3, 4.25)

    assert not await sweeps.has_page(NAME, 1)
    assert await sweeps.write_page(NAME, 1, first, shown)
    assert not await sweeps.write_page(NAME, 1, other, PageInStorage(1, 3, 0, 0.0, last=True))

    header = await sweeps.page_header(NAME, 1)
    assert (header.page, header.next, header.devices) == (1, "cursor", 2)
    assert header.unreadable == ("no id",)
    assert await sweeps.has_page(NAME, 1)
    assert await sweeps.pages(NAME) == [shown]


async def test_the_listing_shows_the_pages_in_order_without_reading_them(
    sweeps: BlobSweeps,
) -> None:
    shown = [
        PageInStorage(n, 1000 - n, n % 3, n / 8, last=n == 101) for n in (1, 2, 9, 10, 100, 101)
    ]
    await asyncio.gather(*(sweeps.write_page(NAME, s.page, b"{}\n", s) for s in reversed(shown)))
    assert await sweeps.pages(NAME) == shown


async def test_the_header_of_a_missing_or_damaged_page_is_an_error(
    sweeps: BlobSweeps,
) -> None:
    with pytest.raises(StorageError, match=r"000007\.jsonl\.zst' has gone"):
        await sweeps.page_header(NAME, 7)
    await sweeps.write_page(NAME, 7, b"no header\n", PageInStorage(7, 0, 0, 0.0))
    with pytest.raises(StorageError, match=r"000007\.jsonl\.zst' cannot be read"):
        await sweeps.page_header(NAME, 7)


async def test_pages_are_removed_and_the_record_and_the_sets_stay(sweeps: BlobSweeps) -> None:
    for sweep in (NAME, LAST_NAME):
        await sweeps.write(record(id=sweep, sets=("group-users-g",)))
        await sweeps.write_sets(sweep, {"group-users-g": GuidSet()})
        for n in (1, 2):
            await sweeps.write_page(sweep, n, b"{}\n", PageInStorage(n, 0, 0, 0.0))

    await sweeps.remove_pages(NAME)
    assert await sweeps.pages(NAME) == []
    assert await sweeps.read(NAME) is not None
    assert await sweeps.read_sets(record(sets=("group-users-g",))) == {"group-users-g": GuidSet()}
    assert len(await sweeps.pages(LAST_NAME)) == 2


async def test_the_sets_are_removed_by_themselves_and_the_record_stays(sweeps: BlobSweeps) -> None:
    for sweep in (NAME, LAST_NAME):
        await sweeps.write(record(id=sweep))
        await sweeps.write_sets(sweep, {"group-users-g": GuidSet()})

    await sweeps.remove_sets(NAME)
    await sweeps.remove_sets(NAME)
    assert await sweeps.read(NAME) is not None
    with pytest.raises(StorageError):
        await sweeps.read_sets(record(sets=("group-users-g",)))
    assert await sweeps.read_sets(record(id=LAST_NAME, sets=("group-users-g",)))


async def test_sets_that_cannot_be_read_are_an_error_that_names_the_blob(
    sweeps: BlobSweeps, blobs: Blobs
) -> None:
    await blobs.write(f"sweeps/{NAME}/sets.msgpack", b"no sets")
    with pytest.raises(StorageError, match=r"sets\.msgpack' cannot be read"):
        await sweeps.read_sets(record(sets=("group-users-g",)))


def test_a_header_longer_than_one_chunk_is_read_whole() -> None:
    cursor = "https://graph/?$skiptoken=" + "x" * 200_000
    page = lines(1, DevicePage([pc(str(n)) for n in range(50)], cursor))
    assert header_of("a page", BytesIO(compressed(page))).next == cursor


def test_page_numbers_are_read_off_names_on_any_system() -> None:
    assert page_number(page_name(NAME, 42)) == 42
    assert page_number("C:\\Temp\\pages\\000042.jsonl.zst") == 42
