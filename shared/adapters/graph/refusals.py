"""Turns what Graph says when it refuses into this product's errors."""

import re
from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Struct, field

from shared.adapters.graph.permissions import least_permission
from shared.adapters.graph.waits import MAX_SLEEP
from shared.errors import (
    DeltaExpiredError,
    GraphError,
    GraphForbiddenError,
    GraphThrottledError,
    GraphUnavailableError,
)

THROTTLED = 429
PASSING = frozenset({THROTTLED, 500, 502, 503, 504})
"""The statuses that another try may turn into an answer."""

GONE = 410
EXPIRED = frozenset({"syncstatenotfound", "resyncrequired"})
"""The codes, in lower case, of a 400 that says the same (facts/graph.md, Devices, 2026-11-22)."""

LONGEST_MESSAGE = 400


class _Error(Struct):
    code: str | None = None
    message: str | None = None
    inner: dict[str, object] | None = field(default=None, name="innerError")
    inner_lower_case: dict[str, object] | None = field(default=None, name="innererror")


class _Body(Struct):
    error: _Error


class _Nested(Struct):
    message: str = field(name="Message")


class Answer(Struct, frozen=True):
    """An answer as it came; the names of `headers` are in lower case."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def succeeded(self) -> bool:
        """Whether Graph did what was asked."""
        return 200 <= self.status < 300


class Said(Struct, frozen=True):
    """What Graph said when it refused: `message` in its own words, `sentence` as we tell it."""

    sentence: str
    message: str
    code: str | None
    request_id: str | None

    @property
    def traced(self) -> str:
        """The request id in brackets, with a space before it; empty without one."""
        return f" (Graph request id {self.request_id})" if self.request_id else ""


def said(answer: Answer) -> Said:
    """Read what Graph said; Intune puts a JSON text into `error.message`: it is read, too."""
    error = _read(answer.body)
    message = _message(error.message or "")
    sentence = f"{answer.method} {answer.path} was answered {answer.status}"
    sentence += f" {error.code}" if error.code else ""
    sentence += f": {message}" if message else ""
    request_id = answer.headers.get("request-id") or _request_id(error)
    return Said(sentence, message, error.code, request_id)


def refusal(answer: Answer, retry_after: float | None) -> GraphError:
    """Read why Graph refused; `retry_after` is the wait in seconds it asked for, if it did."""
    told = said(answer)
    shown, traced = told.sentence, told.traced
    code, request_id = told.code, told.request_id
    path, status = answer.path, answer.status

    if status == THROTTLED:
        return GraphThrottledError(
            f"{shown}; it is tried again later{traced}",
            retry_after=MAX_SLEEP if retry_after is None else retry_after,
            request_id=request_id,
        )
    if status in PASSING:
        return GraphUnavailableError(
            f"{shown}; it is worth another try later{traced}",
            status=status,
            code=code,
            request_id=request_id,
        )
    if _is_expired(answer):
        return DeltaExpiredError(
            f"{shown}: the delta link has expired, and changes are followed afresh{traced}",
            status=status,
            code=code,
            request_id=request_id,
        )
    permission = least_permission(path) if status == 403 else None
    if permission is not None:
        return GraphForbiddenError(
            f"{shown}; grant the app's identity {permission}{traced}",
            permission=permission,
            code=code,
            request_id=request_id,
        )
    return GraphError(f"{shown}{traced}", status=status, code=code, request_id=request_id)


def _read(body: bytes) -> _Error:
    try:
        return msgspec.json.decode(body, type=_Body).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Error()


def _request_id(error: _Error) -> str | None:
    inner = error.inner or error.inner_lower_case or {}
    given = inner.get("request-id")
    return given if isinstance(given, str) else None


def _is_expired(answer: Answer) -> bool:
    if not answer.path.lower().endswith("/delta"):
        return False
    named = answer.status == 400 and not EXPIRED.isdisjoint(_codes(_read(answer.body)))
    return answer.status == GONE or named


def _codes(error: _Error) -> Iterator[str]:
    yield (error.code or "").lower()
    inner: object = error.inner or error.inner_lower_case
    while isinstance(inner, dict):
        yield str(inner.get("code")).lower()
        inner = inner.get("innerError") or inner.get("innererror")


def _message(text: str) -> str:
    try:
        text = msgspec.json.decode(text, type=_Nested).message
    except (msgspec.DecodeError, UnicodeDecodeError):
        return text[:LONGEST_MESSAGE]
    said, *_ = re.split(r" - (?:Operation|Activity) ID", text, maxsplit=1)
    activity = re.search(r"Activity ID:? *([0-9A-Fa-f-]{36})", text)
    return said[:LONGEST_MESSAGE] + (f" (Intune activity id {activity[1]})" if activity else "")
