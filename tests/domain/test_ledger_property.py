"""Whatever somebody tries to add to the records, they add up to what was agreed."""

from collections.abc import Callable
from datetime import datetime
from itertools import combinations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct, structs

from shared.domain.ledger import (
    GENESIS,
    KEPT,
    Ledger,
    folded,
)
from shared.domain.principal import Principal
from shared.domain.restore_change import (
    INTUNE_WAITS,
    OPEN,
    UNSETTLED,
    Applied,
    Applying,
    Approved,
    Blocked,
    Confirmed,
    Conflict,
    Denied,
    Event,
    Foreign,
    NotApplied,
    PutOff,
    Record,
    Refused,
    Rejected,
    Uncertain,
    Waiting,
)
from shared.domain.restore_value import Value
from tests.restore_builders import (
    ANNA,
    BEN,
    BY_ROBOT,
    CARA,
    DAY,
    FORMER,
    HOUR,
    NOON,
    ROBOT,
    TWIN,
    WRITTEN,
    planned,
)
from tests.restore_fakes import record_hash

FOREIGN = Value("disabled", "2026-11-22T13:00:00Z")


class Try(Struct, frozen=True):
    """Something that somebody would like to be on record."""

    event: Event
    who: Principal | None
    at: datetime


class Kept(Struct, frozen=True):
    """A record that was taken in, with its hash."""

    record: Record
    hash: str

    def is_about(self, change: str) -> bool:
        """Tell whether it is about this change."""
        return getattr(self.record.event, "change", None) == change


PEOPLE = (ANNA, BEN, CARA, ROBOT, TWIN, BY_ROBOT, None)

ABOUT: tuple[Callable[[str, int], Event], ...] = (
    lambda id, n: planned(id, approvals_needed=n % 3, expires=NOON + (1 + n) * HOUR),
    lambda id, _: Approved(id),
    lambda id, _: Applying(id),
    lambda id, _: Rejected(id, "no"),
    lambda id, _: Denied(id, "approve", "own plan"),
    lambda id, _: Blocked(id, ()),
    lambda id, _: Applied(id, WRITTEN, "read_back"),
    lambda id, _: Refused(id, "role", "no"),
    lambda id, _: Conflict(id, FOREIGN),
    lambda id, n: Waiting(id, f"code-{n % 2}"),
    lambda id, _: Uncertain(id, "cut off"),
    lambda id, _: NotApplied(id, FORMER, "as before"),
    lambda id, _: PutOff(id, "no connection"),
    lambda id, _: Confirmed(id, WRITTEN),
    lambda _, __: Foreign("setting", FOREIGN),
)
OFTEN = (0, 1, 1, 1, 2, 2, 2, 2, *range(len(ABOUT)))
"""Which events are tried, so that many come far."""


@st.composite
def stories(draw: st.DrawFn) -> list[Try]:
    """Draw what people try one after another, at hours that never go back."""
    choices = st.lists(
        st.tuples(
            st.sampled_from(OFTEN),
            st.sampled_from(("c1", "c2", "c3")),
            st.sampled_from(PEOPLE),
            st.integers(0, 5),
            st.sampled_from((0, 0, 0, 0, 1, 5, 80)),
        ),
        min_size=12,
        max_size=60,
    )
    tries, hours = [], 0
    for kind, id, who, number, later in draw(choices):
        hours += later
        tries.append(Try(ABOUT[kind](id, number), who, NOON + hours * HOUR))
    return tries


def taken(tries: list[Try]) -> tuple[Ledger, list[Kept]]:
    """Add what a ledger takes, and leave out what it refuses."""
    ledger, kept = Ledger(), []
    for each in tries:
        record = ledger.next(f"r{ledger.seq + 1}", each.at, each.who, each.event)
        hash = record_hash(msgspec.json.encode(record))
        try:
            ledger = ledger.add(record, hash)
        except ValueError:
            continue
        kept.append(Kept(record, hash))
        assert sum(c.state in UNSETTLED for c in ledger.changes.values()) <= 1
    return ledger, kept


