"""From when on a channel may be disturbed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.domain.digest import DigestKind
from shared.domain.routes import QuietHours

URGENT: frozenset[DigestKind] = frozenset({"operations", "test"})
"""What is sent in quiet hours too, and waits for no other digest."""


def awake_at(quiet: QuietHours | None, time_zone: str, now: datetime) -> datetime:
    """Return the moment, in UTC and not before `now`, from which a channel may be disturbed.

    Quiet is what the clock on the wall says: from `begin` on, until before `end`; never where the
    two are equal. An end that the clock skips when it is put forward is as much later as it is put
    forward; of an hour that comes twice, both are quiet.
    """
    moment = now.astimezone(UTC)
    if quiet is None:
        return moment
    zone = ZoneInfo(time_zone)
    while _is_quiet(quiet, moment, zone):
        moment = _next_end(quiet, moment, zone)
    return moment


def _is_quiet(quiet: QuietHours, moment: datetime, zone: ZoneInfo) -> bool:
    wall = moment.astimezone(zone).time()
    if quiet.begin <= quiet.end:
        return quiet.begin <= wall < quiet.end
    return wall >= quiet.begin or wall < quiet.end


def _next_end(quiet: QuietHours, moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the first end after a moment that is quiet."""
    today = moment.astimezone(zone).date()
    ends = (
        datetime.combine(day, quiet.end, zone).replace(fold=fold).astimezone(UTC)
        for day in (today, today + timedelta(days=1))
        for fold in (0, 1)
    )
    return next(end for end in ends if end > moment)
