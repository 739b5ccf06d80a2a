"""The files that people edit, in blob storage: exemptions, and routes."""

from shared.adapters.storage.blobs import Blobs
from shared.errors import InputError

EXEMPTIONS = "settings/exemptions.jsonl"
ROUTES = "settings/routes.toml"


class BlobSettingsFiles:
    """Implements the SettingsFiles port over the blobs under settings/."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    async def exemptions(self) -> tuple[str | None, str | None]:
        """Read the exemptions and their ETag; None, None when there is no such file."""
        return await self._read(EXEMPTIONS)

    async def write_exemptions(self, text: str, etag: str | None) -> str:
        """Write the exemptions if nobody has since, and return their ETag. Raises ConflictError."""
        return await self._write(EXEMPTIONS, text, etag)

    async def routes(self) -> tuple[str | None, str | None]:
        """Read the routes and their ETag; None, None when there is no such file."""
        return await self._read(ROUTES)

    async def write_routes(self, text: str, etag: str | None) -> str:
        """Write the routes if nobody has since, and return their ETag. Raises ConflictError."""
        return await self._write(ROUTES, text, etag)

    async def _read(self, name: str) -> tuple[str | None, str | None]:
        blob = await self._blobs.read(name)
        if blob is None:
            return None, None
        try:
            # Editors on Windows put a byte order mark in front.
            return blob.content.decode("utf-8-sig"), blob.etag
        except UnicodeDecodeError as error:
            raise InputError(f"blob {name!r} is not in UTF-8: upload it anew") from error

    async def _write(self, name: str, text: str, etag: str | None) -> str:
        content = text.encode()
        return await self._blobs.write(name, content, if_match=etag, if_absent=etag is None)
