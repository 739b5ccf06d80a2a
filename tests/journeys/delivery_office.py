"""Real channels, records and digests, and a queue whose clock need not be waited for."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from ssl import SSLContext
from uuid import uuid4

import httpx

from shared.adapters.notify.address import WebhookAddress, post_client
from shared.adapters.notify.pace import Pace
from shared.adapters.notify.signing import SigningKey
from shared.adapters.notify.smtp_mail import SmtpMailNotifier
from shared.adapters.notify.teams import MOST_A_SECOND, TeamsNotifier
from shared.adapters.notify.webhook import WebhookNotifier
from shared.adapters.storage.account import blob_client
from shared.adapters.storage.blobs import Blobs
from shared.adapters.storage.deliveries import BlobDeliveries
from shared.adapters.storage.digests import BlobDigests
from shared.domain.delivery import Delivery
from shared.domain.digest import Line
from shared.domain.outgoing import Outgoing, Receipt
from shared.domain.routes import Channel, Routes
from shared.errors import DeliveryRefusedError
from shared.messages import MAX_DEQUEUE_COUNT, SendNotification
from shared.ports import Notifier
from shared.report.render.links import Links
from shared.use_cases.send_notification import send_notification
from tests.adapters.notify.mail_server import PASSWORD, USER, MailServer
from tests.adapters.notify.receiver import Receiver
from tests.adapters.storage.tellings import write_lines
from tests.fakes import Calls, FakeQueue
from tests.report.render.digests import line, view

MARK = "s3cr3t-mark"
KEY = f"{MARK}-of-at-least-24-bytes"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LINES = (line(), line(device="d2", name="حاسوب"))
DIGEST = view(LINES).digest
TEAMS = Channel("teams", "teams", secret="TEAMS_WEBHOOK_URL")
EVENTS = Channel("events", "webhook", secret="WEBHOOK_URL", signing_key="WEBHOOK_KEY")
MAIL = Channel(
    "mail", "smtp_mail", to=("ada@contoso.com", "bob@contoso.com"), sender="readiness@contoso.com"
)
CHANNELS = (TEAMS, EVENTS, MAIL)
ROUTES = Routes(CHANNELS, default=tuple(channel.name for channel in CHANNELS))


class Prompted:
    """A notifier before whose every try something happens elsewhere."""

    def __init__(self, notifier: Notifier, prompts: list[Callable[[], None]]) -> None:
        self._notifier = notifier
        self._prompts = prompts

    async def send(self, message: Outgoing) -> Receipt:
        if self._prompts:
            self._prompts.pop(0)()
        return await self._notifier.send(message)


class Office:
    """Handles what is on the queue, one message after the other, each when its time has come."""

    def __init__(self, blobs: Blobs, receiver: Receiver, http: httpx.AsyncClient) -> None:
        self.deliveries = BlobDeliveries(blobs)
        self.now = NOON
        self.times: list[datetime] = []
        """When each message was handled."""
        self.poison: list[SendNotification] = []
        self.prompts: dict[Channel, list[Callable[[], None]]] = {each: [] for each in CHANNELS}
        """What happens before each try on a channel."""
        self._digests = BlobDigests(blobs)
        self._queue = FakeQueue(Calls())
        self._receiver = receiver
        self._http = http
        self._mail: Notifier | None = None

    async def store(self, folder: Path, lines: Sequence[Line] = LINES) -> None:
        """Store the digest and its lines."""
        await self._digests.store(DIGEST, write_lines(folder / "lines.parquet", lines))

    def mail_by(self, server: MailServer, trust: SSLContext) -> None:
        """Send mail by this server."""
        self._mail = SmtpMailNotifier(
            MAIL.name,
            "127.0.0.1",
            port=server.port,
            user=USER,
            password=PASSWORD,
            tls=trust,
            timeout=0.3,
        )

    async def deliver(self, *channels: Channel) -> None:
        """Put a message for each channel on the queue, and settle all that comes of it."""
        waiting = [(self.now, SendNotification(DIGEST.id, each.name), 1) for each in channels]
        while waiting:
            waiting.sort(key=lambda each: each[0])
            due, message, attempt = waiting.pop(0)
            self.now = max(self.now, due)
            try:
                await self.handle(message, attempt)
            except DeliveryRefusedError:
                if attempt == MAX_DEQUEUE_COUNT:
                    self.poison.append(message)
                else:
                    waiting.append((self.now, message, attempt + 1))
            waiting += [
                (self.now + timedelta(seconds=sent.delay), sent.message, 1)
                for sent in self._queue.sent
                if isinstance(sent.message, SendNotification)
            ]
            self._queue.sent.clear()

    async def handle(self, message: SendNotification, attempt: int) -> None:
        """Handle one message now."""
        self.times.append(self.now)
        await send_notification(
            message,
            attempt,
            self.now,
            routes=ROUTES,
            routes_problem=None,
            telling=self._digests,
            deliveries=self.deliveries,
            queue=self._queue,
            notifier_of=self._notifier_of,
            links=Links(),
        )

    async def record(self, channel: Channel) -> Delivery:
        """Read what became of the digest on a channel."""
        found, _ = await self.deliveries.read(DIGEST.id, channel.name)
        assert found is not None
        return found

    async def outcomes(self, channel: Channel) -> list[str]:
        """Read how each try on a channel ended."""
        return [attempt.outcome for attempt in (await self.record(channel)).attempts]

    def _notifier_of(self, channel: Channel) -> Prompted:
        return Prompted(self._real_notifier_of(channel), self.prompts[channel])

    def _real_notifier_of(self, channel: Channel) -> Notifier:
        if channel is MAIL:
            assert self._mail is not None
            return self._mail
        url = f"{self._receiver.url}/{MARK}/{channel.name}?sig={MARK}"
        address = WebhookAddress(channel.name, url, self._http)
        if channel is TEAMS:
            return TeamsNotifier(address, Pace(MOST_A_SECOND, sleep=_at_once))
        return WebhookNotifier(address, SigningKey(channel.name, KEY))


@asynccontextmanager
async def office(storage: str, receiver: Receiver) -> AsyncIterator[Office]:
    """Open an office over a container of its own."""
    async with blob_client(storage, None, None) as service, post_client(0.2) as http:
        yield Office(Blobs(service, f"test-{uuid4()}"), receiver, http)


async def _at_once(_: float) -> None:
    return
