"""A tenant that changed between sweeps is recorded, read again, and owed a sweep."""

from datetime import datetime, timedelta

import pytest
from msgspec import UNSET, structs

from shared.domain.feed import Actor, FeedState, Reread, Watched
from shared.domain.guid_set import GuidSet
from shared.domain.restore_change import Applied, Applying, Foreign
from shared.domain.restore_value import value_of
from shared.domain.sweep import Pointer, Sweep
from shared.domain.tenant import RestoreSetting, StatusPage, TenantReading
from shared.errors import GraphError, GraphUnavailableError
from shared.use_cases.watch_tenant import watch_tenant
from tests.builders import tenant
from tests.feed_fakes import guid
from tests.restore_builders import ANNA, planned
from tests.world import LAST_NAME, LAST_NIGHT, NIGHT, REREAD_AFTER, World, record, throttled

ON = RestoreSetting("a_WindowsRestore", "enabled", "2026-11-01T00:00:00Z")
OFF = structs.replace(ON, state="disabled", last_modified="2026-11-22T01:50:00Z")
PAGE = StatusPage("esp", "Default", 0, True)
AS_SWEPT = Watched(ON, (PAGE,), (), ())
QUARTER_TO = NIGHT - timedelta(minutes=15)
STATE = FeedState("link", NIGHT, NIGHT, watched=AS_SWEPT, watched_at=QUARTER_TO)
SOON = LAST_NIGHT + REREAD_AFTER


def reading(setting: RestoreSetting = ON) -> TenantReading:
    return TenantReading(
        tenant(),
        restore_setting=setting,
        status_pages=(PAGE,),
        backup_policies=(),
        first_sign_in_policies=(),
    )


SWEPT = record(id=LAST_NAME, started=LAST_NIGHT, reading=reading())


def a_world(watched: Watched = AS_SWEPT, setting: RestoreSetting = ON) -> World:
    world = World()
    world.tenant.watched = watched
    world.tenant.reading = reading(setting)
    world.tenant.sets = {"group-devices-g": GuidSet([guid(1)])}
    return world


async def watch(
    world: World,
    state: FeedState = STATE,
    now: datetime = SOON,
    swept: Sweep | None = SWEPT,
) -> FeedState:
    return await watch_tenant(
        state,
        now,
        Pointer(LAST_NAME, LAST_NIGHT),
        swept,
        REREAD_AFTER,
        user_names=True,
        audit=world.audit,
        changes=world.changes,
        feed=world.feed,
        tenant=world.tenant,
    )


async def test_a_tenant_as_it_was_is_neither_recorded_nor_read_again() -> None:
    world = a_world()
    after = await watch(world)
    assert after == structs.replace(STATE, watched_at=SOON)
    assert world.calls.made == ["tenant.watch", "feed.reread"]


async def test_a_change_is_recorded_owes_a_sweep_and_has_the_tenant_read_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    changed = structs.replace(AS_SWEPT, restore_setting=OFF)
    world = a_world(changed, OFF)
    after = await watch(world)

    [change] = world.feed.recorded.values()
    assert (change.kind, change.seen, change.last_known) == ("restore_setting", SOON, QUARTER_TO)
    assert after.owed_sweep == "the tenant was changed: restore_setting 'Show restore page'"
    assert (after.watched, after.watched_at) == (changed, SOON)
    assert world.feed.last_reread == Reread(SOON, reading(OFF), ("group-devices-g",))
    assert world.feed.last_sets == world.tenant.sets
    assert "The tenant is not as it was last known" in caplog.text


