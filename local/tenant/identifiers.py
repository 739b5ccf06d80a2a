"""Identifiers that look random, yet give back the index they were made from."""

from local.tenant.chance import key

INDEX_LIMIT = 1 << 32


class Identifiers:
    """All GUIDs of one kind in one tenant, a keyed permutation of the index space.

    >>> guids = Identifiers(2026, "user")
    >>> guids.index(guids.guid(41))
    41
    """

    __slots__ = ("_inverse", "_mask", "_multiplier")

    def __init__(self, seed: int, kind: str) -> None:
        self._multiplier = (key(seed, kind, "a") << 64 | key(seed, kind, "b")) | 1
        self._mask = key(seed, kind, "c") << 64 | key(seed, kind, "d")
        self._inverse = pow(self._multiplier, -1, 1 << 128)

    def guid(self, index: int) -> str:
        """Return the GUID of an index below 2**32."""
        number = (index * self._multiplier & (1 << 128) - 1) ^ self._mask
        digits = f"{number:032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def serial(self, index: int) -> str:
        """Return ten hexadecimal digits, distinct for indexes below 2**32."""
        low = (1 << 40) - 1
        return f"{(index * self._multiplier ^ self._mask) & low:010X}"

    def index(self, guid: str) -> int | None:
        """Return the index a GUID was made from, None for a GUID that was not made here."""
        try:
            number = int(guid.replace("-", ""), 16)
        except ValueError:
            return None
        index = (number ^ self._mask) * self._inverse & (1 << 128) - 1
        return index if index < INDEX_LIMIT and self.guid(index) == guid.lower() else None
