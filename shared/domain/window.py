"""The time in which changes are gathered, so that people hear of them together."""

from datetime import datetime, timedelta

from msgspec import Struct

SOON = timedelta(minutes=1)
"""After a quiet time the first change waits so long for those that come with it."""

LOST = timedelta(minutes=5)
"""A window that nobody has closed so long after its end is taken for forgotten."""


class Window(Struct, frozen=True):
    """told/window.json. `until` is None while no window is open; `closed` is when the last was."""

    until: datetime | None = None
    closed: datetime | None = None

    def next_end(self, now: datetime, coalesce: timedelta) -> datetime | None:
        """Return when a window ends that is opened now; None while one is open.

        It ends soon, but `coalesce` after the last one was closed at the earliest.
        """
        if self.until is not None and now <= self.until + LOST:
            return None
        soon = now + SOON
        return soon if self.closed is None else max(soon, self.closed + coalesce)
