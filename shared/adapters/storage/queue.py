"""Queue messages, sent as the Functions host expects to find them."""

from math import ceil

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.queue import TextBase64EncodePolicy
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from shared.errors import StorageError
from shared.messages import Message, encode

LONGEST_DELAY = 7 * 24 * 3600
"""Azure's limit on a message's initial invisibility, in seconds."""


class StorageQueue:
    """Sends messages as base64 text, the host's default encoding, which host.json states too.

    The SDK is used rather than an output binding, which would split a JSON array into several
    messages (facts/platform.md, Queues).
    """

    def __init__(self, service: QueueServiceClient) -> None:
        self._service = service
        self._queues: dict[str, QueueClient] = {}

    async def send(self, queue: str, message: Message, delay: float = 0) -> None:
        """Send one message; the queue is created when it is not there yet."""
        client = self._queue(queue)
        text = encode(message)
        wait = min(ceil(delay), LONGEST_DELAY)
        try:
            try:
                await client.send_message(text, visibility_timeout=wait)
            except ResourceNotFoundError:
                await self._create(client)
                await client.send_message(text, visibility_timeout=wait)
        except AzureError as error:
            raise StorageError(
                f"a message could not be sent to queue {queue!r}: {error.message}"
            ) from error

    def _queue(self, name: str) -> QueueClient:
        if name not in self._queues:
            self._queues[name] = self._service.get_queue_client(
                name, message_encode_policy=TextBase64EncodePolicy()
            )
        return self._queues[name]

    @staticmethod
    async def _create(client: QueueClient) -> None:
        try:
            await client.create_queue()
        except ResourceExistsError:
            # Another sender created it in the meantime, which is all that was wanted.
            return
