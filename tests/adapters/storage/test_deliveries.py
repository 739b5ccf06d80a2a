"""Records of deliveries, on a real Azurite."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.adapters.storage.blobs import Blobs
from shared.adapters.storage.deliveries import BlobDeliveries
from shared.domain.delivery import Attempt, Delivery
from shared.errors import ConflictError, StorageError

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PENDING = Delivery("d1", "teams", "pending", NOON)
FAILED = Delivery(
    "d1", "mail", "failed", NOON, (Attempt(NOON, "refused", 550),), wrong="Größe: zu groß"
)


@pytest.fixture
def deliveries(blobs: Blobs) -> BlobDeliveries:
    return BlobDeliveries(blobs)


async def test_before_anything_was_written_there_is_no_record(deliveries: BlobDeliveries) -> None:
    assert await deliveries.read("d1", "teams") == (None, None)
    assert await deliveries.failed_since(NOON) == []


async def test_each_digest_has_a_record_on_each_channel(deliveries: BlobDeliveries) -> None:
    first = await deliveries.write(PENDING, None)
    second = await deliveries.write(FAILED, None)
    assert await deliveries.read("d1", "teams") == (PENDING, first)
    assert await deliveries.read("d1", "mail") == (FAILED, second)
    assert await deliveries.read("d2", "teams") == (None, None)


async def test_of_two_who_write_at_once_the_second_is_told(deliveries: BlobDeliveries) -> None:
    first = await deliveries.write(PENDING, None)
    with pytest.raises(ConflictError):
        await deliveries.write(PENDING, None)
    await deliveries.write(PENDING, first)
    with pytest.raises(ConflictError):
        await deliveries.write(PENDING, first)


async def test_what_went_wrong_is_found_until_it_is_right_again(
    deliveries: BlobDeliveries,
) -> None:
    await deliveries.write(PENDING, None)
    etag = await deliveries.write(FAILED, None)
    written = datetime.now(UTC)
    assert await deliveries.failed_since(written - timedelta(hours=1)) == [FAILED]
    assert await deliveries.failed_since(written + timedelta(hours=1)) == []

    await deliveries.write(Delivery("d1", "mail", "sent", NOON), etag)
    assert await deliveries.failed_since(written - timedelta(hours=1)) == []


async def test_a_record_that_is_none_is_named(blobs: Blobs, deliveries: BlobDeliveries) -> None:
    await blobs.write("deliveries/d1/teams.json", b"{}")
    with pytest.raises(StorageError, match=r"deliveries/d1/teams\.json"):
        await deliveries.read("d1", "teams")
