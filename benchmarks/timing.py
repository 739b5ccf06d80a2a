"""Timing by turns, so that a busy machine is as busy for one side as for the other."""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import TypeVar

Input = TypeVar("Input")
T = TypeVar("T")


def fastest(
    contestants: Sequence[Callable[[T], object]],
    inputs: Sequence[Input],
    rounds: int,
    prepared: Callable[[Input], T],
) -> list[float]:
    """Give each contestant's seconds for all inputs, each input at its fastest of all rounds.

    The contestants take turns input by input, each time with an input prepared anew, so that
    nobody profits from what an earlier round left in it. The fastest time is the one that a
    shared machine has disturbed least.
    """
    best = [[float("inf")] * len(inputs) for _ in contestants]
    for _ in range(rounds):
        for n, value in enumerate(inputs):
            for times, contestant in zip(best, contestants, strict=True):
                ready = prepared(value)
                begin = perf_counter()
                contestant(ready)
                times[n] = min(times[n], perf_counter() - begin)
    return [sum(times) for times in best]
