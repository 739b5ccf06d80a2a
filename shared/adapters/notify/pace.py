"""Spaces requests out, so that no webhook is sent more a second than it takes."""

import asyncio
import time
from collections.abc import Callable

from shared.adapters.graph.waits import Sleep


class Pace:
    """Gives each webhook at most so many turns in any second; one for the whole process.

    `sleep` and `clock` (seconds that never run backwards) are arguments so that tests need not
    wait.
    """

    def __init__(
        self,
        per_second: int,
        *,
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gap = 1.0 / per_second
        self._sleep = sleep
        self._clock = clock
        self._free: dict[str, float] = {}

    async def turn(self, webhook: str) -> None:
        """Wait for this webhook's next turn; turns are given in the order asked for."""
        now = self._clock()
        turn = max(now, self._free.get(webhook, now))
        self._free[webhook] = turn + self._gap
        if turn > now:
            await self._sleep(turn - now)
