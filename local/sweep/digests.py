"""Waiting for what a sweep has people told, until nothing more comes of it by itself."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from local.sweep.programs import Host
from shared.domain.delivery import Delivery
from shared.domain.digest import Digest
from shared.domain.quiet import URGENT, awake_at
from shared.domain.routes import Channel
from shared.messages import DIGESTS
from shared.ports import Deliveries, Poison, Telling

EVERY = 0.5
SOON = timedelta(minutes=1)
"""What is put off for longer is not waited for."""


class Fate(Struct, frozen=True):
    """What became of a digest on one channel; `until` is when it is looked at again, if it is."""

    delivery: Delivery
    until: datetime | None = None

    def __str__(self) -> str:
        delivery = self.delivery
        if delivery.state == "failed":
            return f"{delivery.channel}: failed, {delivery.wrong}"
        last = delivery.attempts[-1] if delivery.attempts else None
        parts = (
            last and last.outcome,
            last and last.status and f"it answered {last.status}",
            self.until and f"put off until {self.until:%Y-%m-%d %H:%M} UTC",
        )
        return f"{delivery.channel}: {', '.join(str(part) for part in parts if part)}"


async def composed(sweep: str, host: Host, telling: Telling, poison: Poison) -> bool:
    """Wait until all that is to be told of a sweep is on its way; False when that was given up.

    The message is on the queue, so a host that dies is started again and takes it up.
    """
    given_up = (await poison.counts())[DIGESTS]
    while True:
        state, _ = await telling.state()
        if state is not None and state.sweep == sweep and not state.outbox:
            return True
        if (await poison.counts())[DIGESTS] > given_up:
            return False
        await _pause(host)


async def delivered(
    digest: Digest, channels: Sequence[Channel], host: Host, deliveries: Deliveries
) -> Sequence[Fate]:
    """Wait until a digest is sent, failed or put off on every channel that it goes to."""
    while True:
        now = datetime.now(UTC)
        records = [(c, (await deliveries.read(digest.id, c.name))[0]) for c in channels]
        fates = [_fate(digest, record, c, now) for c, record in records if record is not None]
        if all(_is_over(fate, now) for fate in fates):
            return fates
        await _pause(host)


def _fate(digest: Digest, delivery: Delivery, channel: Channel, now: datetime) -> Fate:
    if delivery.state in ("sent", "failed"):
        return Fate(delivery)
    awake = now if digest.kind in URGENT else awake_at(channel.quiet, channel.time_zone, now)
    return Fate(delivery, max(awake, delivery.not_before or now))


def _is_over(fate: Fate, now: datetime) -> bool:
    return fate.until is None or fate.until > now + SOON


async def _pause(host: Host) -> None:
    if not host.running:
        host.start()
    await asyncio.sleep(EVERY)
