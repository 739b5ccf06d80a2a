"""Waiting for what must come to pass."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

PATIENCE = 60.0
T = TypeVar("T")


async def until(condition: Callable[[], Awaitable[T | None]]) -> T:
    """Ask until the answer is true and return it. Raises TimeoutError after a minute."""
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await condition()
            if answer:
                return answer
            await asyncio.sleep(0.02)


async def later_second(moment: datetime) -> None:
    """Wait until the clock shows a later second; sweeps are named by the one they start in."""
    left = moment + timedelta(seconds=1) - datetime.now(UTC)
    await asyncio.sleep(max(0.0, left.total_seconds()))
