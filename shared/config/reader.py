"""Reads app settings one at a time, each in its form."""

import re
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

HOUR = timedelta(hours=1)
OFF = "off"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Reader:
    """Reads one setting at a time, and remembers what is `wrong` with any.

    What is wrong is read as its default, so that all that is wrong comes to light at once.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.wrong: list[str] = []

    def text(self, name: str, default: str | None = None) -> str | None:
        """Read a text without the blanks around it; one that is empty is not set."""
        return self._environ.get(name, "").strip() or default

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """Read one of some words, whatever the case of its letters."""
        value = self.text(name, default) or default
        if value.lower() not in (a.lower() for a in allowed):
            self.wrong.append(f"{name} is {value!r}, and must be one of {', '.join(allowed)}")
        return next((a for a in allowed if a.lower() == value.lower()), default)

    def switch(self, name: str, default: str) -> bool:
        """Read whether something is on."""
        return self.choice(name, default, ("on", "off")) == "on"

    def number(self, name: str, default: int, *, least: int = 1, most: int) -> int:
        """Read a whole number within bounds."""
        value = self.text(name, str(default)) or ""
        found = _whole(value, least, most)
        if found is None:
            self.wrong.append(
                f"{name} is {value!r}, and must be a whole number from {least} to {most}"
            )
        return default if found is None else found

    def number_or_off(self, name: str, default: int, *, most: int) -> int | None:
        """Read a whole number from 1, or None where it is off."""
        value = self.text(name, str(default)) or ""
        if value.lower() == OFF:
            return None
        found = _whole(value, 1, most)
        if found is None:
            self.wrong.append(
                f"{name} is {value!r}, and must be {OFF} or a whole number from 1 to {most}"
            )
        return default if found is None else found

    def listed(self, name: str) -> tuple[str, ...]:
        """Read words with commas between them, each once; none where it is not set."""
        return tuple(dict.fromkeys(filter(None, re.split(r"[,\s]+", self.text(name) or ""))))

    def url(self, name: str, default: str) -> str:
        """Read the address of a host."""
        value = (self.text(name, default) or default).rstrip("/")
        if not _is_root(value):
            self.wrong.append(f"{name} is {value!r}, and must be an https address without a path")
            return default
        return value

    def page(self, name: str) -> str | None:
        """Read the address of a page that people may be sent to."""
        value = self.text(name)
        if value is not None and not _is_page(value):
            self.wrong.append(f"{name} must be the https address of a page")
        return value

    def hours_by_reason(self, name: str, most: int) -> dict[str, timedelta]:
        """Read pairs such as `os_build_too_old=24`."""
        pairs = filter(None, re.split(r"[,\s]+", re.sub(r"\s*=\s*", "=", self.text(name) or "")))
        found: dict[str, timedelta] = {}
        for pair in pairs:
            match = re.fullmatch(r"([a-z][a-z0-9_]*)=([0-9]{1,3})", pair)
            if match is None or int(match[2]) > most:
                self.wrong.append(
                    f"{name} holds {pair!r}, and must list reasons with hours up to {most}, such"
                    " as os_build_too_old=24, backup_policy_not_enabled=4"
                )
            else:
                found[match[1]] = int(match[2]) * HOUR
        return found


def _whole(value: str, least: int, most: int) -> int | None:
    found = int(value) if re.fullmatch(r"[0-9]{1,5}", value) else None
    return found if found is not None and least <= found <= most else None


def _is_root(address: str) -> bool:
    """Tell whether this is a scheme and a host; plain http will do on this machine only."""
    try:
        parts = urlsplit(address)
        bare = f"{parts.scheme}://{parts.netloc}" == address and "@" not in parts.netloc
    except ValueError:
        return False
    schemes = ("http", "https") if parts.hostname in LOOPBACK else ("https",)
    return bare and bool(parts.hostname) and parts.scheme in schemes


def _is_page(address: str) -> bool:
    """Tell whether this is the https address of a page that people may be sent to."""
    try:
        parts = urlsplit(address)
        return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False
