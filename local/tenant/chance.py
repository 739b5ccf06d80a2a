"""Repeatable chance: it depends on a seed and on names, never on the order of asking."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")

MASK = (1 << 64) - 1
SPAN = 1 << 64


def key(*words: object) -> int:
    """Turn words into a 64-bit number, the same in every process."""
    text = "\x1f".join(map(str, words))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def mix(number: int) -> int:
    """Scatter a 64-bit number over all 64 bits (the finaliser of SplitMix64)."""
    number = (number + 0x9E3779B97F4A7C15) & MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & MASK
    return number ^ (number >> 31)


class Dice:
    """A row of throws that is the same whenever it is thrown again."""

    def __init__(self, *words: object) -> None:
        self._state = key(*words)

    def below(self, limit: int) -> int:
        """Throw a number from 0 to `limit` - 1."""
        self._state = mix(self._state)
        return self._state % limit

    def pick(self, choices: Sequence[T]) -> T:
        """Choose one of several."""
        return choices[self.below(len(choices))]


def happens(rate: float, *words: object) -> bool:
    """Tell whether something that happens at `rate` (0 to 1) happens to this one."""
    return rate > 0 and key(*words) < rate * SPAN
