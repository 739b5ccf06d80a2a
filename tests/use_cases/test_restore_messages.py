"""Messages about a change that hangs stay as many as they are, however long it hangs."""

from datetime import timedelta

import pytest

from shared.errors import GatesError, GraphUnavailableError
from shared.messages import SettleChange
from shared.ports import Setting
from shared.use_cases.ensure_settling import ensure_settling
from tests.restore_builders import ANNA, DAY, MINUTE
from tests.restore_fakes import Reply
from tests.restore_world import RestoreWorld

HEALTH = 30 * MINUTE


async def test_one_chain_looks_for_an_outcome_while_graph_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = RestoreWorld()
    world.setting.replies = [Reply.unanswered(None)]
    change = await world.apply((await world.approved()).id)
    with monkeypatch.context() as away:
        go_away(world.setting, away)
        await passing(world, DAY)

    await world.settled()
    assert (await world.read(change.id)).state == "not_applied"


async def test_one_chain_asks_intune_while_graph_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    world = RestoreWorld()
    world.setting.needs_approval = True
    change = await world.apply((await world.approved()).id)
    with monkeypatch.context() as away:
        go_away(world.setting, away)
        await passing(world, DAY)

    world.setting.approve(change.code)
    world.sweep(100)
    await world.settled()
    assert (await world.read(change.id)).state == "applied"


async def test_a_message_about_an_earlier_write_begets_none() -> None:
    world = RestoreWorld()
    world.setting.replies = [Reply.not_sent(), Reply.unanswered(None)]
    change = await world.approved()
    with pytest.raises(GraphUnavailableError):
        await world.apply(change.id)
    begun = (await world.read(change.id)).begun
    world.now += MINUTE
    assert (await world.apply(change.id)).state == "unknown"
    sent = len(world.due)

    for earlier in (SettleChange(change.id, begun), SettleChange(change.id)):
        await world.settle(earlier)
    assert len(world.due) == sent


async def test_a_setting_that_was_made_anew_has_not_taken_the_write() -> None:
    world = RestoreWorld()
    world.setting.replies = [Reply.unanswered(None)]
    change = await world.apply((await world.approved()).id, ANNA)
    world.now += MINUTE
    world.setting.id = "made-anew_WindowsRestore"
    world.setting.foreign("enabled")
    await world.settled()

    after = await world.read(change.id)
    assert after.state == "not_applied"
    assert "another object" in (after.outcome.why or "")


async def test_a_person_who_is_blocked_does_not_end_the_asking_of_intune() -> None:
    world = RestoreWorld()
    world.setting.needs_approval = True
    change = await world.apply((await world.approved()).id)
    world.now += 15 * MINUTE
    world.sweep(0)
    with pytest.raises(GatesError):
        await world.apply(change.id)

    before = len(world.due)
    await world.settle(SettleChange(change.id, change.begun))
    assert len(world.due) == before + 1


async def passing(world: RestoreWorld, by: timedelta) -> None:
    """Let time pass, look for what is forgotten as the app does, and count what is under way."""
    health, end = world.now + HEALTH, world.now + by
    while world.now < end:
        world.now = max(world.now, min([health, *(due.at for due in world.due)]))
        if world.now == health:
            await ensure_settling(world.now, control=world.control)
            health += HEALTH
        await world.settle_due()
        assert len(world.due) <= 2, "messages beget messages"


def go_away(setting: Setting, patch: pytest.MonkeyPatch) -> None:
    async def read() -> None:
        raise GraphUnavailableError("Graph answered 503")

    patch.setattr(setting, "read", read)
