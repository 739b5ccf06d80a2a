"""The osVersion strings of the fleet: real builds, dense around the product's thresholds."""

from msgspec import UNSET

from shared.domain.facts import Text


def _weighted(branches: dict[int, dict[int, int]]) -> tuple[str, ...]:
    return tuple(
        f"10.0.{branch}.{revision}"
        for branch, revisions in branches.items()
        for revision, weight in revisions.items()
        for _ in range(weight)
    )


_CURRENT = {8037: 2, 8246: 12, 8457: 120}

WINDOWS_11: tuple[Text, ...] = (
    *_weighted(
        {
            22000: {3260: 1},
            22621: {3957: 1, 3958: 1, 5623: 1, 5624: 1, 5768: 1},
            22631: {3957: 1, 3958: 1, 5623: 1, 5624: 1, 5767: 1, 5768: 2, 6199: 30},
            26100: {1300: 1, 1301: 1, 2033: 1, 4651: 1, 4652: 1, 4769: 1, 4770: 1, 4851: 1}
            | {4945: 1, 4946: 3, 6584: 4, 7921: 1, 7922: 2, 8036: 1}
            | _CURRENT,
            26200: {4945: 1, 4946: 1, 6584: 4, 7921: 1, 7922: 2, 8036: 1} | _CURRENT,
            26300: {4945: 1, 4946: 1, 7921: 1, 7922: 1, 8457: 24},
            28000: {1340: 1, 1896: 2},
        }
    ),
    "10.0.28000",
)

COMMON: tuple[Text, ...] = _weighted(
    {
        22631: {5768: 1, 6199: 8},
        26100: {4945: 1, 4946: 1, 8246: 4, 8457: 40},
        26200: {6584: 2, 8457: 40},
        26300: {8457: 8},
    }
)

WINDOWS_10: tuple[Text, ...] = _weighted(
    {19043: {2364: 1}, 19044: {5011: 1, 6216: 1}, 19045: {5000: 2, 6215: 2, 6216: 4, 6575: 60}}
)

LONG_TERM: tuple[Text, ...] = _weighted(
    {
        17763: {7558: 2},
        19044: {6215: 2, 6216: 2, 6575: 4},
        26100: {1742: 1, 4945: 1, 4946: 2, 8457: 4},
    }
)

INSIDER: tuple[Text, ...] = _weighted(
    {22635: {5305: 1}, 26120: {4733: 2}, 26220: {7051: 3}, 27982: {1000: 2}, 29531: {1001: 1}}
)

MIXED: tuple[Text, ...] = (*WINDOWS_11, *WINDOWS_10)

AT_THRESHOLDS: tuple[Text, ...] = tuple(dict.fromkeys(MIXED))
"""Each of them once."""

ODD: tuple[Text, ...] = (
    *("", None, UNSET, "0.0.0.0", "10.0", "Windows 11", "10.0.26100"),  # noqa: S104
    *("22631.6199", " 10.0.26100.8457 ", "10.0.26100.10012", "10.0.19045", "10.0.26200.x"),
)
