"""A change whose message was lost is looked at all the same."""

from datetime import datetime, timedelta

import pytest

from shared.domain.restore_change import (
    INTUNE_WAITS,
    Applied,
    Applying,
    Approved,
    Event,
    Uncertain,
    Waiting,
)
from shared.errors import AuditError
from shared.messages import RESTORE_CHANGES, SettleChange
from shared.use_cases.ensure_settling import ensure_settling
from tests.restore_builders import ANNA, BEN, HOUR, MINUTE, NOON, WRITTEN, planned
from tests.restore_world import RestoreWorld

PLAN = (planned(expires=NOON + INTUNE_WAITS), Approved("c1"))
SECOND = timedelta(seconds=1)


def a_world(*events: Event) -> RestoreWorld:
    """Build a world in which these things happened to a change at noon."""
    world = RestoreWorld()
    for event in events:
        world.audit.put(NOON, BEN if isinstance(event, Approved) else ANNA, event)
    return world


async def looked_at(world: RestoreWorld, now: datetime) -> list[tuple[str, datetime | None]]:
    """See that nothing is forgotten, and return which writes were sent to be looked at, at once."""
    world.queue.sent.clear()
    await ensure_settling(now, control=world.control)
    assert world.queue.sent == world.queue.on(RESTORE_CHANGES)
    assert all(sent.delay == 0 for sent in world.queue.sent)
    messages = [sent.message for sent in world.queue.sent]
    return [(m.change, m.begun) for m in messages if isinstance(m, SettleChange)]


async def test_without_a_change_under_way_nothing_is_sent() -> None:
    assert await looked_at(a_world(), NOON + HOUR) == []
    assert await looked_at(a_world(*PLAN), NOON + HOUR) == []
    applied = (*PLAN, Applying("c1"), Applied("c1", WRITTEN, "read_back"))
    assert await looked_at(a_world(*applied), NOON + HOUR) == []


@pytest.mark.parametrize("events", [(Applying("c1"),), (Applying("c1"), Uncertain("c1", "cut"))])
async def test_a_write_of_unknown_outcome_is_looked_at_after_a_quarter_of_an_hour(
    events: tuple[Event, ...],
) -> None:
    world = a_world(*PLAN, *events)
    assert await looked_at(world, NOON + 15 * MINUTE) == []
    assert await looked_at(world, NOON + 15 * MINUTE + SECOND) == [("c1", NOON)]
    assert await looked_at(world, NOON + 45 * MINUTE) == [("c1", NOON)]


async def test_a_change_that_waits_for_intune_is_sent_when_nobody_has_asked_for_long() -> None:
    world = a_world(*PLAN, Applying("c1"), Waiting("c1", "code-1"))
    assert await looked_at(world, NOON + 3 * HOUR) == []
    assert await looked_at(world, NOON + 3 * HOUR + SECOND) == [("c1", NOON)]

    asked = NOON + 2 * HOUR
    for event in (Applying("c1"), Waiting("c1", "code-1")):
        world.audit.put(asked, None, event)
    assert await looked_at(world, NOON + 4 * HOUR) == []
    assert await looked_at(world, NOON + 6 * HOUR) == [("c1", asked)]


async def test_what_intune_has_let_expire_is_left_alone() -> None:
    world = a_world(*PLAN, Applying("c1"), Waiting("c1", "code-1"))
    assert await looked_at(world, NOON + INTUNE_WAITS) == []


async def test_what_is_sent_settles_the_change() -> None:
    world = a_world(*PLAN, Applying("c1"))
    world.setting.foreign("enabled")
    world.now = NOON + HOUR
    await ensure_settling(world.now, control=world.control)
    await world.settle_due()
    assert (await world.read("c1")).state == "applied"


async def test_an_audit_that_is_not_in_order_stops_nobody_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = a_world(*PLAN, Applying("c1"))
    world.calls.fail("audit.ledger", AuditError("record 3 names another hash"))
    assert await looked_at(world, NOON + HOUR) == []
    assert "record 3 names another hash" in caplog.text
