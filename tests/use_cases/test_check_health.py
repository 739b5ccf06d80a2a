"""Health is judged by what storage says, and nothing else is asked."""

import pytest

from shared.domain.feed import FeedState, TenantChange
from shared.domain.restore_change import Applying, Approved
from shared.errors import AuditError, StorageError
from shared.ports import Fitness
from shared.report.health import Health
from shared.use_cases.check_health import check_health
from shared.use_cases.restore_standing import read_accounts
from tests.restore_builders import ANNA, BEN, DAY, planned
from tests.world import LAST_NAME, LAST_NIGHT, NIGHT, World, record


async def checked(world: World, fitness: Fitness | None = None) -> Health:
    return await check_health(
        NIGHT,
        await read_accounts(world.audit),
        fitness,
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


async def states(world: World, fitness: Fitness | None = None) -> dict[str, str]:
    """The state of each check, by name."""
    return {check.name: check.state for check in (await checked(world, fitness)).checks}


async def test_a_change_that_has_hung_since_yesterday_is_seen() -> None:
    world = World()
    for who, event in (
        (ANNA, planned(expires=NIGHT)),
        (BEN, Approved("c1")),
        (ANNA, Applying("c1")),
    ):
        world.audit.put(NIGHT - DAY, who, event)
    assert (await states(world))["restore_change"] == "attention"


async def test_an_audit_that_does_not_add_up_makes_the_report_fail() -> None:
    world = World()
    world.calls.fail("audit.ledger", AuditError("record 3 is missing"))
    health = await checked(world)
    assert health.state == "failing"
    assert [check.name for check in health.checks if check.state == "failing"] == ["audit"]


@pytest.mark.parametrize(
    ("fitness", "state"),
    [
        (None, None),
        (Fitness(configured=False, permission="no", role="no"), None),
        (Fitness(configured=True, permission="yes", role="no"), "attention"),
        (Fitness(configured=True, permission="yes", role="unknown"), "ok"),
        (Fitness(configured=True, permission="yes", role="yes"), "ok"),
    ],
)
async def test_the_write_identity_is_judged_where_there_is_one(
    fitness: Fitness | None, state: str | None
) -> None:
    assert (await states(World(), fitness)).get("write_identity") == state