@given(stories())
@settings(max_examples=150, deadline=None)
def test_a_change_is_applied_only_with_the_consent_of_enough_others(tries: list[Try]) -> None:
    ledger, kept = taken(tries)

    for id, change in ledger.changes.items():
        approvers: list[Principal] = []
        for record in (k.record for k in kept if k.is_about(id)):
            if isinstance(record.event, Approved):
                assert record.who is not None
                approvers.append(record.who)
            if isinstance(record.event, Applying):
                assert len(approvers) >= change.approvals_needed
        for one, another in combinations([change.planner, *approvers], 2):
            assert one.oid != another.oid
            assert one.kind == another.kind == "user" or one.app != another.app


@given(stories())
@settings(max_examples=100, deadline=None)
def test_nothing_is_approved_or_first_applied_after_its_plan_has_expired(tries: list[Try]) -> None:
    ledger, kept = taken(tries)

    for id, change in ledger.changes.items():
        last, waited = change.expires, False
        for record in (k.record for k in kept if k.is_about(id)):
            event = record.event
            if isinstance(event, Approved):
                assert record.at < change.expires
            if isinstance(event, Applying):
                assert record.at < last
            if isinstance(event, Waiting) and not waited:
                last, waited = record.at + INTUNE_WAITS, True


@given(stories())
@settings(max_examples=100, deadline=None)
def test_a_change_counts_and_remembers_every_record_about_it(tries: list[Try]) -> None:
    ledger, kept = taken(tries)

    assert ledger.seq == len(kept)
    assert ledger.hash == (kept[-1].hash if kept else GENESIS)
    for id, change in ledger.changes.items():
        about = [k.record for k in kept if k.is_about(id)]
        assert change.version == about[-1].seq
        assert [(line.seq, line.at, line.who) for line in change.history] == [
            (record.seq, record.at, record.who) for record in about
        ]


@given(stories())
@settings(max_examples=100, deadline=None)
def test_a_ledger_and_its_records_are_read_as_they_were_written(tries: list[Try]) -> None:
    middle, first = taken(tries[: len(tries) // 2])
    whole, _ = taken(tries)
    read = msgspec.json.decode(msgspec.json.encode(middle), type=Ledger)

    assert read == middle
    for each in tries[len(tries) // 2 :]:
        record = read.next(f"r{read.seq + 1}", each.at, each.who, each.event)
        content = msgspec.json.encode(record)
        assert msgspec.json.decode(content, type=Record) == record
        try:
            read = read.add(record, record_hash(content))
        except ValueError:
            continue
    assert read == whole
    assert folded(Ledger(), ((k.record, k.hash) for k in first)) == middle


@given(stories(), st.integers(0, 60), st.integers(0, 3))
@settings(max_examples=100, deadline=None)
def test_a_record_that_is_missing_doubled_altered_or_moved_is_refused(
    tries: list[Try], at: int, what: int
) -> None:
    _, kept = taken(tries)
    place = at % (len(kept) - 1) if len(kept) > 1 else 0
    told = [(k.record, k.hash) for k in kept]
    if len(told) < 2:
        return
    record, hash = told[place]
    altered = structs.replace(record, id="somebody-else")
    harm = (
        told[:place] + told[place + 1 :],
        told[: place + 1] + told[place:],
        [*told[:place], (altered, record_hash(msgspec.json.encode(altered))), *told[place + 1 :]],
        [*told[:place], told[place + 1], (record, hash), *told[place + 2 :]],
    )[what]

    with pytest.raises(ValueError, match="does not follow"):
        folded(Ledger(), harm)


@given(stories(), st.integers(0, 60))
@settings(max_examples=100, deadline=None)
def test_filing_loses_nothing_and_keeps_what_is_open(tries: list[Try], days: int) -> None:
    ledger, _ = taken(tries)
    now = (tries[-1].at if tries else NOON) + days * DAY
    kept, old = ledger.filed(now)

    assert kept.changes | {change.id: change for change in old} == ledger.changes
    assert not kept.changes.keys() & {change.id for change in old}
    for change in old:
        assert change.as_of(now).state not in OPEN | UNSETTLED
        assert now - change.history[-1].at >= KEPT
    assert (kept.seq, kept.hash, kept.known, kept.applied, kept.news) == (
        *(ledger.seq, ledger.hash, ledger.known, ledger.applied, ledger.news),
    )
