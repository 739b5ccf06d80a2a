"""What became of one digest on one channel."""

from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from msgspec import Struct

UNKNOWN_WINDOW = timedelta(minutes=15)
"""How long a message of unknown outcome is left alone before it is sent once more."""

DeliveryState: TypeAlias = Literal["pending", "sending", "sent", "unknown", "failed"]


class Attempt(Struct, frozen=True):
    """One try: when, and how it ended, in a word or two without addresses."""

    at: datetime
    outcome: str
    status: int | None = None


class Delivery(Struct, frozen=True):
    """deliveries/{digest}/{channel}.json.

    `sending` is written before anything leaves, so that a process that dies meanwhile leaves an
    unknown outcome behind and not a blind repetition. `after` is the digest that goes to this
    channel before it, None for those that wait for no other.
    """

    digest: str
    channel: str
    state: DeliveryState
    created: datetime
    attempts: tuple[Attempt, ...] = ()
    not_before: datetime | None = None
    wrong: str | None = None
    """Why it failed, or did not reach every recipient, and what to do; without addresses."""
    after: str | None = None
