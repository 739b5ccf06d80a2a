import asyncio

from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.notify.pace import Pace

MOST = 4


class Clock:
    """A clock that sleeping moves on; whoever sleeps wakes at once, at the right time."""

    def __init__(self) -> None:
        self.time = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def pace(clock: Clock) -> Pace:
    return Pace(MOST, sleep=clock.sleep, clock=clock)


@given(st.lists(st.floats(0, 2), min_size=1, max_size=40))
def test_no_second_ever_has_more_turns_than_allowed(gaps: list[float]) -> None:
    clock = Clock()
    paced = pace(clock)
    turns = []
    for gap in gaps:
        clock.time += gap
        clock.slept.clear()
        asyncio.run(paced.turn("a"))
        turns.append(clock.time + sum(clock.slept))
    for first, beyond in zip(turns, turns[MOST:], strict=False):
        assert beyond - first >= 1 - 1e-9


async def test_a_burst_is_spread_evenly_in_the_order_it_came() -> None:
    clock = Clock()
    paced = pace(clock)
    await asyncio.gather(*(paced.turn("a") for _ in range(5)))
    assert clock.slept == [0.25, 0.5, 0.75, 1.0]


async def test_one_webhook_does_not_hold_up_another() -> None:
    clock = Clock()
    paced = pace(clock)
    await paced.turn("a")
    await paced.turn("b")
    assert clock.slept == []


async def test_a_webhook_that_was_quiet_is_sent_to_at_once() -> None:
    clock = Clock()
    paced = pace(clock)
    await paced.turn("a")
    clock.time += 0.25
    await paced.turn("a")
    assert clock.slept == []
