"""Many GUID sets looked up at once: which of them is this GUID in?"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from heapq import merge
from uuid import UUID

from shared.domain.guid_set import GuidSet

BUCKETS = 1 << 16
"""GUIDs are random, so their first 16 bits lead to a sixty-five-thousandth of the index."""


SMALL = 1 << 16
"""Members up to which a dictionary is worth its memory, some ten megabytes at the most."""


class GuidIndex:
    """Answers with a number whose bit n tells whether the n-th set holds the GUID.

    Exact, and one look-up whatever the number of sets. Small indexes are dictionaries; large ones
    are sorted arrays of 24 bytes a member, four times as slow. Text that is no GUID is in none.
    """

    def __init__(self, sets: Mapping[str, GuidSet], small: int = SMALL) -> None:
        self.names = tuple(sets)
        self._high, self._low, self._bits = array("Q"), array("Q"), array("Q")
        if len(self.names) > self._bits.itemsize * 8:
            raise ValueError(f"an index holds at most 64 sets, got {len(self.names)}")
        marked = (_marked(members, 1 << n) for n, members in enumerate(sets.values()))
        for high, low, bit in merge(*marked):
            if self._high and (self._high[-1], self._low[-1]) == (high, low):
                self._bits[-1] |= bit
            else:
                self._high.append(high)
                self._low.append(low)
                self._bits.append(bit)
        self._known: dict[str, int] | None = None
        if len(self._high) <= small:
            members = zip(self._high, self._low, self._bits, strict=True)
            self._known = {str(UUID(int=high << 64 | low)): bits for high, low, bits in members}
        starts = (bisect_left(self._high, bucket << 48) for bucket in range(BUCKETS))
        self._starts = array("L", [] if self._known is not None else [*starts, len(self._high)])

    def __len__(self) -> int:
        return len(self._high)

    def bits(self, guid: str) -> int:
        """Tell which sets hold a GUID."""
        if self._known is not None:
            return self._known.get(guid.lower(), 0)
        digits = guid.replace("-", "")
        if len(digits) != 32 or len(guid) != 36:
            return 0
        try:
            high = int(digits[:16], 16)
        except ValueError:
            return 0
        highs, starts, bucket = self._high, self._starts, high >> 48
        at = bisect_left(highs, high, starts[bucket], starts[bucket + 1])
        while at < len(highs) and highs[at] == high:
            if self._low[at] == int(digits[16:], 16):
                return self._bits[at]
            at += 1
        return 0


def _marked(members: GuidSet, bit: int) -> Iterator[tuple[int, int, int]]:
    return ((high, low, bit) for high, low in members.halves())
