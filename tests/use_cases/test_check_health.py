"""Health is judged by what storage says, and nothing else is asked."""

import pytest

from shared.domain.feed import FeedState, TenantChange
from shared.errors import StorageError
from shared.report.health import Health
from shared.use_cases.check_health import check_health
from tests.world import LAST_NAME, LAST_NIGHT, NIGHT, World, record


async def checked(world: World) -> Health:
    return await check_health(
        NIGHT,
        snapshots=world.snapshots,
        sweeps=world.sweeps,
        feed=world.feed,
        poison=world.poison,
    )


async def test_every_part_of_storage_is_looked_at() -> None:
    world = World()
    world.snapshots.point_at(LAST_NAME, LAST_NIGHT)
    failed = record(state="failed", reason="the tenant could not be read")
    world.sweeps.records = {LAST_NAME: record(id=LAST_NAME, state="complete"), failed.id: failed}
    world.feed.state = FeedState("link", LAST_NIGHT, LAST_NIGHT, polled=NIGHT)
    await world.feed.record(
        TenantChange("status_page", "1", "ESP", {"priority": 1}, None, NIGHT, LAST_NIGHT)
    )

    world.poison.given_up["sweep-pages"] = 2

    health = await checked(world)

    assert [(check.name, check.state) for check in health.checks] == [
        ("snapshot", "ok"),
        ("sweep", "attention"),
        ("polls", "ok"),
        ("delta_link", "ok"),
        ("poison:sweep-pages", "attention"),
        ("drift", "attention"),
    ]
    assert (health.state, health.at) == ("attention", NIGHT)


async def test_a_running_sweep_is_seen() -> None:
    world = World()
    world.running()

    health = await checked(world)
    assert "has been running" in health.checks[1].says


async def test_storage_that_fails_is_no_report() -> None:
    world = World()
    world.calls.fail("sweeps.last", StorageError("blob storage failed"))
    with pytest.raises(StorageError):
        await checked(world)
