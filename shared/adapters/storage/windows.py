"""The window in which changes are gathered, as one small blob."""

import msgspec

from shared.adapters.storage.blobs import Blobs
from shared.domain.window import Window
from shared.errors import StorageError

WINDOW = "told/window.json"


class BlobWindows:
    """Implements the Windows port over told/window.json."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    async def read(self) -> tuple[Window, str | None]:
        """Read the window and its ETag; one that was never opened, and None, at first."""
        blob = await self._blobs.read(WINDOW)
        if blob is None:
            return Window(), None
        try:
            return msgspec.json.decode(blob.content, type=Window), blob.etag
        except msgspec.DecodeError as error:
            raise StorageError(f"blob {WINDOW!r} cannot be read: {error}") from error

    async def write(self, window: Window, etag: str | None) -> None:
        """Write the window if nobody has since. Raises ConflictError."""
        content = msgspec.json.encode(window)
        await self._blobs.write(WINDOW, content, if_match=etag, if_absent=etag is None)
