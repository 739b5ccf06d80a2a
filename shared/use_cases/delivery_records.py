"""The record of one delivery, as it is read and written while the digest is on its way."""

import logging
from contextlib import suppress
from datetime import datetime

from msgspec import Struct, structs

from shared.domain.addresses import without_addresses
from shared.domain.attempts import MOST_UNKNOWN, ended, in_doubt, may_have_arrived
from shared.domain.delivery import Delivery
from shared.errors import (
    ConflictError,
    DeliveryError,
    DeliveryRefusedError,
    DeliveryUnknownError,
    SettingsError,
)
from shared.ports import Deliveries

log = logging.getLogger(__name__)

TRIES = 5


class Held(Struct, frozen=True):
    """A record, and the ETag under which it may be replaced."""

    delivery: Delivery
    etag: str | None


class Records(Struct, frozen=True):
    """The record of one digest on one channel; writing raises ConflictError when overtaken."""

    deliveries: Deliveries
    digest: str
    channel: str
    now: datetime

    async def read(self) -> Held:
        """Read the record; where none was written yet, it begins here."""
        delivery, etag = await self.deliveries.read(self.digest, self.channel)
        return Held(delivery or Delivery(self.digest, self.channel, "pending", self.now), etag)

    async def before(self, delivery: Delivery) -> Delivery | None:
        """Read the record of the digest that goes to the same channel before; None without one."""
        if delivery.after is None:
            return None
        found, _ = await self.deliveries.read(delivery.after, self.channel)
        return found

    async def write(self, delivery: Delivery, etag: str | None) -> Held:
        """Write the record in place of the one that had this ETag."""
        return Held(delivery, await self.deliveries.write(delivery, etag))

    async def keep(self, sent: Delivery, etag: str | None) -> None:
        """Record that a message was accepted, whatever others have recorded meanwhile."""
        for _ in range(TRIES):
            with suppress(ConflictError):
                await self.write(sent, etag)
                return
            other, etag = await self.deliveries.read(sent.digest, sent.channel)
            if other is not None:
                attempts = tuple(dict.fromkeys((*other.attempts, sent.attempts[-1])))
                sent = structs.replace(sent, attempts=attempts)
        raise ConflictError(f"the delivery of {sent.digest} to {sent.channel} changes all the time")

    async def in_doubt(self, held: Held, error: DeliveryError | None = None) -> Held:
        """Record that nobody knows whether a try has arrived. Raises after too many of them."""
        doubtful = in_doubt(held.delivery, error.status if error else None)
        said = without_addresses(str(error or "the try did not come to its end"))
        if may_have_arrived(doubtful) >= MOST_UNKNOWN:
            unanswered = DeliveryUnknownError(
                f"it was sent {MOST_UNKNOWN} times, and each may have arrived (at last: {said});"
                " look there before it is sent again",
                status=error.status if error else None,
            )
            raise await self.failed(held, "unknown", unanswered)
        log.warning(
            "Digest %s is sent to %s once more after %s, unless it is told to have arrived: %s",
            doubtful.digest,
            doubtful.channel,
            doubtful.not_before,
            said,
        )
        return await self.write(doubtful, held.etag)

    async def failed(
        self, held: Held, outcome: str, error: DeliveryError | SettingsError
    ) -> DeliveryRefusedError:
        """Record that a delivery is given up, and return what is to be raised."""
        status = error.status if isinstance(error, DeliveryError) else None
        wrong = without_addresses(str(error))
        failed = ended(held.delivery, "failed", outcome, status=status, wrong=wrong)
        await self.write(failed, held.etag)
        return refusal(failed)


def refusal(delivery: Delivery) -> DeliveryRefusedError:
    """Return what is raised for a delivery that was given up."""
    return DeliveryRefusedError(
        f"digest {delivery.digest} could not be delivered to {delivery.channel}: {delivery.wrong};"
        " once that is put right, replay the message",
        status=delivery.attempts[-1].status,
    )
