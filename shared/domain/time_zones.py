"""Time zones by their names in the IANA database."""

from zoneinfo import ZoneInfo


def is_time_zone(name: str) -> bool:
    """Tell whether there is such a time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
