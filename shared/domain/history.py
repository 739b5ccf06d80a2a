"""What is remembered of one device's blockers, and how an assessment moves it on."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from msgspec import Struct, structs

Change: TypeAlias = Literal["raised", "cleared", "reopened"]
Cause: TypeAlias = Literal["assessed", "new_device", "re_enrolled", "gone"]

REMEMBERED = timedelta(days=90)
"""How long a cleared blocker is remembered, so that its return is told as reopened."""

Reason: TypeAlias = tuple[str, str]
"""A capability and a blocker's code."""


class OpenBlocker(Struct, frozen=True):
    """A blocker that stands open, and its dates in UTC.

    `first_seen` is the first time ever, `since` the last time it was raised or reopened. A `held`
    blocker was open when its rule last could decide, which it could not this time.
    """

    capability: str
    reason: str
    first_seen: datetime
    since: datetime
    held: bool


class ClearedBlocker(Struct, frozen=True):
    """A blocker that was open once."""

    capability: str
    reason: str
    first_seen: datetime
    cleared: datetime


class History(Struct, frozen=True):
    """The blockers of one device, those open and those remembered."""

    open: tuple[OpenBlocker, ...] = ()
    cleared: tuple[ClearedBlocker, ...] = ()


class Transition(Struct, frozen=True):
    """One blocker of one device was raised, cleared or reopened, `at` a time in UTC.

    `since` is when the blocker was last raised or reopened, this time included; where it is
    cleared, since when it had stood open.
    """

    capability: str
    reason: str
    transition: Change
    cause: Cause
    first_seen: datetime
    since: datetime
    at: datetime


def step(
    history: History,
    opened: Sequence[Reason],
    held: Sequence[Reason],
    cause: Cause,
    at: datetime,
) -> tuple[History, tuple[Transition, ...]]:
    """Move a history on by an assessment's open and held reasons (domain/transitions.py).

    The merge of a sweep does the same in SQL (adapters/storage/merge_sql.py), which a property
    test holds to this function.
    """
    was_open = {(b.capability, b.reason): b for b in history.open}
    was_cleared = {
        (b.capability, b.reason): b for b in history.cleared if b.cleared > at - REMEMBERED
    }
    now_open: list[OpenBlocker] = []
    now_cleared = [b for key, b in was_cleared.items() if key not in opened]
    transitions: list[Transition] = []
    for key in opened:
        known, former = was_open.get(key), was_cleared.get(key)
        if known is not None:
            now_open.append(structs.replace(known, held=False))
            continue
        first_seen = at if former is None else former.first_seen
        change: Change = "raised" if former is None else "reopened"
        now_open.append(OpenBlocker(*key, first_seen, at, held=False))
        transitions.append(Transition(*key, change, cause, first_seen, at, at))
    for key, known in was_open.items():
        if key in opened:
            continue
        if key in held:
            now_open.append(structs.replace(known, held=True))
            continue
        now_cleared.append(ClearedBlocker(*key, known.first_seen, at))
        transitions.append(Transition(*key, "cleared", cause, known.first_seen, known.since, at))
    return History(tuple(now_open), tuple(now_cleared)), tuple(transitions)


def vanish(history: History, at: datetime) -> tuple[History, tuple[Transition, ...]]:
    """Close every open blocker of a device that is gone; should it come back, they are reopened."""
    return step(history, (), (), "gone", at)
