"""How far people have been told, on a real Azurite."""

from datetime import timedelta
from pathlib import Path

import pytest

from shared.adapters.storage.blobs import Blobs
from shared.adapters.storage.known import SnapshotCopy
from shared.adapters.storage.overlay import BlobOverlay
from shared.adapters.storage.telling import STATE, BlobTelling
from shared.domain.known_device import KnownDevice
from shared.domain.sweep import Pointer
from shared.domain.telling import HeldStorm, TellingState, Terms, told_name
from shared.errors import ConflictError, StorageError
from tests.adapters.storage.known_devices import write_devices
from tests.adapters.storage.tellings import (
    BUILD,
    NOW,
    SEVERITIES,
    Key,
    blocked,
    blocker,
    key,
    pc,
    told_rows,
    write_told,
)
from tests.world import NAME, NIGHT

POINTER = Pointer(NAME, NIGHT)


class Copies:
    """A snapshot of these devices, whatever sweep is asked of."""

    def __init__(self, *devices: KnownDevice) -> None:
        self.devices = devices

    async def copy_of(self, sweep: str) -> SnapshotCopy:
        copy = SnapshotCopy(sweep)
        write_devices(copy.devices, self.devices)
        return copy


@pytest.fixture
def telling(blobs: Blobs) -> BlobTelling:
    return BlobTelling(blobs, Copies(pc("a", blocker()), pc("b", blocker())), SEVERITIES)


async def stored(telling: BlobTelling, state: TellingState, *keys: Key, folder: Path) -> None:
    """Store what was told, under the name that the state has for it."""
    assert state.told is not None
    await telling.store_told(state.told, write_told(folder / "t.parquet", blocked(*keys)))


async def test_a_state_is_read_back_as_it_was_committed(telling: BlobTelling) -> None:
    assert await telling.state() == (None, None)
    state = TellingState(
        7,
        told=told_name(7, "x"),
        sweep=NAME,
        outbox=(("d1", "teams"), ("d1", "mail")),
        storm=HeldStorm(NAME, frozenset({BUILD}), 30, "d1"),
        tenant_told=("c1",),
        findings={"restore_setting_off": "The restore page is not shown"},
        notices={"sweep": "missed"},
        exemptions_announced=("e1",),
    )
    etag = await telling.commit(state, None)
    assert await telling.state() == (state, etag)


async def test_of_two_commits_on_one_state_only_the_first_is_kept(telling: BlobTelling) -> None:
    etag = await telling.commit(TellingState(1), None)
    with pytest.raises(ConflictError):
        await telling.commit(TellingState(1), None)
    await telling.commit(TellingState(2), etag)
    with pytest.raises(ConflictError):
        await telling.commit(TellingState(3), etag)
    assert (await telling.state())[0] == TellingState(2)


async def test_a_state_that_cannot_be_read_is_an_error_that_names_it(
    telling: BlobTelling, blobs: Blobs
) -> None:
    await blobs.write(STATE, b"[]")
    with pytest.raises(StorageError, match=r"state\.json' cannot be read"):
        await telling.state()


async def test_a_composition_compares_the_snapshot_its_overlay_and_what_was_told(
    telling: BlobTelling, blobs: Blobs, tmp_path: Path
) -> None:
    state = TellingState(1, told=told_name(1, "x"))
    await stored(telling, state, key("a"), folder=tmp_path)
    await BlobOverlay(blobs).write(NAME, pc("c", blocker(since=NOW)), None)
    async with telling.composing(state, POINTER, Terms(), (), NOW) as difference:
        folder = difference.told_file.parent
        assert [g.devices for g in await difference.groups(5)] == [2]
        await difference.write(NOW)
        assert set(told_rows(difference.told_file)) == {key("a"), key("b"), key("c")}
    assert not folder.exists()


async def test_before_anything_was_told_nothing_is_compared_with(telling: BlobTelling) -> None:
    async with telling.composing(None, POINTER, Terms(), (), NOW) as difference:
        await difference.told_everything()
        assert await difference.devices() == 2


async def test_a_file_that_has_gone_with_an_older_state_is_a_conflict(
    telling: BlobTelling,
) -> None:
    with pytest.raises(ConflictError, match="read the state again"):
        async with telling.composing(TellingState(1, "1-x"), POINTER, Terms(), (), NOW):
            pass


async def test_only_files_that_no_state_will_name_again_are_tidied_away(
    telling: BlobTelling, blobs: Blobs, tmp_path: Path
) -> None:
    names = [told_name(number, by) for number, by in ((8, "a"), (9, "a"), (9, "b"), (10, "a"))]
    file = write_told(tmp_path / "t.parquet", {})
    for name in names:
        await telling.store_told(name, file)
    state = TellingState(9, told=names[1])
    await telling.commit(state, None)
    await telling.tidy(state)
    left = [blob.name for blob in await blobs.list("told/")]
    assert left == [f"told/{names[1]}.parquet", f"told/{names[3]}.parquet", STATE]


async def test_a_second_composition_over_what_was_written_is_silent(
    telling: BlobTelling,
) -> None:
    async with telling.composing(None, POINTER, Terms(), (), NOW) as difference:
        await difference.told_everything()
        await difference.write(NOW)
        await telling.store_told("1", difference.told_file)
    state = TellingState(1, told="1")
    later = NOW + timedelta(days=2)
    async with telling.composing(state, POINTER, Terms(), (), later) as difference:
        assert await difference.devices() == 0
