"""Reads the times that Graph writes."""

from datetime import UTC, datetime


def read_time(text: object) -> datetime | None:
    """Read a time in UTC, which one without a zone is in, too; None where it is no time."""
    try:
        time = datetime.fromisoformat(str(text))
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def write_time(time: datetime) -> str:
    """Write a time for a filter: in UTC, and down to the second, so that `gt` loses nothing."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
