"""Device names in many scripts, ascending with the index, so that name order needs no sort."""

from bisect import bisect_right
from itertools import accumulate

BLOCKS: tuple[tuple[str, int], ...] = (
    ('"quoted"-', 4),
    ("'; DROP TABLE devices;--", 3),
    ("+1-555-", 3),
    ("-dash-", 3),
    ("<script>alert(1)</script>-", 4),
    ("=cmd|' /C calc'!A0-", 4),
    ("@SUM(1+1)*", 3),
    ("AMS-LT-", 90),
    ("BER-WS-", 80),
    ("CHI-LT-", 70),
    ("DESKTOP-", 110),
    ("FRA-VD-", 50),
    ("LAPTOP-", 110),
    ("LON-LT-", 90),
    ("NYC-WS-", 90),
    ("SEA-LT-", 70),
    ("WIN-", 60),
    ("Zürich-", 16),
    ("kiosk-", 20),
    ("Ærø-", 8),
    ("Šibenik-", 8),
    ("Αθήνα-", 12),
    ("Київ-", 16),
    ("ירושלים-", 10),
    ("القاهرة-", 14),
    ("दिल्ली-", 10),
    ("กรุงเทพ-", 8),
    ("上海-", 12),
    ("東京-", 12),
    ("서울-", 6),
    ("💻-", 4),
)
"""Name prefixes in ascending order of code points, with their weights."""

SUFFIXES: tuple[str, ...] = (
    *("",) * 240,
    *(" ", "'s PC", ' "spare"', "\u202egpj.exe", " 🖥️", "&amp;", "\u200b", "-" + "long" * 60),
    *("%00", "; rm -rf", "\\share", "/slash", "=1+1", "́", "ß", "#hash"),
)
"""What follows the number; nearly always nothing."""

BEFORE_ALL = "! renamed"
AFTER_ALL = "\U0001fae8 renamed"

_SHARES = tuple(accumulate(weight for _, weight in BLOCKS))


class Names:
    """The names of a fleet of `devices`: `of(i)` ascends strictly with `i`."""

    __slots__ = ("_starts",)

    def __init__(self, devices: int) -> None:
        self._starts = [devices * share // _SHARES[-1] for share in _SHARES[:-1]]

    def of(self, index: int, draw: int) -> str:
        """Name a device; `draw` picks the suffix and has no influence on the order."""
        prefix = BLOCKS[bisect_right(self._starts, index)][0]
        return f"{prefix}{index:07d}{SUFFIXES[draw % len(SUFFIXES)]}"
