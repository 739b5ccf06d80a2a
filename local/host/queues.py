"""The queues of the app: their clients, their text encoding, and sending."""

import contextlib
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.functions.meta import Datum
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from local.host.settings import RETRY, connection_string, expand
from shared.errors import MessageError

POISON = "-poison"


class Queues:
    """Clients by connection and name, made on first use; messages travel as host.json says."""

    def __init__(self, settings: Mapping[str, str], *, base64: bool) -> None:
        self._settings = settings
        self._base64 = base64
        self._accounts: dict[str, QueueServiceClient] = {}

    def named(self, binding: Mapping[str, Any], function: str, suffix: str = "") -> QueueClient:
        """Give the client of a binding's queue. Raises SettingsError naming a missing setting."""
        connection = connection_string(binding, self._settings, function)
        name = expand(binding["queueName"], self._settings, function).lower() + suffix
        if connection not in self._accounts:
            self._accounts[connection] = QueueServiceClient.from_connection_string(
                connection, **RETRY
            )
        return self._accounts[connection].get_queue_client(name)

    def decode(self, text: str) -> str:
        """Read the body of a message as a string. Raises MessageError when it is not base64."""
        if not self._base64:
            return text
        try:
            return b64decode(text, validate=True).decode(errors="replace")
        except ValueError as error:
            raise MessageError(
                "the message is not base64, which messageEncoding in host.json asks for;"
                " encode it when sending"
            ) from error

    def encode(self, body: str | bytes) -> str:
        """Write a body as the text that goes into the message."""
        raw = body.encode() if isinstance(body, str) else body
        return b64encode(raw).decode() if self._base64 else raw.decode()

    async def deliver(self, binding: Mapping[str, Any], output: Datum, function: str) -> None:
        """Send what a queue output binding was given; a JSON array is several messages."""
        queue = self.named(binding, function)
        for body in _bodies(output):
            await send(queue, self.encode(body))

    async def close(self) -> None:
        """Close every client."""
        for account in self._accounts.values():
            await account.close()
        self._accounts.clear()


async def send(queue: QueueClient, text: str) -> None:
    """Put encoded text on a queue, making the queue if it is not there yet."""
    try:
        await queue.send_message(text)
    except ResourceNotFoundError:
        with contextlib.suppress(ResourceExistsError):
            await queue.create_queue()
        await queue.send_message(text)


def _bodies(output: Datum) -> list[str | bytes]:
    """Split an output into messages as the real host does, text that looks like an array too."""
    if output.type == "bytes":
        return [output.value]
    text: str = output.value
    if output.type == "string" and not text.lstrip().startswith("["):
        return [text]
    try:
        value = json.loads(text)
    except ValueError:
        return [text]
    items = value if isinstance(value, list) else [value]
    return [item if isinstance(item, str) else _object_body(item) for item in items]


def _object_body(item: object) -> str:
    """Give the body of one JSON item: that of a func.QueueMessage, or the item itself."""
    if isinstance(item, dict) and item.keys() == {"id", "body"}:
        return str(item["body"])
    return json.dumps(item)
