"""Messages that the host gave up on: it moves them to a queue of the same name with -poison."""

from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.queue import QueueMessage, TextBase64EncodePolicy
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from shared.errors import InputError, StorageError
from shared.messages import QUEUES
from shared.ports import GivenUp

SUFFIX = "-poison"
MOST_AT_ONCE = 32
"""Azure's limit on the messages that one request reads."""

HELD_SECONDS = 60
"""How long messages that are held stay out of sight if this process dies."""


class QueuePoison:
    """Implements the Poison port over the poison queues; one that is not there is empty."""

    def __init__(self, service: QueueServiceClient) -> None:
        self._service = service

    async def counts(self) -> dict[str, int]:
        """Count the messages given up, by queue, zeros included; about, as storage counts them."""
        return {queue: await self._count(queue) for queue in QUEUES}

    async def list(self, queue: str) -> list[GivenUp]:
        """Read the oldest messages given up, at most 32, without touching them."""
        with _told(queue):
            try:
                found = await self._poison(queue).peek_messages(max_messages=MOST_AT_ONCE)
            except ResourceNotFoundError:
                return []
            return [_given_up(message) for message in found]

    @asynccontextmanager
    async def taking(self, queue: str, id: str) -> AsyncIterator[GivenUp]:
        """Hold a message, which is removed if the block ends well, and is back at once otherwise.

        Raises InputError when it is not there, or somebody else holds it.
        """
        poison = self._poison(queue)
        held: dict[str, QueueMessage] = {}
        try:
            with _told(queue):
                await _hold(poison, id, held)
            if id not in held:
                raise InputError(
                    f"queue {queue!r} has given up no message {id!r}: `poison list` shows them all"
                )
            yield _given_up(held[id])
            with _told(queue):
                await poison.delete_message(held.pop(id))
        finally:
            with _told(queue):
                for message in held.values():
                    await poison.update_message(message, visibility_timeout=0)

    async def send_back(self, queue: str, text: str) -> None:
        """Put a body on the queue that it came from, encoded as the host expects it."""
        policy = TextBase64EncodePolicy()
        origin = self._service.get_queue_client(queue, message_encode_policy=policy)
        with _told(queue):
            await origin.send_message(text)

    async def _count(self, queue: str) -> int:
        with _told(queue):
            try:
                properties = await self._poison(queue).get_queue_properties()
            except ResourceNotFoundError:
                return 0
            return properties.approximate_message_count or 0

    def _poison(self, queue: str) -> QueueClient:
        return self._service.get_queue_client(queue + SUFFIX)


async def _hold(poison: QueueClient, id: str, held: dict[str, QueueMessage]) -> None:
    """Take messages out of sight until the one that is wanted is among them, or all are."""
    pages = poison.receive_messages(
        messages_per_page=MOST_AT_ONCE, visibility_timeout=HELD_SECONDS
    ).by_page()
    try:
        async for page in pages:
            held |= {message.id: message async for message in page}
            if id in held:
                return
    except ResourceNotFoundError:
        return


def _given_up(message: QueueMessage) -> GivenUp:
    assert message.inserted_on is not None  # noqa: S101
    return GivenUp(message.id, _body(message.content), message.inserted_on)


def _body(content: str) -> str:
    """Decode a body as the host encoded it; what a stranger put there is shown as it stands."""
    try:
        return b64decode(content, validate=True).decode()
    except ValueError:
        return content


@contextmanager
def _told(queue: str) -> Iterator[None]:
    try:
        yield
    except AzureError as error:
        raise StorageError(
            f"the poison queue of {queue!r} could not be used: {error.message}"
        ) from error
