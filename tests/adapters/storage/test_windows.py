"""The window in which changes are gathered, on a real Azurite."""

from datetime import UTC, datetime

import pytest

from shared.adapters.storage.blobs import Blobs
from shared.adapters.storage.windows import WINDOW, BlobWindows
from shared.domain.window import Window
from shared.errors import ConflictError, StorageError

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def windows(blobs: Blobs) -> BlobWindows:
    return BlobWindows(blobs)


async def test_before_the_first_change_none_was_ever_open(windows: BlobWindows) -> None:
    assert await windows.read() == (Window(), None)


async def test_a_window_is_read_back_as_it_was_written(windows: BlobWindows) -> None:
    await windows.write(Window(until=NOON), None)
    window, etag = await windows.read()
    assert window == Window(until=NOON)
    await windows.write(Window(closed=NOON), etag)
    assert (await windows.read())[0] == Window(closed=NOON)


async def test_of_two_who_write_at_once_the_second_is_told(windows: BlobWindows) -> None:
    await windows.write(Window(until=NOON), None)
    _, etag = await windows.read()
    await windows.write(Window(closed=NOON), etag)
    for late in (None, etag):
        with pytest.raises(ConflictError):
            await windows.write(Window(until=NOON), late)


async def test_a_window_that_cannot_be_read_is_an_error_that_names_it(
    windows: BlobWindows, blobs: Blobs
) -> None:
    await blobs.write(WINDOW, b"[]")
    with pytest.raises(StorageError, match=r"window\.json' cannot be read"):
        await windows.read()
