"""A set of GUIDs in 16 bytes a member, so that a group of a million devices fits in memory."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator

HALF = (1 << 64) - 1
GUID_LENGTH = 36
DIGITS = 32


class GuidSet:
    """An immutable, exact set of GUIDs; anything that is no GUID is never a member.

    >>> "0f7e78ba-6e1f-485b-8b8b-fb86895f0498" in GuidSet(["0F7E78BA-6e1f-485b-8b8b-fb86895f0498"])
    True
    """

    __slots__ = ("_high", "_low")

    def __init__(self, guids: Iterable[str] = ()) -> None:
        numbers = sorted({n for n in map(_number, guids) if n is not None})
        self._high = array("Q", (n >> 64 for n in numbers))
        self._low = array("Q", (n & HALF for n in numbers))

    def __contains__(self, guid: object) -> bool:
        number = _number(guid) if isinstance(guid, str) else None
        if number is None:
            return False
        high, low = number >> 64, number & HALF
        at = bisect_left(self._high, high)
        while at < len(self._high) and self._high[at] == high:
            if self._low[at] == low:
                return True
            at += 1
        return False

    def __len__(self) -> int:
        return len(self._high)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, GuidSet):
            return NotImplemented
        return self._high == other._high and self._low == other._low

    __hash__ = None  # type: ignore[assignment]

    def halves(self) -> Iterator[tuple[int, int]]:
        """Go through the members in order, each as its upper and lower 64 bits."""
        return zip(self._high, self._low, strict=True)

    def to_bytes(self) -> bytes:
        """Pack the set for storage; `from_bytes` reads it back on a machine of the same order."""
        return self._high.tobytes() + self._low.tobytes()

    @classmethod
    def from_bytes(cls, packed: bytes) -> "GuidSet":
        """Read a packed set. Raises ValueError when the length cannot be right."""
        if len(packed) % 16:
            raise ValueError(f"a packed GUID set has 16 bytes a member, got {len(packed)} bytes")
        half = len(packed) // 2
        made = cls()
        made._high.frombytes(packed[:half])
        made._low.frombytes(packed[half:])
        return made


def _number(guid: str) -> int | None:
    # int() on the digits costs a third of uuid.UUID, and this runs per device and group.
    digits = guid.replace("-", "")
    if len(guid) != GUID_LENGTH or len(digits) != DIGITS:
        return None
    try:
        return int(digits, 16)
    except ValueError:
        return None
