"""Channels, records and digests in memory, for tests of deliveries."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal, TypeAlias

from shared.domain.delivery import Delivery
from shared.domain.digest import Digest, DigestView
from shared.domain.outgoing import Outgoing, Receipt
from shared.domain.routes import Routes
from shared.errors import (
    ConflictError,
    DeliveryError,
    DeliveryRefusedError,
    DeliveryThrottledError,
    DeliveryUnavailableError,
    DeliveryUnknownError,
    StorageError,
)
from tests.fakes import Calls

Answer: TypeAlias = Literal["accepts", "throttles", "fails", "refuses", "cuts", "loses"]
"""What a channel does: `cuts` is an arrival without an answer, `loses` none, which looks alike."""

RETRY_AFTER = 90.0


class FakeDeliveries:
    """Records with an ETag each; `written_at` tells by whose clock they were written."""

    def __init__(self, calls: Calls, clock: Callable[[], datetime]) -> None:
        self._calls = calls
        self._clock = clock
        self._versions = 0
        self._stored: dict[tuple[str, str], tuple[Delivery, str, datetime]] = {}
        self.history: list[Delivery] = []
        """Every record that was ever written, in order."""

    async def read(self, digest: str, channel: str) -> tuple[Delivery | None, str | None]:
        await self._calls("deliveries.read")
        delivery, etag, _ = self._stored.get((digest, channel), (None, None, None))
        return delivery, etag

    async def write(self, delivery: Delivery, etag: str | None) -> str:
        await self._calls("deliveries.write")
        name = (delivery.digest, delivery.channel)
        _, current, _ = self._stored.get(name, (None, None, None))
        if etag != current:
            raise ConflictError(f"the delivery {name} has changed since")
        return self.put(delivery)

    async def failed_since(self, since: datetime) -> Sequence[Delivery]:
        await self._calls("deliveries.failed_since")
        stored = (self._stored[name] for name in sorted(self._stored))
        return [each for each, _, at in stored if each.wrong is not None and at >= since]

    def put(self, delivery: Delivery) -> str:
        """Write a record as somebody else would."""
        self._versions += 1
        etag = f"delivery-{self._versions}"
        self._stored[delivery.digest, delivery.channel] = (delivery, etag, self._clock())
        self.history.append(delivery)
        return etag

    def record(self, digest: str, channel: str) -> Delivery:
        """Look at a record that there is."""
        return self._stored[digest, channel][0]


class FakeNotifier:
    """Answers by a script, and accepts once that is at its end; it remembers what arrived."""

    def __init__(self, calls: Calls, *script: Answer) -> None:
        self._calls = calls
        self.script: list[Answer] = list(script)
        self.receipt = Receipt(202)
        self.says = "it answered no"
        self.arrived: list[Outgoing] = []

    async def send(self, message: Outgoing) -> Receipt:
        await self._calls("notifier.send")
        answer: Answer = self.script.pop(0) if self.script else "accepts"
        if answer in ("accepts", "cuts"):
            self.arrived.append(message)
        await self._calls("notifier.answers")
        if answer == "accepts":
            return self.receipt
        raise self._error(answer)

    def _error(self, answer: Answer) -> DeliveryError:
        match answer:
            case "throttles":
                return DeliveryThrottledError(self.says, retry_after=RETRY_AFTER, status=429)
            case "fails":
                return DeliveryUnavailableError(self.says, status=500)
            case "refuses":
                return DeliveryRefusedError(self.says, status=404)
        return DeliveryUnknownError(self.says)


class FakeDigests:
    """Digests as they are, and as every channel sees them."""

    def __init__(self, calls: Calls, *views: DigestView) -> None:
        self._calls = calls
        self.views = {view.digest.id: view for view in views}

    async def digest(self, id: str) -> Digest | None:
        await self._calls("telling.digest")
        return self.views[id].digest if id in self.views else None

    async def view(self, id: str, routes: Routes, channel: str, most: int) -> DigestView:
        await self._calls("telling.view")
        if id not in self.views:
            raise StorageError(f"digest {id!r} is missing")
        return self.views[id]
