"""Where a timer's last run is kept: the blob in which the real host keeps it too."""

import contextlib
from datetime import UTC, datetime

import msgspec
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob.aio import BlobServiceClient
from msgspec import Struct

from local.host.settings import RETRY

CONTAINER = "azure-webjobs-hosts"
NEVER = datetime.min.replace(tzinfo=UTC)
"""The last run of a timer that has not run yet."""


class TimerStatus(Struct, frozen=True, rename="pascal"):
    """When a timer ran last, when it runs next, and when that was written down."""

    last: datetime
    next: datetime
    last_updated: datetime


class TimerStatuses:
    """The timers' blobs in the account of AzureWebJobsStorage; `host_id` tells apps apart."""

    def __init__(self, connection: str, host_id: str) -> None:
        self._blobs = BlobServiceClient.from_connection_string(connection, **RETRY)
        self._folder = f"timers/{host_id}"

    async def read(self, function: str) -> TimerStatus | None:
        """Read the status of a timer, None if there is none. Raises DecodeError when malformed."""
        try:
            blob = await self._blobs.get_blob_client(
                CONTAINER, self._path(function)
            ).download_blob()
            return msgspec.json.decode(await blob.readall(), type=TimerStatus)
        except ResourceNotFoundError:
            return None

    async def write(self, function: str, status: TimerStatus) -> None:
        """Write the status of a timer, making the container if it is not there yet."""
        blob = self._blobs.get_blob_client(CONTAINER, self._path(function))
        text = msgspec.json.encode(status)
        try:
            await blob.upload_blob(text, overwrite=True)
        except ResourceNotFoundError:
            with contextlib.suppress(ResourceExistsError):
                await self._blobs.create_container(CONTAINER)
            await blob.upload_blob(text, overwrite=True)

    async def close(self) -> None:
        """Close the client."""
        await self._blobs.close()

    def _path(self, function: str) -> str:
        return f"{self._folder}/Host.Functions.{function}/status"
