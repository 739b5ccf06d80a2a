"""How long to wait between tries, and when to stop waiting."""

from collections.abc import Awaitable, Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from math import isfinite
from random import Random
from typing import TypeAlias

from shared.domain.sweep import Throttling
from shared.errors import GraphError, GraphThrottledError

MAX_SLEEP = 30.0
"""Seconds that are slept through at most; a longer wait is handed back to the caller."""

MAX_WAITED = 120.0
"""Seconds that one read may wait in all, before it too is handed back."""

TRIES = 7
"""Tries of one call; with full jitter the waits between them come to half a minute."""

Sleep: TypeAlias = Callable[[float], Awaitable[None]]


class Meter:
    """Counts what one read costs: calls, throttled answers, and seconds waited of a budget."""

    def __init__(self, budget: float = MAX_WAITED) -> None:
        self.budget = budget
        self.calls = 0
        self.throttled = 0
        self.waited = 0.0

    @property
    def cost(self) -> Throttling:
        """What was counted so far."""
        return Throttling(self.calls, self.throttled, self.waited)


class Patience:
    """Sleeps between the tries of one call, and gives up when that is no longer worth it."""

    def __init__(self, meter: Meter, sleep: Sleep, random: Random) -> None:
        self._meter = meter
        self._sleep = sleep
        self._random = random
        self._tried = 0

    async def after(self, error: GraphError, retry_after: float | None, tries: int = TRIES) -> None:
        """Sleep as long as Graph asked, or else backing off exponentially with full jitter.

        Raises `error` when `tries` are used up, and GraphThrottledError when the wait is longer
        than should be slept through.
        """
        self._tried += 1
        if self._tried >= tries:
            raise error
        wait = retry_after
        if wait is None:
            wait = self._random.uniform(0.0, min(MAX_SLEEP, 2.0 ** (self._tried - 1)))
        if wait > MAX_SLEEP or self._meter.waited + wait > self._meter.budget:
            raise GraphThrottledError(
                str(error), retry_after=wait, request_id=error.request_id
            ) from error
        self._meter.waited += wait
        await self._sleep(wait)


def read_retry_after(header: str | None, now: float) -> float | None:
    """Read a Retry-After header: seconds, perhaps fractional, or a date; None where it is neither.

    `now` is in epoch seconds. A moment that has passed is no wait.
    """
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            at = parsedate_to_datetime(header)
        except ValueError:
            return None
        seconds = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now
    return max(0.0, seconds) if isfinite(seconds) else None
