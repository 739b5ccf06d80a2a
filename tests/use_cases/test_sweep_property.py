"""Whatever the queues, the hosts and Graph do, a sweep is whole or nothing of it shows."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.use_cases.unruly_host import LASTING, PASSING, ShiftingDevices, UnrulyHost
from tests.world import LAST_NAME, NAME, NIGHT, pcs

LAST_FLEET = "abcz"
FLEET = "abcdefg"
UNASKED = "abcdefgz"
"""The fleet when Graph could not be asked whether z, which is on no page, has gone."""

CHOICES = st.lists(st.integers(0, 399), min_size=80, max_size=160)


def host(graph_troubles: Sequence[Exception]) -> UnrulyHost:
    """A host whose app has a snapshot of last night, since when one device has gone."""
    made = UnrulyHost(graph_troubles)
    asyncio.run(made.world.committed(LAST_FLEET))
    made.world.devices = ShiftingDevices(made.calls, pcs(FLEET))
    return made


@given(CHOICES)
@settings(max_examples=250, deadline=None)
def test_trouble_that_passes_loses_no_message_and_the_sweep_completes(choices: list[int]) -> None:
    unruly = host(PASSING)
    world = unruly.world
    unruly.fire()
    for choice in choices:
        unruly.act(choice)
        if unruly.timer_died:
            unruly.fire()
    unruly.settle()

    if unruly.poisoned or unruly.timer_died:
        return
    assert world.sweeps.records[NAME].state == "complete"
    assert world.fleet in (FLEET, UNASKED)
    assert world.summary()["devices"] == len(world.fleet)
    assert world.snapshots.points[NIGHT.date()]["sweep"] == NAME
    assert world.active is None
    assert NAME not in world.sweeps.stored


@given(CHOICES, st.integers(1, 2))
@settings(max_examples=250, deadline=None)
def test_nobody_ever_sees_half_a_sweep_and_the_next_night_makes_up_for_it(
    choices: list[int], starts: int
) -> None:
    unruly = host(LASTING)
    world = unruly.world
    for _ in range(starts):
        unruly.fire()
    completed = False
    for choice in choices:
        unruly.act(choice)
        kept = world.sweeps.records.get(NAME)
        assert not completed or (kept and kept.state == "complete")
        completed = kept is not None and kept.state == "complete"
        assert world.snapshots.pointer is not None
        committed = world.snapshots.pointer.sweep == NAME
        assert world.fleet in ((FLEET, UNASKED) if committed else (LAST_FLEET,))
        if kept and not committed:
            assert kept.state != "complete"
            assert bool(kept.reason) == (kept.state in ("partial", "failed"))

    unruly.settle()
    unruly.fire(NIGHT + timedelta(days=1))
    unruly.settle()
    assert world.fleet in (FLEET, UNASKED)
    assert world.active is None
    assert all(kept.state != "paging" for kept in world.sweeps.records.values())
    assert world.sweeps.records[LAST_NAME].state == "complete"


@given(st.lists(st.integers(0, 399), max_size=160))
@settings(max_examples=30, deadline=None)
def test_a_host_without_trouble_needs_no_second_night(choices: list[int]) -> None:
    unruly = host(())
    unruly.fire()
    for choice in choices:
        unruly.act(choice - choice % 20 + choice % 10)
    unruly.settle()

    assert unruly.world.sweeps.records[NAME].state == "complete"
    assert unruly.world.fleet == FLEET
    assert unruly.world.sweeps.stored == {}


@given(st.lists(st.integers(0, 399), min_size=90, max_size=90), st.integers(36, 56))
@settings(max_examples=150, deadline=None)
def test_a_sweep_given_up_while_it_is_committed_is_complete_exactly_if_it_was_shown(
    choices: list[int], given_up_at: int
) -> None:
    unruly = host(())
    world = unruly.world
    unruly.fire()
    shown = False
    for at, choice in enumerate(choices):
        if at == given_up_at:
            unruly.fire(NIGHT + timedelta(days=1))
        unruly.act(choice - choice % 20 + choice % 10)
        shown |= world.shown == NAME
    while unruly.works or unruly.queued:
        unruly.settle_one()
        shown |= world.shown == NAME

    assert (world.sweeps.records[NAME].state == "complete") == shown
    assert world.fleet == FLEET
