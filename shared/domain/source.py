"""Where a fact was read."""

from datetime import date

from msgspec import Struct


class Source(Struct, frozen=True):
    """Where a fact was read, and the date it carried there."""

    title: str
    dated: date
    url: str = ""
