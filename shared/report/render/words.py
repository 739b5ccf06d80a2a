"""Counts, spans, times and capabilities in words, the same in every format."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared.domain.rule import CAPABILITIES, Capability

DOES: dict[Capability, str] = {
    "backup": "back up",
    "restore": "restore",
    "first_sign_in_restore": "restore at first sign-in",
}
NAMES: dict[Capability, str] = {
    "backup": "Backup",
    "restore": "Restore during setup",
    "first_sign_in_restore": "Restore at first sign-in",
}


def counted(number: int, noun: str) -> str:
    """Say how many, such as `1 device` or `1,200 devices`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def sentence(text: str) -> str:
    """Begin a text with a capital letter."""
    return text[:1].upper() + text[1:]


def listed(words: Sequence[str], last: str = "and") -> str:
    """Join words as a sentence does: `a`, `a and b`, `a, b and c`."""
    if len(words) <= 1:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def ability(capabilities: Sequence[str]) -> str:
    """Say what devices do that have these capabilities, such as `back up or restore`."""
    implied = "first_sign_in_restore" if "restore" in capabilities else None
    return listed([DOES[c] for c in CAPABILITIES if c in capabilities and c != implied], "or")


def moment(time: datetime, time_zone: str) -> str:
    """Say when, in a channel's time zone: `22 Nov 2026, 03:12 CET`."""
    return f"{time.astimezone(ZoneInfo(time_zone)):%d %b %Y, %H:%M %Z}".lstrip("0")


def span(length: timedelta) -> str | None:
    """Say how long, in the largest unit that fits at least twice; None below two hours."""
    hours = length.total_seconds() / 3600
    if hours >= 48:
        return f"{hours // 24:,.0f} days"
    return f"{hours:.0f} hours" if hours >= 2 else None


def difference(now: int, before: int | None) -> str:
    """Say how a figure has moved, such as ` (+12)`; nothing where there is none to compare to."""
    if before is None:
        return ""
    return f" ({now - before:+,})".replace("-", "−") if now != before else " (±0)"
