"""Moments as filters write them, against properties that Graph keeps in whole seconds."""

from datetime import UTC, datetime, timedelta


def read_moment(text: str) -> datetime | None:
    """Read a moment into UTC, None where the text is no moment."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def floored(text: str) -> str | None:
    """Return the second in which a moment lies, None where the text is no moment."""
    moment = read_moment(text)
    return None if moment is None else in_seconds(moment)


def ceiled(text: str) -> str | None:
    """Return the first second that is not before a moment, None where the text is no moment."""
    moment = read_moment(text)
    if moment is None:
        return None
    return in_seconds(moment + timedelta(seconds=1) if moment.microsecond else moment)


def in_seconds(moment: datetime) -> str:
    """Return a moment in UTC as Graph writes it."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
