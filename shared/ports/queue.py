"""The app's queues, and what was given up on them."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from shared.messages import Message


class GivenUp(Struct, frozen=True):
    """A message that failed too often: its body as it was sent, and since when it is here."""

    id: str
    text: str
    since: datetime


class PoisonCounts(Protocol):
    """How many messages were given up."""

    async def counts(self) -> Mapping[str, int]:
        """Count the messages given up, by queue; about, as storage counts them."""
        ...


class Poison(PoisonCounts, Protocol):
    """Messages that were given up, by the queue that they came from."""

    async def list(self, queue: str) -> Sequence[GivenUp]:
        """Read the oldest messages given up, as many as storage shows at once."""
        ...

    def taking(self, queue: str, id: str) -> AbstractAsyncContextManager[GivenUp]:
        """Hold a message, which is removed if the block ends well. Raises InputError for none."""
        ...

    async def send_back(self, queue: str, text: str) -> None:
        """Put a body on the queue that it came from."""
        ...


class Queue(Protocol):
    """The app's queues."""

    async def send(self, queue: str, message: Message, delay: float = 0) -> None:
        """Send one message, visible after `delay` seconds (at most seven days)."""
        ...
