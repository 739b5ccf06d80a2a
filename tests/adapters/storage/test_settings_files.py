"""The files that people edit, on a real Azurite."""

import pytest

from shared.adapters.storage.blobs import Blobs
from shared.adapters.storage.settings_files import EXEMPTIONS, ROUTES, BlobSettingsFiles
from shared.errors import ConflictError, InputError


@pytest.fixture
def files(blobs: Blobs) -> BlobSettingsFiles:
    return BlobSettingsFiles(blobs)


async def test_before_anybody_wrote_them_there_are_none(files: BlobSettingsFiles) -> None:
    assert await files.exemptions() == (None, None)
    assert await files.routes() == (None, None)


async def test_each_is_read_back_as_it_was_written(files: BlobSettingsFiles) -> None:
    first = await files.write_exemptions("Zoë\r\n", None)
    second = await files.write_routes("Ä", None)
    assert await files.exemptions() == ("Zoë\r\n", first)
    assert await files.routes() == ("Ä", second)


async def test_of_two_who_write_at_once_the_second_is_told(files: BlobSettingsFiles) -> None:
    first = await files.write_exemptions("1", None)
    with pytest.raises(ConflictError):
        await files.write_exemptions("lost", None)
    await files.write_exemptions("2", first)
    with pytest.raises(ConflictError):
        await files.write_exemptions("lost", first)
    assert (await files.exemptions())[0] == "2"


async def test_routes_too_are_written_under_the_same_condition(files: BlobSettingsFiles) -> None:
    first = await files.write_routes("1", None)
    await files.write_routes("2", first)
    for etag in (None, first):
        with pytest.raises(ConflictError):
            await files.write_routes("lost", etag)


async def test_a_byte_order_mark_is_no_part_of_the_text(
    files: BlobSettingsFiles, blobs: Blobs
) -> None:
    await blobs.write(ROUTES, "\ufeffdefault".encode())
    assert (await files.routes())[0] == "default"


async def test_what_is_no_utf_8_is_an_error_that_names_the_blob(
    files: BlobSettingsFiles, blobs: Blobs
) -> None:
    await blobs.write(EXEMPTIONS, b"Zo\xeb")
    with pytest.raises(InputError, match=f"'{EXEMPTIONS}' is not in UTF-8"):
        await files.exemptions()
