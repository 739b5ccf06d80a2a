"""Conditions on what the caller has seen: ETag, If-Match and If-None-Match (RFC 9110, 13.1)."""

import re

from shared.api.exchange import Request
from shared.errors import InputError, StaleError

_TAG = re.compile(r'(?P<weak>W/)?"(?P<tag>[\x21\x23-\x7e]*)"')


def quoted(etag: str) -> str:
    """Write an ETag as headers have it."""
    return f'"{etag}"'


def if_match(request: Request) -> str | None:
    """Return the one ETag that has to match, without quotes; None where anything will do.

    Raises InputError for what is not one ETag, and StaleError for a weak one, which by RFC 9110
    never matches.
    """
    given = request.headers.get("if-match", "*").strip()
    if given == "*":
        return None
    found = _TAG.fullmatch(given)
    if found is None:
        raise InputError("the header If-Match has to be * or one ETag, in its double quotes")
    if found["weak"]:
        raise StaleError("the header If-Match has a weak ETag, which never matches; leave out W/")
    return found["tag"]


def is_known(request: Request, etag: str) -> bool:
    """Tell whether the caller has what this ETag names (If-None-Match); weak ones count."""
    given = request.headers.get("if-none-match", "").strip()
    return given == "*" or any(found["tag"] == etag for found in _TAG.finditer(given))
