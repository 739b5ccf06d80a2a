"""A sweep that is owed begins, and stays owed until one has begun afterwards."""

from datetime import datetime, timedelta

import pytest
from msgspec import structs

from shared.domain.feed import FeedState
from shared.domain.sweep import ActiveSweep, SweepState
from shared.domain.tenant import TenantReading
from shared.messages import SWEEP_PAGES, ReadPage
from shared.use_cases.owed_sweep import TRY_AGAIN, begin_owed_sweep, owed_still
from shared.use_cases.start_sweep import Started
from tests.builders import tenant
from tests.fakes import Sent
from tests.world import FORBIDDEN, NAME, NIGHT, TERMS, World, record, throttled

OWED = FeedState("link", NIGHT, NIGHT, owed_sweep="a token had expired")
BEGUN = FeedState("link", NIGHT, NIGHT, begun_sweep=NAME, begun_for=OWED.owed_sweep)
AGAIN = structs.replace(OWED, sweep_failed=NIGHT)


async def begun(world: World, now: datetime = NIGHT, state: FeedState = OWED) -> Started | None:
    etag = await world.feed.write(state, (await world.feed.read())[1])
    return await begin_owed_sweep(
        now,
        TERMS,
        state,
        etag,
        changes=world.changes,
        feed=world.feed,
        tenant=world.tenant,
        sweeps=world.sweeps,
        queue=world.queue,
    )


def stored(world: World) -> FeedState:
    assert world.feed.state is not None
    return world.feed.state


async def test_nothing_begins_when_nothing_is_owed() -> None:
    world = World()
    state = structs.replace(OWED, owed_sweep=None)
    assert await begun(world, state=state) is None
    assert world.queue.sent == []


async def test_a_sweep_that_has_begun_is_owed_no_more() -> None:
    world = World()
    assert await begun(world) == Started(NAME, "begun")
    assert world.queue.sent == [Sent(SWEEP_PAGES, ReadPage(NAME, 1), 0)]
    assert stored(world) == BEGUN


@pytest.mark.parametrize(
    ("end", "then"),
    [
        ("paging", BEGUN),
        ("complete", structs.replace(BEGUN, begun_sweep=None, begun_for=None)),
        ("partial", AGAIN),
        ("failed", AGAIN),
        (None, AGAIN),
    ],
)
async def test_a_sweep_that_began_and_did_not_complete_is_owed_again(
    end: SweepState | None, then: FeedState
) -> None:
    world = World()
    if end is not None:
        world.sweeps.records[NAME] = record(state=end)
    assert await owed_still(BEGUN, NIGHT, sweeps=world.sweeps) == then


async def test_a_sweep_whose_start_was_put_off_is_waited_for() -> None:
    world = World()
    world.sweeps.now_active = ActiveSweep(NAME, NIGHT)
    assert await owed_still(BEGUN, NIGHT, sweeps=world.sweeps) == BEGUN


async def test_a_newer_reason_for_a_sweep_outlives_the_one_before() -> None:
    world = World()
    newer = structs.replace(BEGUN, owed_sweep="the tenant was changed")
    assert (await owed_still(newer, NIGHT, sweeps=world.sweeps)).owed_sweep == newer.owed_sweep


async def test_a_sweep_that_was_put_off_reads_later_and_is_owed_no_more() -> None:
    world = World()
    world.calls.fail("tenant.read", throttled(60))
    assert await begun(world) == Started(NAME, "put_off")
    assert stored(world).owed_sweep is None


async def test_a_sweep_that_ran_already_leaves_it_owed() -> None:
    world = World()
    world.running()
    assert await begun(world, NIGHT + timedelta(hours=1)) == Started(NAME, "already_running")
    assert stored(world) == OWED


async def test_a_start_that_was_taken_over_may_have_read_the_tenant_too_early() -> None:
    world = World()
    world.sweeps.now_active = ActiveSweep(NAME, NIGHT)
    world.sweeps.records[NAME] = record()
    assert await begun(world, NIGHT + timedelta(hours=1)) == Started(NAME, "begun")
    assert stored(world) == OWED


async def test_a_start_that_fails_is_tried_again_each_hour_and_not_at_every_poll() -> None:
    world = World()
    world.tenant.reading = TenantReading(tenant(cloud="dod"))
    assert await begun(world) == Started(NAME, "failed")
    failed = structs.replace(OWED, sweep_failed=NIGHT)
    assert stored(world) == failed

    world.tenant.reading = TenantReading(tenant())
    soon = NIGHT + TRY_AGAIN - timedelta(seconds=1)
    assert await begun(world, soon, failed) is None
    later = NIGHT + TRY_AGAIN
    again = await begun(world, later, failed)
    assert again is not None
    assert again.outcome == "begun"
    assert stored(world) == structs.replace(BEGUN, begun_sweep=again.sweep)


async def test_a_permission_that_is_missing_fails_the_start_and_keeps_it_owed() -> None:
    world = World()
    world.calls.fail("tenant.read", FORBIDDEN)
    started = await begun(world)
    assert started is not None
    assert started.outcome == "failed"
    assert stored(world).owed_sweep == OWED.owed_sweep


async def test_another_poll_that_wrote_meanwhile_keeps_its_word(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    caplog.set_level("INFO")
    theirs = structs.replace(OWED, delta_link="newer")

    def write() -> None:
        world.feed.replaced(theirs)

    world.calls.before("queue.send", write)
    assert await begun(world) == Started(NAME, "begun")
    assert stored(world) == theirs
    assert "a sweep may begin once more" in caplog.text
