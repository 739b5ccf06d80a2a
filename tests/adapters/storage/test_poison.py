"""Messages that were given up, on a real Azurite."""

from base64 import b64encode
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from azure.storage.queue import TextBase64DecodePolicy
from azure.storage.queue.aio import QueueServiceClient

from shared.adapters.storage import poison as module
from shared.adapters.storage.account import queue_client
from shared.adapters.storage.poison import MOST_AT_ONCE, QueuePoison
from shared.errors import InputError, StorageError


@pytest.fixture
async def service(storage: str) -> AsyncIterator[QueueServiceClient]:
    async with queue_client(storage, None, None) as opened:
        yield opened


@pytest.fixture
def poison(service: QueueServiceClient) -> QueuePoison:
    return QueuePoison(service)


@pytest.fixture
async def queue(service: QueueServiceClient) -> str:
    """The name of a queue of this test's own, which is there, and has no poison queue yet."""
    name = f"test-{uuid4()}"
    await service.create_queue(name)
    return name


async def give_up(service: QueueServiceClient, queue: str, *bodies: str) -> list[str]:
    """Put bodies on the poison queue as the host does, and return their ids."""
    client = service.get_queue_client(f"{queue}-poison")
    if f"{queue}-poison" not in [each.name async for each in service.list_queues()]:
        await client.create_queue()
    sent = [await client.send_message(b64encode(body.encode()).decode()) for body in bodies]
    return [message.id for message in sent]


async def texts(poison: QueuePoison, queue: str) -> list[str]:
    return [each.text for each in await poison.list(queue)]


async def test_where_nothing_was_given_up_there_is_nothing(poison: QueuePoison, queue: str) -> None:
    assert await poison.list(queue) == []
    with pytest.raises(InputError, match="given up no message 'x'"):
        async with poison.taking(queue, "x"):
            pytest.fail("there is nothing to hold")


async def test_messages_are_listed_as_they_were_sent_and_stay(
    service: QueueServiceClient, poison: QueuePoison, queue: str
) -> None:
    ids = await give_up(service, queue, '{"why": "Größe"}', "two")
    for _ in range(2):
        listed = await poison.list(queue)
        assert [(each.id, each.text) for each in listed] == [
            (ids[0], '{"why": "Größe"}'),
            (ids[1], "two"),
        ]


async def test_what_is_not_base64_is_shown_as_it_stands(
    service: QueueServiceClient, poison: QueuePoison, queue: str
) -> None:
    await give_up(service, queue)
    await service.get_queue_client(f"{queue}-poison").send_message("by hand!")
    assert await texts(poison, queue) == ["by hand!"]


async def test_a_message_that_is_taken_goes_and_the_others_are_back_at_once(
    service: QueueServiceClient, poison: QueuePoison, queue: str
) -> None:
    ids = await give_up(service, queue, "one", "two", "three")
    async with poison.taking(queue, ids[1]) as taken:
        assert taken.text == "two"
        assert "two" not in await texts(poison, queue)
    assert sorted(await texts(poison, queue)) == ["one", "three"]


async def test_a_message_stays_when_the_block_ends_badly(
    service: QueueServiceClient, poison: QueuePoison, queue: str
) -> None:
    [id] = await give_up(service, queue, "one")
    with pytest.raises(ZeroDivisionError):
        async with poison.taking(queue, id):
            raise ZeroDivisionError
    assert await texts(poison, queue) == ["one"]


async def test_a_message_behind_many_others_is_found(
    service: QueueServiceClient, poison: QueuePoison, queue: str
) -> None:
    ids = await give_up(service, queue, *map(str, range(MOST_AT_ONCE + 2)))
    async with poison.taking(queue, ids[-1]) as taken:
        assert taken.text == str(MOST_AT_ONCE + 1)
    assert len(await texts(poison, queue)) == MOST_AT_ONCE


async def test_what_is_sent_back_arrives_as_the_host_expects_it(
    service: QueueServiceClient, poison: QueuePoison, queue: str
) -> None:
    await poison.send_back(queue, '{"why": "Größe"}')
    origin = service.get_queue_client(queue, message_decode_policy=TextBase64DecodePolicy())
    assert [each.content async for each in origin.receive_messages()] == ['{"why": "Größe"}']


async def test_every_queue_is_counted(
    service: QueueServiceClient,
    poison: QueuePoison,
    queue: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await give_up(service, queue, "one", "two")
    monkeypatch.setattr(module, "QUEUES", (queue, f"{queue}-b"))
    assert await poison.counts() == {queue: 2, f"{queue}-b": 0}


async def test_a_failure_names_the_queue(poison: QueuePoison) -> None:
    with pytest.raises(StorageError, match="'Not A Queue' could not be used"):
        await poison.list("Not A Queue")
