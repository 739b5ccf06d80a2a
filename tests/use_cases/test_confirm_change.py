"""What was refused and then done by hand is closed once the setting shows it."""

import pytest

from shared.domain.restore_change import Change, Confirmed
from shared.errors import ChangeError, ConflictError, GraphUnavailableError, StaleError
from tests.restore_builders import BEN, HOUR
from tests.restore_fakes import Reply
from tests.restore_world import RestoreWorld


async def refused(world: RestoreWorld) -> Change:
    world.setting.replies = [Reply.refused("role")]
    return await world.apply((await world.approved()).id)


async def test_what_was_done_by_hand_is_applied_once_it_is_seen() -> None:
    world = RestoreWorld()
    change = await refused(world)
    world.now += HOUR
    world.setting.foreign("enabled")
    confirmed = await world.confirm(change.id, BEN)

    assert confirmed.state == "applied"
    assert confirmed.value == world.setting.value
    assert world.audit.events[-1] == Confirmed(change.id, world.setting.value)
    assert len(world.setting.writes) == 1


async def test_what_was_not_done_is_not_confirmed() -> None:
    world = RestoreWorld()
    change = await refused(world)

    with pytest.raises(ChangeError, match="still is notConfigured"):
        await world.confirm(change.id)
    assert (await world.read(change.id)).state == "refused"


async def test_only_what_was_refused_can_be_confirmed() -> None:
    world = RestoreWorld()
    change = await world.approved()
    world.setting.foreign("enabled")

    with pytest.raises(ChangeError, match="approved"):
        await world.confirm(change.id)


async def test_another_object_confirms_nothing() -> None:
    world = RestoreWorld()
    change = await refused(world)
    world.setting.id = "another_WindowsRestore"
    world.setting.foreign("enabled")

    with pytest.raises(ChangeError, match="another object"):
        await world.confirm(change.id)
    assert (await world.read(change.id)).state == "refused"


async def test_what_cannot_be_read_is_not_confirmed() -> None:
    world = RestoreWorld()
    change = await refused(world)
    world.setting.foreign("enabled")
    world.calls.fail("setting.read", GraphUnavailableError("Graph answered 503"))

    with pytest.raises(GraphUnavailableError):
        await world.confirm(change.id)
    assert (await world.confirm(change.id)).state == "applied"


async def test_whoever_saw_the_change_otherwise_does_not_confirm_it() -> None:
    world = RestoreWorld()
    change = await refused(world)
    world.setting.foreign("enabled")

    with pytest.raises(StaleError):
        await world.confirm(change.id, if_match="another")
    assert (await world.confirm(change.id, if_match=change.etag)).state == "applied"


async def test_it_is_confirmed_once_and_in_spite_of_others() -> None:
    world = RestoreWorld()
    change = await refused(world)
    world.setting.foreign("enabled")
    world.calls.fail("audit.append", ConflictError("taken"))
    await world.confirm(change.id)

    with pytest.raises(ChangeError, match="applied"):
        await world.confirm(change.id)
