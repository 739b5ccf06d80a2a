"""What went wrong, as problem details (RFC 9457)."""

import math
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from shared.api.exchange import Response
from shared.domain.gates import GateAnswer
from shared.errors import (
    AuditError,
    BodyTooLargeError,
    ChangeError,
    ForbiddenError,
    GatesError,
    GraphError,
    GraphThrottledError,
    GraphUnavailableError,
    InputError,
    KeyReusedError,
    KeysUnavailableError,
    MediaTypeError,
    NotFoundError,
    SettingsError,
    StaleError,
    StorageError,
    TokenError,
)

TYPE = "urn:windows-backup-readiness:problem:"


class Kind(Struct, frozen=True):
    """A kind of problem: the end of its type's URN, its status and its title."""

    name: str
    status: int
    title: str


UNAVAILABLE = Kind("unavailable", 503, "Something this needs is not available now")
UNEXPECTED = Kind("unexpected", 500, "Something went wrong here")
OWN_PLAN = Kind("own-plan", 403, "Somebody else has to do this")
KINDS: dict[type[Exception], Kind] = {
    InputError: Kind("bad-request", 400, "The request cannot be read"),
    TokenError: Kind("unauthenticated", 401, "An access token that holds is needed"),
    ForbiddenError: Kind("forbidden", 403, "The caller may not do this"),
    NotFoundError: Kind("not-found", 404, "There is no such thing"),
    KeyReusedError: Kind("key-reused", 409, "The idempotency key was used for something else"),
    GatesError: Kind("gates-failed", 409, "Gates do not hold"),
    ChangeError: Kind("conflict", 409, "This cannot be done as things stand"),
    StaleError: Kind("stale", 412, "What you saw is not what is there now"),
    BodyTooLargeError: Kind("too-large", 413, "The body is too large"),
    MediaTypeError: Kind("unsupported-media-type", 415, "The body is no JSON"),
    GraphError: Kind("graph-failed", 502, "Microsoft Graph did not give what was asked"),
    SettingsError: Kind("not-configured", 503, "The API is not set up"),
    KeysUnavailableError: UNAVAILABLE,
    StorageError: UNAVAILABLE,
    AuditError: UNAVAILABLE,
    GraphThrottledError: UNAVAILABLE,
    GraphUnavailableError: UNAVAILABLE,
    Exception: UNEXPECTED,
}
"""The nearest class of an error's own counts."""


def kind_of(error: Exception) -> Kind:
    """Tell what kind of problem an error is."""
    if isinstance(error, ForbiddenError) and error.role is None:
        return OWN_PLAN
    return next(KINDS[each] for each in type(error).__mro__ if each in KINDS)


def problem(error: Exception, instance: str, gates: Sequence[GateAnswer] = ()) -> Response:
    """Answer with a problem; `instance` is the path that was asked for.

    What nobody expected is told without any detail.
    """
    kind = kind_of(error)
    told: dict[str, Any] = {"type": TYPE + kind.name, "title": kind.title, "status": kind.status}
    if kind is not UNEXPECTED:
        told["detail"] = str(error)
    told["instance"] = instance
    return Response(
        kind.status,
        msgspec.json.encode(told | _members(error, gates)),
        _headers(error),
        "application/problem+json",
    )


def _members(error: Exception, gates: Sequence[GateAnswer]) -> dict[str, Any]:
    if isinstance(error, ForbiddenError) and error.role is not None:
        return {"role": error.role}
    if isinstance(error, GatesError):
        return {"change": error.change, "state": error.state, "gates": gates}
    if isinstance(error, ChangeError):
        return {"change": error.change, "state": error.state}
    return {}


def _headers(error: Exception) -> dict[str, str]:
    if isinstance(error, TokenError):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, GraphThrottledError):
        return {"Retry-After": str(math.ceil(error.retry_after))}
    return {}
