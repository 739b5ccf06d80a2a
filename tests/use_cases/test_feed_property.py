"""Whatever changes, dies or is repeated, snapshot and overlay end as judging afresh would."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.known_device import record_of
from shared.domain.transitions import open_reasons
from tests.use_cases.living_fleet import LivingFleet, replayed
from tests.world import book

STEPS = st.lists(st.integers(0, 2399), min_size=40, max_size=120)


def lived(steps: list[int], *, sweeps: bool) -> LivingFleet:
    """Live through these steps: changes, sweeps now and then, and all the trouble there is."""
    fleet = LivingFleet()
    asyncio.run(fleet.settled())
    fleet.calls.pausing = True
    for step in steps:
        choice, kind = divmod(step, 6)
        fleet.tick()
        if kind == 0:
            fleet.change(choice)
        elif kind == 1 and sweeps:
            fleet.fire(fleet.world.now)
        else:
            fleet.act(choice)
            fleet.go_on(choice % 8)
    fleet.come_to_rest()
    return fleet


def check(fleet: LivingFleet) -> None:
    known = fleet.union()
    assert known.keys() == fleet.fleet.known.keys()
    judging = book()
    for id, device in fleet.fleet.known.items():
        assert known[id].assessment == judging.assessment_of(device)
        shown = record_of(device, user_names=True)
        assert known[id].record.os_version == shown.os_version
        opened = {(b.capability, b.reason) for b in known[id].history.open if not b.held}
        assert opened == set(open_reasons(known[id].assessment))
    assert replayed(fleet.started, fleet.told()) == fleet.open_now()


@given(STEPS)
@settings(max_examples=120, deadline=None)
def test_messages_in_any_order_with_any_trouble_end_in_the_truth_told_once(
    steps: list[int],
) -> None:
    check(lived(steps, sweeps=False))


@given(STEPS)
@settings(max_examples=150, deadline=None)
def test_sweeps_that_fold_in_between_neither_lose_nor_repeat_anything(steps: list[int]) -> None:
    check(lived(steps, sweeps=True))
