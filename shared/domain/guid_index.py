"""Many GUID sets looked up at once: which of them is this GUID in?"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from heapq import merge
from typing import TypeAlias
from uuid import UUID

from msgspec import UNSET, UnsetType

from shared.domain.facts import Text
from shared.domain.guid_set import DIGITS, GUID_LENGTH, GuidSet

Numbers: TypeAlias = "array[int]"

NO_ID = -1
Bits: TypeAlias = int | UnsetType | None
"""The sets an id is in, bit by bit; UNSET where the id was not read, NO_ID where there is none."""

NIL = "00000000-0000-0000-0000-000000000000"
"""How Graph may write that there is no id, as of the user of a device that has none."""

NO_IDS: dict[Text, Bits] = {UNSET: UNSET, None: NO_ID, "": NO_ID, NIL: NO_ID}
"""The answers for what is nobody's id."""

BUCKETS = 1 << 16
"""GUIDs are random, so their first 16 bits lead to a sixty-five-thousandth of the index."""


SMALL = 1 << 15
"""Members up to which a dictionary is worth its memory, some ten megabytes at the most."""


class GuidIndex:
    """Answers with a number whose bit n tells whether the n-th set holds the GUID.

    Exact, and one look-up whatever the number of sets. A small index is a dictionary, a large one
    sorted arrays of 17 to 24 bytes a member, several times as slow. GUIDs are looked up in lower
    or upper case; other text is in no set. What is nobody's id is answered by NO_IDS.
    """

    def __init__(self, sets: Mapping[str, GuidSet], small: int = SMALL) -> None:
        self.names = tuple(sets)
        high, low, bits = array("Q"), array("Q"), array(_typecode(len(sets)))
        marked = (_marked(members, 1 << n) for n, members in enumerate(sets.values()))
        for upper, lower, bit in merge(*marked):
            if high and (high[-1], low[-1]) == (upper, lower):
                bits[-1] |= bit
            else:
                high.append(upper)
                low.append(lower)
                bits.append(bit)
        self.bits: Callable[[Text], Bits] = (
            _dictionary(high, low, bits) if len(high) <= small else _search(high, low, bits)
        )
        """Tells which sets hold an id; None or 0 where none does."""


def _dictionary(high: Numbers, low: Numbers, bits: Numbers) -> Callable[[Text], Bits]:
    # Both spellings are kept, because lower() would cost as much as the look-up itself; one after
    # the other, because Graph writes lower case, which so lies close together in memory.
    guids = [str(UUID(int=upper << 64 | lower)) for upper, lower in zip(high, low, strict=True)]
    known: dict[Text, Bits] = dict(zip(guids, bits, strict=True))
    known |= zip(map(str.upper, guids), bits, strict=True)
    known |= NO_IDS
    return known.get


def _search(high: Numbers, low: Numbers, bits: Numbers) -> Callable[[Text], Bits]:
    starts = array("L", (bisect_left(high, bucket << 48) for bucket in range(BUCKETS)))
    starts.append(len(high))

    def search(guid: Text) -> Bits:
        if not guid or guid == NIL:
            return NO_IDS[guid]
        digits = guid.replace("-", "")
        if len(digits) != DIGITS or len(guid) != GUID_LENGTH:
            return 0
        try:
            upper = int(digits[:16], 16)
        except ValueError:
            return 0
        bucket = upper >> 48
        at = bisect_left(high, upper, starts[bucket], starts[bucket + 1])
        while at < len(high) and high[at] == upper:
            if low[at] == int(digits[16:], 16):
                return bits[at]
            at += 1
        return 0

    return search


def _marked(members: GuidSet, bit: int) -> Iterator[tuple[int, int, int]]:
    return ((high, low, bit) for high, low in members.halves())


def _typecode(sets: int) -> str:
    """Choose the smallest array items that hold a bit for each set."""
    for code in "BHLQ":
        if sets <= array(code).itemsize * 8:
            return code
    raise ValueError(f"an index holds at most 64 sets, got {sets}")
