"""Ending a sweep that cannot complete."""

import pytest

from shared.domain.guid_set import GuidSet
from shared.domain.sweep import ActiveSweep
from shared.errors import StorageError
from shared.ports import DevicePage
from shared.use_cases.end_sweep import clear_away, end_partial
from tests.world import LAST_NAME, NAME, NIGHT, World, pcs, record


async def test_the_reason_is_kept_the_pages_go_and_the_last_snapshot_stays() -> None:
    world = World()
    await world.committed("ab")
    world.running()
    world.stored({1: DevicePage(pcs("a"))})

    await end_partial(NAME, "Graph went away", sweeps=world.sweeps)

    kept = world.sweeps.records[NAME]
    assert (kept.state, kept.reason) == ("partial", "Graph went away")
    assert world.sweeps.stored == {}
    assert world.active is None
    assert world.fleet == "ab"


@pytest.mark.parametrize("state", ["complete", "partial", "failed"])
async def test_what_has_ended_already_keeps_its_record(state: str) -> None:
    world = World()
    ended = world.running(record(state=state, reason="the first one"))

    await end_partial(NAME, "another one", sweeps=world.sweeps)
    assert world.sweeps.records[NAME] == ended
    assert world.active is None


async def test_what_is_committed_meanwhile_is_never_called_partial() -> None:
    world = World()
    paging = world.running()
    complete = record(state="complete")
    world.calls.before("sweeps.replace", lambda: world.sweeps.records.update({paging.id: complete}))

    await end_partial(NAME, "it took too long", sweeps=world.sweeps)
    assert world.sweeps.records[NAME] == complete
    assert world.active is None


async def test_another_sweep_that_runs_by_now_is_left_alone() -> None:
    world = World()
    world.running(record(id=LAST_NAME))
    world.running()

    await end_partial(LAST_NAME, "too late", sweeps=world.sweeps)
    assert world.active == NAME


async def test_a_start_that_left_no_record_still_gives_up_its_place() -> None:
    world = World()
    world.sweeps.now_active = ActiveSweep(NAME, NIGHT)
    await end_partial(NAME, "never begun", sweeps=world.sweeps)
    assert (world.active, world.sweeps.records) == (None, {})


async def test_an_end_that_is_interrupted_can_be_made_again() -> None:
    world = World()
    world.running()
    world.stored({1: DevicePage(pcs("a"))})
    world.calls.fail("sweeps.remove_pages", StorageError("storage is down"))

    with pytest.raises(StorageError):
        await end_partial(NAME, "the first reason", sweeps=world.sweeps)
    assert world.sweeps.now_active.sweep == NAME

    await end_partial(NAME, "the second reason", sweeps=world.sweeps)
    assert world.sweeps.records[NAME].reason == "the first reason"
    assert world.sweeps.now_active == ActiveSweep()
    assert world.sweeps.stored == {}


async def test_the_sets_go_with_a_sweep_that_did_not_complete() -> None:
    world = World()
    world.running()
    world.sweeps.sets = {NAME: {"group-devices-g": GuidSet()}, LAST_NAME: {}}
    await end_partial(NAME, "Graph went away", sweeps=world.sweeps)
    assert world.sweeps.sets == {LAST_NAME: {}}


@pytest.mark.parametrize("state", ["complete", "paging"])
async def test_the_sets_of_a_sweep_that_completed_or_still_might_stay(state: str) -> None:
    world = World()
    world.running(record(state=state))
    world.sweeps.sets = {NAME: {"group-devices-g": GuidSet()}}
    await clear_away(NAME, sweeps=world.sweeps)
    assert NAME in world.sweeps.sets


async def test_sets_that_a_start_left_without_a_record_go_too() -> None:
    world = World()
    world.sweeps.sets = {NAME: {"group-devices-g": GuidSet()}}
    await end_partial(NAME, "never begun", sweeps=world.sweeps)
    assert world.sweeps.sets == {}
