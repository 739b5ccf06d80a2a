"""One blob container with the few operations this product stands on."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.storage.blob import BlobProperties
from azure.storage.blob.aio import BlobLeaseClient, BlobServiceClient, ContainerClient
from msgspec import Struct

from shared.errors import ConflictError, LeaseHeldError, StorageError

LEASE_SECONDS = 60
LEASE_POLL_SECONDS = 2
MOST_IN_A_BATCH = 256
"""Azure's limit on the blobs that one request deletes."""
READS_AT_ONCE = 32

ACCEPTED, NOT_FOUND = 202, 404


class Blob(Struct, frozen=True):
    """A blob's content and the ETag it had."""

    content: bytes
    etag: str


class Blobs:
    """Reads, conditional writes, listing and leases in one container, created when missing.

    Every method raises StorageError naming the blob when storage fails.
    """

    def __init__(self, service: BlobServiceClient, container: str) -> None:
        self._container: ContainerClient = service.get_container_client(container)

    async def read(self, name: str) -> Blob | None:
        """Read a blob whole; None when there is none."""
        with _told(name):
            try:
                stream = await self._container.download_blob(name)
                return Blob(await stream.readall(), stream.properties.etag or "")
            except ResourceNotFoundError:
                return None

    async def read_many(self, names: Iterable[str]) -> AsyncIterator[tuple[str, Blob]]:
        """Read blobs in the order of their names as given, some at a time; absent ones are skipped.

        Few are held in memory at once, however many there are.
        """
        left = iter(names)
        while some := tuple(islice(left, READS_AT_ONCE)):
            for name, blob in zip(some, await asyncio.gather(*map(self.read, some)), strict=True):
                if blob is not None:
                    yield name, blob

    async def write(
        self,
        name: str,
        content: bytes,
        *,
        if_match: str | None = None,
        if_absent: bool = False,
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """Write a blob and return its ETag.

        Raises ConflictError when `if_match` no longer is its ETag, or `if_absent` and it exists.
        """
        conditions: dict[str, Any] = {"overwrite": not if_absent}
        if if_match is not None:
            conditions |= {"etag": if_match, "match_condition": MatchConditions.IfNotModified}
        if metadata is not None:
            conditions["metadata"] = dict(metadata)
        with _told(name):
            try:
                return await self._upload(name, content, conditions)
            except (ResourceModifiedError, ResourceExistsError) as error:
                raise ConflictError(
                    f"blob {name!r} was written by somebody else meanwhile: read it again"
                ) from error

    async def exists(self, name: str) -> bool:
        """Tell whether there is such a blob."""
        with _told(name):
            return await self._container.get_blob_client(name).exists()

    async def list(self, prefix: str) -> list[BlobProperties]:
        """List the blobs under a prefix, in name order, with their metadata."""
        with _told(prefix):
            try:
                found = self._container.list_blobs(name_starts_with=prefix, include=["metadata"])
                return [blob async for blob in found]
            except ResourceNotFoundError:
                return []

    async def delete(self, names: Iterable[str]) -> None:
        """Delete blobs; those already gone are no error."""
        left = list(names)
        while some := left[:MOST_IN_A_BATCH]:
            left = left[MOST_IN_A_BATCH:]
            with _told(some[0]):
                try:
                    answers = await self._container.delete_blobs(*some, raise_on_any_failure=False)
                    async for answer in answers:
                        if answer.status_code not in (ACCEPTED, NOT_FOUND):
                            answer.raise_for_status()
                except ResourceNotFoundError:
                    return

    async def download(self, name: str, path: Path) -> bool:
        """Copy a blob into a file; False when there is no such blob."""
        with _told(name):
            try:
                stream = await self._container.download_blob(name)
            except ResourceNotFoundError:
                return False
            with path.open("wb") as file:
                async for chunk in stream.chunks():
                    file.write(chunk)
            return True

    async def upload(self, name: str, path: Path) -> None:
        """Copy a file into a blob, replacing what is there."""
        with _told(name), path.open("rb") as file:
            await self._upload(name, file, {"overwrite": True})

    @asynccontextmanager
    async def lease(self, name: str, *, patience: float) -> AsyncIterator[None]:
        """Hold a lease on a blob while the block runs; the blob is made when it is missing.

        A holder that died lets go within a minute. Raises LeaseHeldError when another one still
        holds it after `patience` seconds.
        """
        with suppress(ConflictError):
            await self.write(name, b"", if_absent=True)
        held = await self._acquired(name, patience)
        keeper = asyncio.create_task(_kept(held))
        try:
            yield
        finally:
            keeper.cancel()
            with suppress(asyncio.CancelledError):
                await keeper
            with suppress(AzureError):
                await held.release()

    async def _upload(
        self, name: str, content: bytes | BinaryIO, conditions: dict[str, Any]
    ) -> str:
        blob = self._container.get_blob_client(name)
        try:
            written = await blob.upload_blob(content, **conditions)
        except ResourceNotFoundError:
            with suppress(ResourceExistsError):
                await self._container.create_container()
            if not isinstance(content, bytes):
                content.seek(0)
            written = await blob.upload_blob(content, **conditions)
        return str(written["etag"])

    async def _acquired(self, name: str, patience: float) -> BlobLeaseClient:
        blob = self._container.get_blob_client(name)
        left = patience
        while True:
            with _told(name):
                try:
                    return await blob.acquire_lease(lease_duration=LEASE_SECONDS)
                except (ResourceExistsError, ResourceModifiedError) as error:
                    if left <= 0:
                        raise LeaseHeldError(f"another run holds the lease on {name!r}") from error
            await asyncio.sleep(min(LEASE_POLL_SECONDS, left))
            left -= LEASE_POLL_SECONDS


async def _kept(lease: BlobLeaseClient) -> None:
    while True:
        await asyncio.sleep(LEASE_SECONDS / 3)
        with suppress(AzureError):
            # A renewal that fails is made up for by the next one, as long as nobody else came.
            await lease.renew()


@contextmanager
def _told(name: str) -> Iterator[None]:
    try:
        yield
    except AzureError as error:
        raise StorageError(f"blob storage failed on {name!r}: {error.message}") from error
