"""Send one digest to one channel, and keep account of it."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct, structs

from shared.domain.addresses import without_addresses
from shared.domain.attempts import (
    LONGEST_TRY,
    begun,
    ended,
    has_died,
    held_until,
    pause,
    settled,
    waits_until,
)
from shared.domain.digest import Digest, DigestKind, DigestView
from shared.domain.outgoing import Outgoing, Receipt
from shared.domain.quiet import URGENT, awake_at
from shared.domain.routes import Channel, Routes
from shared.errors import (
    ConflictError,
    DeliveryError,
    DeliveryThrottledError,
    DeliveryUnavailableError,
    DeliveryUnknownError,
    ReadinessError,
    SettingsError,
)
from shared.messages import (
    DIGESTS,
    MAX_DEQUEUE_COUNT,
    NOTIFICATIONS,
    ComposeDigests,
    SendNotification,
)
from shared.ports import Deliveries, Notifier, Queue
from shared.report.render.links import Links
from shared.use_cases.delivery_records import Held, Records, refusal
from shared.use_cases.render import most_lines, render

log = logging.getLogger(__name__)

BY_LINES: frozenset[DigestKind] = frozenset({"sweep", "changes"})
"""What has nothing to say to a channel that none of its lines are for."""

SendOutcome: TypeAlias = Literal["sent", "skipped", "nothing_to_say", "put_off", "dropped"]


class Digests(Protocol):
    """The digests there are to send."""

    async def digest(self, id: str) -> Digest | None:
        """Read a digest; None when there is none."""
        ...

    async def view(self, id: str, routes: Routes, channel: str, most: int) -> DigestView:
        """Read a digest as a channel is to see it, with at most so many lines."""
        ...


async def send_notification(
    message: SendNotification,
    attempt: int,
    now: datetime,
    *,
    routes: Routes,
    routes_problem: str | None,
    telling: Digests,
    deliveries: Deliveries,
    queue: Queue,
    notifier_of: Callable[[Channel], Notifier],
    links: Links,
) -> SendOutcome:
    """Do what is next for one digest on one channel; `attempt` counts from 1 as the queue does.

    With a `routes_problem` these are not the routes that were meant, and may lack the channel.
    However often a message is repeated, wherever a process dies: the digest is sent once, and once
    more only where a record says that nobody knows whether it has arrived. As long as it is not
    settled there is a message on the queue. Raises DeliveryRefusedError, at every attempt, for one
    that cannot be delivered, so that it ends in the poison queue; and other errors for the queue to
    try again. After the last attempt operations are told.
    """
    delivering = _Delivering(
        message,
        now,
        routes,
        routes_problem,
        telling,
        Records(deliveries, message.digest, message.channel, now),
        queue,
        notifier_of,
        links,
    )
    try:
        return await delivering.go_on()
    except Exception as error:
        if attempt >= MAX_DEQUEUE_COUNT:
            await delivering.give_up(error)
        raise


class _Delivering(Struct, frozen=True):
    """One look at one digest on one channel."""

    message: SendNotification
    now: datetime
    routes: Routes
    routes_problem: str | None
    telling: Digests
    records: Records
    queue: Queue
    notifier_of: Callable[[Channel], Notifier]
    links: Links

    async def go_on(self) -> SendOutcome:
        try:
            return await self._next(await self.records.read())
        except ConflictError:
            # Somebody else is at it. Should they die, this message looks after it.
            return await self._put_off(self.now + LONGEST_TRY)

    async def give_up(self, error: Exception) -> None:
        """Let operations know of a message that is on its way to the poison queue."""
        held = await self.records.read()
        if held.delivery.state not in ("sent", "failed"):
            doubt = "; it may have arrived" if held.delivery.state == "sending" else ""
            said = str(error) if isinstance(error, ReadinessError) else type(error).__name__
            wrong = f"{without_addresses(said)}{doubt}; see the log, and replay the message"
            failed = settled(held.delivery, "failed", "gave up", self.now, wrong=wrong)
            await self.records.write(failed, held.etag)
        await self._have_it_told()

    async def _next(self, held: Held) -> SendOutcome:
        if held.delivery.state == "sent":
            return "skipped"
        channel = next((c for c in self.routes.channels if c.name == self.message.channel), None)
        digest = await self.telling.digest(self.message.digest)
        if digest is None:
            return await self._drop(held, "no such digest")
        if channel is None and self.routes_problem is None:
            return await self._drop(held, "no such channel")
        if held.delivery.state == "failed":
            raise refusal(held.delivery)
        if has_died(held.delivery, self.now):
            held = await self.records.in_doubt(held)
        until = max(
            waits_until(held.delivery, self.now),
            _awake(channel, digest, self.now),
            held_until(await self.records.before(held.delivery), self.now),
        )
        if until > self.now:
            return await self._put_off(until)
        if channel is None:
            return await self._later(
                Held(begun(held.delivery, self.now), held.etag),
                "no such channel",
                DeliveryUnavailableError(
                    f"the channel {self.message.channel} is not there while the routes cannot be"
                    " used as they are: put them right"
                ),
            )
        return await self._send(held, digest, channel)

    async def _send(self, held: Held, digest: Digest, channel: Channel) -> SendOutcome:
        view = await self.telling.view(digest.id, self.routes, channel.name, most_lines(channel))
        if has_nothing_to_say(view):
            settled_ = settled(held.delivery, "sent", "nothing to say", self.now)
            await self.records.write(settled_, held.etag)
            return "nothing_to_say"
        message = render(view, channel, self.links)
        begun_ = begun(held.delivery, self.now)
        try:
            notifier = self.notifier_of(channel)
        except SettingsError as lacking:
            error = lacking
        else:
            return await self._try(
                await self.records.write(begun_, held.etag), notifier, message, channel
            )
        raise await self.records.failed(Held(begun_, held.etag), "refused", error)

    async def _try(
        self, held: Held, notifier: Notifier, message: Outgoing, channel: Channel
    ) -> SendOutcome:
        answer = await _answer(notifier, message)
        match answer:
            case Receipt():
                return await self._accepted(held, answer, channel)
            case DeliveryThrottledError():
                return await self._later(held, "throttled", answer, answer.retry_after)
            case DeliveryUnavailableError():
                return await self._later(held, "unavailable", answer)
            case DeliveryUnknownError():
                held = await self.records.in_doubt(held, answer)
                return await self._put_off(waits_until(held.delivery, self.now))
        raise await self.records.failed(held, "refused", answer)

    async def _accepted(self, held: Held, receipt: Receipt, channel: Channel) -> SendOutcome:
        outcome, wrong = "sent", None
        if refused := len(receipt.refused):
            missed = f"{refused} of {len(channel.to)} recipients"
            outcome = f"sent, but for {missed}"
            wrong = (
                f"the mail server refused {missed} for good, and took the mail for the others:"
                " correct the recipients in the routes file"
            )
        await self.records.keep(
            ended(held.delivery, "sent", outcome, status=receipt.status, wrong=wrong), held.etag
        )
        log.info("Digest %s was sent to %s.", held.delivery.digest, held.delivery.channel)
        if wrong is not None:
            log.warning("%s: %s", held.delivery.channel, wrong)
            await self._have_it_told()
        return "sent"

    async def _later(
        self, held: Held, outcome: str, error: DeliveryError, asked: float = 0
    ) -> SendOutcome:
        tries = self.message.tries + 1
        wait = pause(tries, timedelta(seconds=asked))
        if wait is None:
            raise await self.records.failed(held, outcome, error)
        until = self.now + wait
        waiting = ended(held.delivery, "pending", outcome, status=error.status, not_before=until)
        await self.records.write(waiting, held.etag)
        log.warning("Digest %s is put off: %s", waiting.digest, without_addresses(str(error)))
        return await self._put_off(until, tries)

    async def _drop(self, held: Held, lacking: str) -> SendOutcome:
        delivery = held.delivery
        if delivery.state != "failed":
            await self.records.write(settled(delivery, "failed", lacking, self.now), held.etag)
        log.warning("Digest %s is not sent to %s: %s.", delivery.digest, delivery.channel, lacking)
        return "dropped"

    async def _put_off(self, until: datetime, tries: int | None = None) -> SendOutcome:
        message = self.message
        later = structs.replace(message, tries=message.tries if tries is None else tries)
        wait = (until - self.now).total_seconds()
        await self.queue.send(NOTIFICATIONS, later, delay=wait)
        log.info("Digest %s waits %.0f s for %s.", message.digest, wait, message.channel)
        return "put_off"

    async def _have_it_told(self) -> None:
        delivery = f"digest {self.message.digest} on {self.message.channel}"
        await self.queue.send(DIGESTS, ComposeDigests(f"something is wrong with {delivery}"))


async def _answer(notifier: Notifier, message: Outgoing) -> Receipt | DeliveryError:
    """Send, and return errors too: one that is raised anew must not bring the first one along."""
    try:
        return await notifier.send(message)
    except DeliveryError as error:
        return error


def _awake(channel: Channel | None, digest: Digest, now: datetime) -> datetime:
    if channel is None or digest.kind in URGENT:
        return now
    return awake_at(channel.quiet, channel.time_zone, now)


def has_nothing_to_say(view: DigestView) -> bool:
    """Tell whether a digest is made of lines, and none of them is for this channel."""
    digest = view.digest
    others = digest.storm or digest.tenant or digest.notices
    return digest.kind in BY_LINES and bool(digest.groups) and not (view.groups or others)
