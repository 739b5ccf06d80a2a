"""Comparing a reading with what is known: who a newcomer was before, and when things happened."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from shared.domain.history import History, OpenBlocker
from shared.domain.known_device import DeviceRecord, KnownDevice
from shared.use_cases.compare_device import (
    Reading,
    gone,
    looked_at_again,
    newly_seen,
    predecessor_of,
)
from tests.builders import device, judged
from tests.world import LAST_NIGHT, NIGHT

NEWCOMER = DeviceRecord("n", entra_id="E1", serial="5CG1")
OPEN = OpenBlocker("backup", "os_build_too_old", LAST_NIGHT, LAST_NIGHT, held=False)


def former(id: str, **differing: Any) -> KnownDevice:
    """A device that was known last night, with an open blocker."""
    names = {k: differing.pop(k) for k in ("entra_id", "serial", "last_sync") if k in differing}
    known = KnownDevice(DeviceRecord(id, **names), judged(), History((OPEN,)), LAST_NIGHT)
    return structs.replace(known, **differing)


def chosen(*candidates: KnownDevice, absent: str = "") -> str | None:
    """The id of the one that NEWCOMER was before."""
    found = predecessor_of(NEWCOMER, None, candidates, absent)
    return None if found is None else found.record.id


@pytest.mark.parametrize(
    ("candidate", "absent", "expected"),
    [
        (former("a", entra_id="e1"), "", "a"),
        (former("a", entra_id="e2"), "a", None),
        (former("a", serial=" 5cg1 "), "a", "a"),
        (former("a", serial="5CG1", gone=True), "", "a"),
        (former("a", serial="5CG1"), "", None),
        (former("n", entra_id="E1"), "n", None),
        (former("a", entra_id="E1", succeeded_by="m"), "", None),
        (former("a", entra_id="E1", succeeded_by="n"), "", "a"),
    ],
)
def test_who_may_be_a_predecessor(
    candidate: KnownDevice, absent: str, expected: str | None
) -> None:
    assert chosen(candidate, absent=absent) == expected


@pytest.mark.parametrize(("began", "expected"), [(LAST_NIGHT, "a"), (NIGHT, None), (None, "a")])
def test_an_enrolment_that_began_later_is_no_former_one(
    began: datetime | None, expected: str | None
) -> None:
    like = former("a", entra_id="E1")
    like = structs.replace(like, record=structs.replace(like.record, enrolled=began))
    newcomer = structs.replace(NEWCOMER, enrolled=LAST_NIGHT)
    found = predecessor_of(newcomer, None, [like], "")
    assert (found and found.record.id) == expected


def test_names_that_say_nothing_match_nobody() -> None:
    nameless = DeviceRecord("n", entra_id="", serial="Default string")
    like = former("a", entra_id="", serial="Default string", gone=True)
    assert predecessor_of(nameless, None, [like], "a") is None


def test_one_that_was_marked_wins_then_the_entra_id_then_the_last_sync_then_the_id() -> None:
    serial = former("a", serial="5CG1", last_sync=NIGHT)
    earlier = former("b", entra_id="E1", last_sync=LAST_NIGHT)
    later = former("d", entra_id="E1", last_sync=NIGHT)
    same = former("c", entra_id="E1", last_sync=NIGHT)
    marked = former("e", serial="5CG1", succeeded_by="n")
    everyone = [later, earlier, serial, marked, same]
    order = []
    while everyone:
        order.append(chosen(*everyone, absent="ae"))
        everyone = [c for c in everyone if c.record.id != order[-1]]
    assert order == ["e", "c", "d", "b", "a"]


def test_who_is_known_from_before_has_taken_over_already() -> None:
    itself = structs.replace(former("n"), gone=True)
    marked = former("a", entra_id="E1", succeeded_by="n")
    assert predecessor_of(NEWCOMER, itself, [marked], "") is None


def test_dates_never_run_backwards_where_the_last_sync_says_that_a_reading_is_newer() -> None:
    known = former("a", read_at=NIGHT, last_sync=LAST_NIGHT)
    reading = Reading(
        structs.replace(known.record, last_sync=NIGHT), judged(), NIGHT - timedelta(minutes=1)
    )
    assert reading.is_fresher_than(known)
    [cleared] = looked_at_again(known, reading).transitions
    assert cleared.at == NIGHT


def test_a_device_remembers_whom_it_took_its_history_from() -> None:
    reading = Reading(NEWCOMER, judged(device()), NIGHT)
    heir = newly_seen(reading, None, former("a"))
    assert heir.succeeds == "a"
    assert looked_at_again(heir, reading).succeeds == "a"
    assert newly_seen(reading, structs.replace(heir, gone=True), None).succeeds == "a"


def test_what_a_successor_took_over_is_not_taken_back_silently() -> None:
    itself = former("n", gone=True, succeeded_by="m")
    back = newly_seen(Reading(NEWCOMER, judged(device()), NIGHT), itself, None)
    assert back.history.open == ()
    assert [b.reason for b in back.history.cleared] == [OPEN.reason]
    assert back.succeeded_by is None


def test_a_device_that_goes_keeps_who_it_was_and_its_earlier_transitions() -> None:
    known = former("a", entra_id="E1", last_sync=LAST_NIGHT)
    left = gone(known, NIGHT)
    again = gone(structs.replace(left, gone=False, history=known.history), NIGHT)
    assert left.record == DeviceRecord("a", entra_id="E1")
    assert (len(left.transitions), len(again.transitions)) == (1, 2)
