"""A request and its response, as no particular server hands them over."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from ipaddress import ip_address
from typing import TypeAlias

from msgspec import Struct, structs

from shared.ports import Tokens
from shared.use_cases.restore_control import Control

ALWAYS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""What every response says: it is nobody's to keep, and is what it calls itself."""


class Request(Struct, frozen=True, kw_only=True):
    """What is asked; header names are in lower case, `path` is as it was sent, percent-encoded.

    `parameters` are those of the route, and `address` is where the call came from.
    """

    method: str
    path: str
    headers: Mapping[str, str] = {}
    query: Mapping[str, str] = {}
    parameters: Mapping[str, str] = {}
    body: bytes = b""
    address: str | None = None


class Response(Struct, frozen=True):
    """What is answered."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = {}
    media_type: str = "application/json"


class Api(Struct, frozen=True):
    """What operations need; `tokens` is None where nobody can be let in, for want of a setting."""

    control: Control
    tokens: Tokens | None
    clock: Callable[[], datetime]


Operation: TypeAlias = Callable[[Request, Api], Awaitable[Response]]


def finished(response: Response) -> Response:
    """Add what every response says."""
    return structs.replace(response, headers={**ALWAYS, **response.headers})


def caller_address(forwarded_for: str | None) -> str | None:
    """Take the caller's IP address out of X-Forwarded-For, whose last entry App Service adds.

    All others are what the caller claims. A port is left out; None for what is no address.
    """
    last = (forwarded_for or "").rpartition(",")[2].strip()
    if last.startswith("["):
        last = last[1:].partition("]")[0]
    elif last.count(":") == 1:
        last = last.partition(":")[0]
    try:
        return str(ip_address(last))
    except ValueError:
        return None
