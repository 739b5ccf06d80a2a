"""When changes may be made: some hours of some days of the week."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from msgspec import Struct

from shared.domain.time_zones import is_time_zone

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EXAMPLE = "Mon-Fri 09:00-17:00 Europe/Amsterdam"
MIDNIGHT = time()

_CLOCK = r"([01][0-9]|2[0-3]):([0-5][0-9])|(24:00)"
_FORM = re.compile(r"(?P<days>\S+)\s+(?P<begin>[0-9:]+)-(?P<end>[0-9:]+)(?:\s+(?P<zone>\S+))?")


class ChangeWindow(Struct, frozen=True):
    """From `begin` to before `end` on `days` (0 is Monday), by the clock of a time zone.

    Where `end` is not after `begin`, it is that of the day after.
    """

    days: frozenset[int]
    begin: time
    end: time
    time_zone: str


def read_window(text: str) -> ChangeWindow:
    """Read a window such as `Mon-Fri 09:00-17:00 Europe/Amsterdam`; without a zone it is in UTC.

    Days are single ones and ranges, with commas in between. A window over midnight counts to the
    day that it begins on, and 24:00 is the end of a day. Raises ValueError saying what is wrong.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"must be days, hours and perhaps a time zone, such as {EXAMPLE}")
    zone = match["zone"] or "UTC"
    if not is_time_zone(zone):
        raise ValueError(f"names the time zone {zone!r}, which is not known")
    begin, end = _clock(match["begin"]), _clock(match["end"])
    if match["begin"] == match["end"] or match["begin"] == "24:00":
        raise ValueError("must end after it begins; a whole day is 00:00-24:00")
    return ChangeWindow(frozenset(_days(match["days"])), begin, end, zone)


def is_open(window: ChangeWindow, now: datetime) -> bool:
    """Tell whether the clock on the wall stands within the window.

    Of an hour that comes twice, when clocks are put back, both count.
    """
    there = now.astimezone(UTC).astimezone(ZoneInfo(window.time_zone))
    wall, today = there.time(), there.weekday()
    if window.begin < window.end:
        return today in window.days and window.begin <= wall < window.end
    began_today = today in window.days and wall >= window.begin
    began_yesterday = (today - 1) % len(DAYS) in window.days and wall < window.end
    return began_today or began_yesterday


def shown(window: ChangeWindow) -> str:
    """Write a window so that `read_window` reads it."""
    end = "24:00" if window.end == MIDNIGHT else f"{window.end:%H:%M}"
    days = ",".join(_runs(sorted(window.days)))
    return f"{days} {window.begin:%H:%M}-{end} {window.time_zone}"


def _clock(text: str) -> time:
    match = re.fullmatch(_CLOCK, text)
    if match is None:
        raise ValueError(f"has the time {text!r}, which must be from 00:00 to 24:00")
    return MIDNIGHT if match[3] else time(int(match[1]), int(match[2]))


def _days(text: str) -> Iterator[int]:
    for part in text.split(","):
        first, dash, last = part.partition("-")
        begin = _day(first)
        yield begin
        if dash:
            end = _day(last)
            yield from ((begin + n) % len(DAYS) for n in range(1, (end - begin) % len(DAYS) + 1))


def _day(text: str) -> int:
    if text.capitalize() not in DAYS:
        raise ValueError(f"has the day {text!r}, which must be one of {', '.join(DAYS)}")
    return DAYS.index(text.capitalize())


def _runs(days: list[int]) -> Iterator[str]:
    """Write three days in a row, or more, as a range."""
    while days:
        length = next((n for n, day in enumerate(days) if day != days[0] + n), len(days))
        if length > 2:
            yield f"{DAYS[days[0]]}-{DAYS[days[length - 1]]}"
        else:
            yield from (DAYS[day] for day in days[:length])
        days = days[length:]
