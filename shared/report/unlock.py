"""Unlock analysis: which fixes, alone or together, would make the most devices ready."""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import combinations

from msgspec import Struct

from shared.domain.assessment import Judgement
from shared.domain.rule import Fix

MOST_TOGETHER = 3
"""Largest combination looked for; administrators do not run four projects at once."""

FIXES_COMBINED = 12
"""Only the fixes that concern the most devices are combined: 286 combinations at the most."""

UNFIXABLE = ""
"""Stands for the fix of a blocker that has none, and is never among the fixes done."""


class Unlock(Struct, frozen=True):
    """What doing these fixes, and nothing else, would change, in devices.

    `eligible` counts devices whose verdict would become eligible, `ready` those that would become
    ready, and `unblocked` those left with no known blocker, though something may still be unknown.
    """

    fixes: tuple[str, ...]
    eligible: int
    ready: int
    unblocked: int


class _Obstacles(Struct, frozen=True):
    """What stands between a device and its two answers, reduced to fixes."""

    verdict: frozenset[str]
    all: frozenset[str]
    eligible_then: bool
    ready_then: bool
    eligible_now: bool


def unlocks(
    judgements: Iterable[tuple[Judgement, int]], fixes: Mapping[str, Fix | None], *, most: int = 10
) -> tuple[Unlock, ...]:
    """Rank single fixes, then the pairs and triples that unlock more than their parts do.

    At most `most` of each size, the smallest first. `judgements` are distinct judgements of one
    capability with their number of devices, `fixes` the fix of each blocker's code. A blocker
    without a fix is never unlocked.
    """
    groups: Counter[_Obstacles] = Counter()
    for judgement, devices in judgements:
        obstacles = _obstacles(judgement, fixes)
        if obstacles.all:
            groups[obstacles] += devices
    concerned: Counter[str] = Counter()
    for obstacles, devices in groups.items():
        for fix in obstacles.all - {UNFIXABLE}:
            concerned[fix] += devices
    singles = [_unlock((fix,), groups) for fix in concerned]
    ranked = sorted(concerned, key=lambda fix: (-concerned[fix], fix))
    combined = sorted(ranked[:FIXES_COMBINED])
    found = _best(singles, most)
    for size in range(2, MOST_TOGETHER + 1):
        together = [
            _unlock(chosen, groups)
            for chosen in combinations(combined, size)
            if _needs_all(chosen, groups)
        ]
        found += _best(together, most)
    return tuple(found)


def _best(unlocked: list[Unlock], most: int) -> list[Unlock]:
    useful = [u for u in unlocked if u.eligible or u.ready or u.unblocked]
    return sorted(useful, key=_rank)[:most]


def _obstacles(judgement: Judgement, fixes: Mapping[str, Fix | None]) -> _Obstacles:
    needed = {f: _fix_id(fixes.get(f.reason)) for f in judgement.blockers}
    return _Obstacles(
        verdict=frozenset(fix for f, fix in needed.items() if f.affects == "verdict"),
        all=frozenset(needed.values()),
        eligible_then=not any(f.affects == "verdict" for f in judgement.unknowns),
        ready_then=not judgement.unknowns,
        eligible_now=judgement.verdict == "eligible",
    )


def _fix_id(fix: Fix | None) -> str:
    return UNFIXABLE if fix is None else fix.id


def _unlock(chosen: tuple[str, ...], groups: Mapping[_Obstacles, int]) -> Unlock:
    done = frozenset(chosen)
    eligible = ready = unblocked = 0
    for obstacles, devices in groups.items():
        if obstacles.verdict <= done and obstacles.eligible_then and not obstacles.eligible_now:
            eligible += devices
        if obstacles.all <= done:
            unblocked += devices
            ready += devices if obstacles.ready_then else 0
    return Unlock(chosen, eligible, ready, unblocked)


def _needs_all(chosen: tuple[str, ...], groups: Mapping[_Obstacles, int]) -> bool:
    """Tell whether some device needs exactly these fixes, so that together they do more."""
    exactly = frozenset(chosen)
    return any(o.all == exactly or (o.eligible_then and o.verdict == exactly) for o in groups)


def _rank(unlock: Unlock) -> tuple[int, int, int, int, tuple[str, ...]]:
    return (-unlock.ready, -unlock.unblocked, -unlock.eligible, len(unlock.fixes), unlock.fixes)
