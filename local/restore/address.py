"""Where the app answers; a token goes there and nowhere else."""

import os
from urllib.parse import urlsplit

from msgspec import Struct

from local.sweep.place import last_place
from shared.config import LOOPBACK
from shared.errors import ReadinessError

DEFAULT_PORT = 7071


class Address(Struct, frozen=True):
    """The root of an app, without a slash at its end; `local` where it is on this machine."""

    url: str
    local: bool

    def of(self, path: str) -> str:
        """Give the whole address of a path of the API."""
        return f"{self.url}/api/{path}"


def usual_address() -> str:
    """Give the address that is meant where none is named: READINESS_URL, or what `up` serves."""
    place = last_place()
    running = place.address if place is not None else None
    return os.environ.get("READINESS_URL") or running or f"http://127.0.0.1:{DEFAULT_PORT}"


def read_address(text: str) -> Address:
    """Read the root of an app. Raises ReadinessError for one that no token may be sent to."""
    try:
        parts = urlsplit(text.strip())
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if not host or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
        raise ReadinessError(f"{text!r} is no address of the app, such as https://NAME.example.net")
    if "@" in parts.netloc:
        raise ReadinessError("the app's address holds a name or a password; leave them out")
    local = host in LOOPBACK
    if parts.scheme == "http" and not local:
        raise ReadinessError(
            f"{text} is not encrypted, and a token would be sent there; use https://{host}"
        )
    root = f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/").removesuffix("/api")
    return Address(root, local)
