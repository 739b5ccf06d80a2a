from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from azure.storage.blob.aio import BlobServiceClient, ContainerClient

from shared.adapters.storage.account import blob_client
from shared.adapters.storage.blobs import Blobs


@pytest.fixture
async def service(storage: str) -> AsyncIterator[BlobServiceClient]:
    """The blob service of the shared Azurite."""
    async with blob_client(storage, None, None) as opened:
        yield opened


@pytest.fixture
async def container(service: BlobServiceClient) -> ContainerClient:
    """A container of this test's own, which does not exist yet."""
    return service.get_container_client(f"test-{uuid4()}")


@pytest.fixture
async def blobs(service: BlobServiceClient, container: ContainerClient) -> Blobs:
    """Our blobs in that container."""
    return Blobs(service, container.container_name)