async def test_who_made_a_change_is_recorded_with_it_and_logged_nowhere(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    world = a_world(structs.replace(AS_SWEPT, restore_setting=OFF), OFF)

    world.changes.actor = Actor("admin@contoso.example", None, None, NIGHT)
    await watch(world)
    [change] = world.feed.recorded.values()
    assert change.who == world.changes.actor
    assert "admin@contoso" not in caplog.text


async def test_a_change_of_the_setting_by_others_is_in_the_audit_and_one_of_ours_is_named() -> None:
    foreign = a_world(structs.replace(AS_SWEPT, restore_setting=OFF), OFF)
    await watch(foreign)
    assert [event.new for event in foreign.audit.events if isinstance(event, Foreign)] == [
        value_of(OFF)
    ]

    ours = a_world(structs.replace(AS_SWEPT, restore_setting=OFF), OFF)
    plan = planned(before=value_of(ON), after="disabled", approvals_needed=0, expires=NIGHT)
    for event in (plan, Applying("c1"), Applied("c1", value_of(OFF), "read_back")):
        ours.audit.put(QUARTER_TO, ANNA, event)
    after = await watch(ours)
    assert [change.ours for change in ours.feed.recorded.values()] == ["c1"]
    assert after.owed_sweep is not None


async def test_nobody_is_looked_up_when_nothing_differs() -> None:
    world = a_world()
    await watch(world)
    assert "changes.actors" not in world.calls.made


async def test_a_repeated_poll_records_the_same_change_once() -> None:
    world = a_world(structs.replace(AS_SWEPT, restore_setting=OFF), OFF)
    await watch(world)
    await watch(world, now=SOON + timedelta(minutes=15))
    assert len(world.feed.recorded) == 1


async def test_what_cannot_be_read_stays_as_it_was_known_and_dates_from_then() -> None:
    world = a_world(structs.replace(AS_SWEPT, restore_setting=UNSET))
    after = await watch(world)
    assert after == STATE

    world.tenant.watched = structs.replace(AS_SWEPT, restore_setting=OFF)
    await watch(world, after)
    [change] = world.feed.recorded.values()
    assert change.last_known == QUARTER_TO


async def test_a_change_made_since_the_sweep_but_seen_before_is_not_told_twice() -> None:
    world = a_world(structs.replace(AS_SWEPT, restore_setting=OFF), OFF)
    after = await watch(world)
    world.feed.recorded.clear()
    again = await watch(world, structs.replace(after, owed_sweep=None))
    assert world.feed.recorded == {}
    assert again.owed_sweep is None
    assert world.calls.made.count("tenant.read") == 1


async def test_a_tenant_of_which_nothing_was_known_has_not_changed() -> None:
    world = a_world()
    after = await watch(world, structs.replace(STATE, watched=Watched(), watched_at=None))
    assert world.feed.recorded == {}
    assert (after.watched, after.watched_at) == (AS_SWEPT, SOON)


async def test_a_reading_grown_old_is_renewed() -> None:
    world = a_world()
    late = SOON + timedelta(seconds=1)
    await watch(world, now=late)
    assert world.feed.last_reread is not None
    assert world.feed.last_reread.read_at == late

    await watch(world, now=late + REREAD_AFTER)
    assert world.calls.made.count("tenant.read") == 1
    await watch(world, now=late + REREAD_AFTER + timedelta(seconds=1))
    assert world.calls.made.count("tenant.read") == 2


async def test_a_reading_older_than_the_sweep_is_not_what_devices_are_judged_by() -> None:
    world = a_world()
    world.feed.last_reread = Reread(LAST_NIGHT - timedelta(hours=1), reading(OFF))
    await watch(world)
    assert "tenant.read" not in world.calls.made


async def test_without_the_record_of_the_sweep_the_tenant_is_read() -> None:
    world = a_world()
    await watch(world, swept=None)
    assert world.feed.last_reread == Reread(SOON, reading(), ("group-devices-g",))


@pytest.mark.parametrize("error", [throttled(60), GraphUnavailableError("503")])
async def test_a_reading_that_fails_is_tried_again_by_the_next_poll(
    error: GraphError, caplog: pytest.LogCaptureFixture
) -> None:
    world = a_world(structs.replace(AS_SWEPT, restore_setting=OFF), OFF)
    world.calls.fail("tenant.read", error)
    after = await watch(world)
    assert after.owed_sweep is not None
    assert world.feed.last_reread is None
    assert "the next poll will try" in caplog.text

    await watch(world, after)
    assert world.feed.last_reread is not None


@pytest.mark.parametrize("error", [throttled(60), GraphError("nobody could sign in")])
async def test_a_tenant_that_cannot_be_watched_at_all_is_raised(error: GraphError) -> None:
    world = a_world()
    world.calls.fail("tenant.watch", error)
    with pytest.raises(type(error)):
        await watch(world)
