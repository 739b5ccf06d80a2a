"""The overlay of a snapshot on a real Azurite."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.adapters.storage import overlay as module
from shared.adapters.storage.blobs import Blobs
from shared.adapters.storage.overlay import BlobOverlay, Shown, entry_name
from shared.domain.guid_index import NIL
from shared.domain.history import History
from shared.domain.known_device import KnownDevice
from shared.errors import ConflictError, StorageError
from tests.adapters.storage.known_devices import RAISED, TOO_OLD, WELL, known
from tests.world import LAST_NAME, NAME

STRANGE_IDS = ["a/b", "..", "100%", "ä #?", "x\\y", "a b", "%2F"]


@pytest.fixture
def overlay(blobs: Blobs) -> BlobOverlay:
    return BlobOverlay(blobs)


async def stored(overlay: BlobOverlay, *devices: KnownDevice, sweep: str = NAME) -> None:
    await asyncio.gather(*(overlay.write(sweep, device, None) for device in devices))


def ids(devices: list[KnownDevice]) -> list[str]:
    return sorted(device.record.id for device in devices)


async def test_an_entry_is_read_back_as_it_was_written(overlay: BlobOverlay) -> None:
    full = known("a", TOO_OLD, gone=True, succeeded_by="b", transitions=(RAISED,), name="Zoë 💻")
    bare = known("b", history=History(), name=None, entra_id=None, serial=None, last_sync=None)
    etags = [await overlay.write(NAME, device, None) for device in (full, bare)]

    assert await overlay.read(NAME, ["a", "nobody", "b", "a"]) == {
        "a": (full, etags[0]),
        "b": (bare, etags[1]),
    }
    assert await overlay.read(LAST_NAME, ["a"]) == {}
    assert await overlay.changed(NAME, None) == [full, bare]


async def test_an_id_may_hold_anything(overlay: BlobOverlay) -> None:
    await stored(overlay, *(known(id) for id in STRANGE_IDS))
    assert set(await overlay.read(NAME, STRANGE_IDS)) == set(STRANGE_IDS)
    assert {shown.id for shown in await overlay.shown(NAME)} == set(STRANGE_IDS)
    await overlay.remove(NAME)
    assert await overlay.shown(NAME) == []


async def test_an_entry_is_stored_only_if_it_still_is_as_it_was_read(overlay: BlobOverlay) -> None:
    first = await overlay.write(NAME, known("a"), None)
    with pytest.raises(ConflictError):
        await overlay.write(NAME, known("a", TOO_OLD), None)
    second = await overlay.write(NAME, known("a", TOO_OLD), first)
    with pytest.raises(ConflictError):
        await overlay.write(NAME, known("a"), first)
    assert await overlay.read(NAME, ["a"]) == {"a": (known("a", TOO_OLD), second)}


async def test_of_two_who_write_at_once_one_is_told_to_read_again(overlay: BlobOverlay) -> None:
    answers = await asyncio.gather(
        *(overlay.write(NAME, known("a", name=name), None) for name in ("one", "two")),
        return_exceptions=True,
    )
    assert {type(answer) for answer in answers} == {str, ConflictError}


async def test_entries_are_found_by_entra_id_and_serial_gone_ones_too(
    overlay: BlobOverlay,
) -> None:
    await stored(
        overlay,
        known("a", entra_id="E-1", serial="S-1"),
        known("b", entra_id="e-1", serial=None, gone=True),
        known("c", entra_id="E-2", serial=" s-1 "),
        known("d", entra_id="E-3", serial="S-3"),
        known("e", entra_id=NIL, serial="Default string"),
    )
    assert ids(list(await overlay.alike(NAME, ["E-1"], []))) == ["a", "b"]
    assert ids(list(await overlay.alike(NAME, [], ["S-1"]))) == ["a", "c"]
    assert ids(list(await overlay.alike(NAME, ["e-3"], ["s-1"]))) == ["a", "c", "d"]
    assert await overlay.alike(NAME, ["S-1"], ["E-1"]) == []
    assert await overlay.alike(NAME, [NIL, ""], ["Default string", "0"]) == []


async def test_an_entry_that_is_no_longer_alike_when_it_is_read_is_left_out(
    overlay: BlobOverlay, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    etag = await overlay.write(NAME, known("a", serial="S-1"), None)
    listed = await blobs.list("snapshots/")
    await overlay.write(NAME, known("a", serial="S-2"), etag)

    async def as_it_was(_prefix: str) -> object:
        return listed

    monkeypatch.setattr(blobs, "list", as_it_was)
    assert await overlay.alike(NAME, [], ["S-1"]) == []


async def test_entries_are_not_listed_for_what_names_no_device(
    overlay: BlobOverlay, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blobs, "list", None)
    assert await overlay.alike(NAME, [NIL], ["none"]) == []


async def test_names_longer_than_metadata_may_be_are_cut_in_the_listing_alone(
    overlay: BlobOverlay,
) -> None:
    long: dict[str, Any] = {
        "name": "💻" * 1000,
        "entra_id": "ä" * 999 + "1",
        "serial": "Öl42" * 250,
    }
    await stored(overlay, known("a", **long), known("b", name="PC"))
    [shown, _] = await overlay.shown(NAME)
    assert shown.name == "💻" * module.LONGEST_SHOWN
    [found] = await overlay.alike(NAME, [], [long["serial"]])
    assert found.record.name == long["name"]


async def test_the_listing_shows_names_in_any_script_without_reading(
    overlay: BlobOverlay,
) -> None:
    await stored(
        overlay,
        known("a", name="Zoë 💻", entra_id="E", serial="Default string"),
        known("b", name=None, entra_id="", serial=None, gone=True),
    )
    assert await overlay.shown(NAME) == [
        Shown("a", "Zoë 💻", "E", "Default string"),
        Shown("b", None, None, None, gone=True),
    ]


async def test_only_entries_written_since_are_read(
    overlay: BlobOverlay, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stored(overlay, *(known(id) for id in "abc"))
    listed = await blobs.list("snapshots/")
    tick = datetime(2026, 11, 22, 10, 0, 7, tzinfo=UTC)
    for blob, seconds in zip(listed, (-1, 0, 1), strict=True):
        blob.last_modified = tick + timedelta(seconds=seconds)

    async def at_those_times(_prefix: str) -> object:
        return listed

    monkeypatch.setattr(blobs, "list", at_those_times)
    assert ids(await overlay.changed(NAME, tick)) == ["b", "c"]
    assert ids(await overlay.changed(NAME, tick + timedelta(microseconds=999_999))) == ["b", "c"]
    assert ids(await overlay.changed(NAME, tick + timedelta(seconds=1))) == ["c"]
    assert ids(await overlay.changed(NAME, None)) == ["a", "b", "c"]


async def test_a_large_overlay_is_read_whole_and_shares_equal_assessments(
    overlay: BlobOverlay,
) -> None:
    await stored(overlay, *(known(f"{n:03}", (WELL, TOO_OLD)[n % 2]) for n in range(100)))
    read = await overlay.changed(NAME, None)
    assert [device.record.id for device in read] == [f"{n:03}" for n in range(100)]
    assert len({id(device.assessment) for device in read}) == 2


async def test_entries_belong_to_one_snapshot_and_go_with_it(overlay: BlobOverlay) -> None:
    await stored(overlay, known("a"), known("b"))
    await stored(overlay, known("a", TOO_OLD), sweep=LAST_NAME)
    await overlay.remove(NAME)
    await overlay.remove(NAME)
    assert await overlay.changed(NAME, None) == []
    assert ids(await overlay.changed(LAST_NAME, None)) == ["a"]


@pytest.mark.parametrize("damaged", [b"", b"{", b'{"record": {"id": 7}}'])
async def test_a_damaged_entry_is_an_error_that_names_it(
    overlay: BlobOverlay, blobs: Blobs, damaged: bytes
) -> None:
    await blobs.write(entry_name(NAME, "a"), damaged)
    with pytest.raises(StorageError, match=r"overlay/a\.json' does not hold a device"):
        await overlay.read(NAME, ["a"])
    with pytest.raises(StorageError, match=r"overlay/a\.json' does not hold a device"):
        await overlay.changed(NAME, None)
