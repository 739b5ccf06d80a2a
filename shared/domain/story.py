"""One device's story: who it is, how it stands, and since when."""

from datetime import datetime

from msgspec import Struct

from shared.domain.assessment import Assessment


class OpenBlocker(Struct, frozen=True):
    """A blocker that stands open, and its dates in UTC.

    `first_seen` is the first time ever, `since` the last time it was raised or reopened. A `held`
    blocker was open when its rule last could decide, which it could not this time.
    """

    capability: str
    reason: str
    first_seen: datetime
    since: datetime
    held: bool


class Story(Struct, frozen=True):
    """What the current snapshot knows of one device."""

    id: str
    name: str | None
    entra_id: str | None
    user_name: str | None
    serial: str | None
    manufacturer: str | None
    model: str | None
    os_version: str | None
    enrolled: datetime | None
    last_sync: datetime | None
    assessment: Assessment
    open: tuple[OpenBlocker, ...]
