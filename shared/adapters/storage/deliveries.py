"""What became of each digest on each channel, a small record each."""

from datetime import datetime

import msgspec

from shared.adapters.storage.blobs import Blobs
from shared.domain.delivery import Delivery
from shared.errors import StorageError

DELIVERIES = "deliveries/"


class BlobDeliveries:
    """Implements the Deliveries port over the blobs under deliveries/.

    Their metadata says which of them tell of something wrong, so that no others need be read.
    """

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    async def read(self, digest: str, channel: str) -> tuple[Delivery | None, str | None]:
        """Read a record and its ETag; None, None when there is none."""
        name = _name(digest, channel)
        blob = await self._blobs.read(name)
        return (_decoded(name, blob.content), blob.etag) if blob else (None, None)

    async def write(self, delivery: Delivery, etag: str | None) -> str:
        """Write a record if nobody has since, and return its ETag. Raises ConflictError."""
        return await self._blobs.write(
            _name(delivery.digest, delivery.channel),
            msgspec.json.encode(delivery),
            if_match=etag,
            if_absent=etag is None,
            metadata={"wrong": "no" if delivery.wrong is None else "yes"},
        )

    async def failed_since(self, since: datetime) -> list[Delivery]:
        """Read the records, written since then, that say what went `wrong`; in order of digests."""
        names = [
            blob.name
            for blob in await self._blobs.list(DELIVERIES)
            if (blob.metadata or {}).get("wrong") == "yes" and blob.last_modified >= since
        ]
        return [_decoded(name, blob.content) async for name, blob in self._blobs.read_many(names)]


def _name(digest: str, channel: str) -> str:
    return f"{DELIVERIES}{digest}/{channel}.json"


def _decoded(name: str, content: bytes) -> Delivery:
    try:
        return msgspec.json.decode(content, type=Delivery)
    except msgspec.DecodeError as error:
        raise StorageError(f"blob {name!r} does not hold a delivery: {error}") from error
