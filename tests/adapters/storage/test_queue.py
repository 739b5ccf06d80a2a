"""Messages on a real Azurite, as the Functions host finds them."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from azure.storage.queue import TextBase64DecodePolicy
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from shared.adapters.storage import queue as module
from shared.adapters.storage.account import queue_client
from shared.adapters.storage.queue import StorageQueue
from shared.errors import StorageError
from shared.messages import FinishSweep, ReadPage, decode


@pytest.fixture
async def service(storage: str) -> AsyncIterator[QueueServiceClient]:
    async with queue_client(storage, None, None) as opened:
        yield opened


@pytest.fixture
async def received(service: QueueServiceClient) -> AsyncIterator[QueueClient]:
    """A queue of this test's own, not made yet, read with the host's decoding."""
    name = f"test-{uuid4()}"
    policy = TextBase64DecodePolicy()
    async with service.get_queue_client(name, message_decode_policy=policy) as client:
        yield client


async def texts(received: QueueClient) -> list[str]:
    return [message.content async for message in received.receive_messages()]


async def test_a_message_arrives_as_base64_text_in_a_queue_made_for_it(
    service: QueueServiceClient, received: QueueClient
) -> None:
    message = ReadPage("20261122T020000Z", 3, "https://graph/?$skiptoken=ä%20💻", waited=1.5)
    await StorageQueue(service).send(received.queue_name, message)

    [text] = await texts(received)
    assert decode(text, ReadPage) == message


async def test_one_send_is_one_message_and_all_of_them_arrive(
    service: QueueServiceClient, received: QueueClient
) -> None:
    queue = StorageQueue(service)
    for pages in range(3):
        await queue.send(received.queue_name, FinishSweep("s", pages))
    assert sorted(decode(t, FinishSweep).pages for t in await texts(received)) == [0, 1, 2]


async def test_delayed_messages_are_there_and_not_to_be_seen_yet(
    service: QueueServiceClient, received: QueueClient
) -> None:
    for pages in (1, 2):
        await StorageQueue(service).send(received.queue_name, FinishSweep("s", pages), delay=600)
    assert await texts(received) == []
    properties = await received.get_queue_properties()
    assert properties.approximate_message_count == 2


async def test_a_message_never_arrives_before_its_delay_has_passed(
    service: QueueServiceClient, received: QueueClient
) -> None:
    await StorageQueue(service).send(received.queue_name, FinishSweep("s", 1), delay=0.3)
    assert await texts(received) == []


async def test_a_delay_longer_than_azure_allows_is_cut_to_the_longest(
    service: QueueServiceClient, received: QueueClient
) -> None:
    await StorageQueue(service).send(received.queue_name, FinishSweep("s", 1), delay=1e9)
    assert await texts(received) == []
    assert module.LONGEST_DELAY == 604_800


async def test_many_who_find_no_queue_all_have_their_message_sent(
    service: QueueServiceClient, received: QueueClient
) -> None:
    senders = [StorageQueue(service) for _ in range(6)]
    await asyncio.gather(*(q.send(received.queue_name, FinishSweep("s", 1)) for q in senders))
    properties = await received.get_queue_properties()
    assert properties.approximate_message_count == 6


async def test_a_failure_names_the_queue(service: QueueServiceClient) -> None:
    with pytest.raises(StorageError, match="could not be sent to queue 'Not A Queue'"):
        await StorageQueue(service).send("Not A Queue", FinishSweep("s", 1))
