"""Waiting until it is clear what became of a change."""

import contextlib
import time
from collections.abc import Callable

import httpx

from local.restore.answers import WAITS, ToldChange, read
from local.restore.calls import Calls

EVERY = 2.0
SELDOM = 30.0
"""Seconds between two looks, at least and at most; in between the app says how many."""


def settled(
    answer: httpx.Response,
    calls: Calls,
    patience: float,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> httpx.Response:
    """Follow an accepted change to its end, or for so many seconds; the last answer to be had.

    An app that is away for a while does not end the wait.
    """
    until = clock() + patience
    location = answer.headers.get("Location")
    latest = answer
    while location and _goes_on(latest) and clock() < until:
        sleep(_pause(latest))
        with contextlib.suppress(httpx.RequestError):
            latest = calls.follow(location)
    return latest


def _goes_on(answer: httpx.Response) -> bool:
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
        return True
    return answer.is_success and read(answer, ToldChange).state in WAITS


def _pause(answer: httpx.Response) -> float:
    asked = answer.headers.get("Retry-After", "")
    return max(EVERY, min(float(asked), SELDOM)) if asked.isdecimal() else EVERY
