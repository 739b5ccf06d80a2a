"""The storage account's clients, by connection string or by identity."""

from typing import TYPE_CHECKING, TypedDict

from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential


class _Retry(TypedDict):
    initial_backoff: int
    increment_base: int
    retry_total: int


RETRY: _Retry = {"initial_backoff": 1, "increment_base": 2, "retry_total": 4}
"""The SDK's default first wait is about 15 s (facts/platform.md, Azurite, 2026-11-22)."""


def blob_client(
    connection: str | None, url: str | None, credential: "AsyncTokenCredential | None"
) -> BlobServiceClient:
    """Open the blob service; a connection string wins over an identity."""
    if connection:
        return BlobServiceClient.from_connection_string(connection, **RETRY)
    return BlobServiceClient(url or "", credential=credential, **RETRY)


def queue_client(
    connection: str | None, url: str | None, credential: "AsyncTokenCredential | None"
) -> QueueServiceClient:
    """Open the queue service; a connection string wins over an identity."""
    if connection:
        return QueueServiceClient.from_connection_string(connection, **RETRY)
    return QueueServiceClient(url or "", credential=credential, **RETRY)
