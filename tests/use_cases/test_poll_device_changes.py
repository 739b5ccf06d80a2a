"""A poll hands on what changed, and moves the feed on once that is done and not before."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from shared.domain.feed import OVERLAP, FeedState, FreshStart, Watched
from shared.domain.sweep import ActiveSweep
from shared.domain.tenant import RestoreSetting, TenantReading
from shared.errors import (
    ConflictError,
    DeltaExpiredError,
    GraphError,
    GraphForbiddenError,
    GraphUnavailableError,
    StorageError,
)
from shared.messages import DEVICE_CHANGES, SWEEP_PAGES, DeviceChanges, ReadPage
from shared.ports import DeltaPage, DirectoryPage, SyncedPage
from shared.use_cases.poll_device_changes import PollOutcome
from shared.use_cases.start_sweep import Started
from tests.builders import tenant
from tests.fakes import Calls, Sent
from tests.feed_fakes import guid, objects
from tests.use_cases.unruly_host import CrashError
from tests.world import LAST_NAME, LAST_NIGHT, NAME, NIGHT, World, record, throttled

ON = RestoreSetting("a_WindowsRestore", "enabled", "2026-11-01T00:00:00Z")
OFF = structs.replace(ON, state="disabled", last_modified="2026-11-22T01:50:00Z")
NEXT = NIGHT + timedelta(minutes=15)
READ_AT = NIGHT - timedelta(minutes=2)


class MortalCalls(Calls):
    """Raises just before one call, counted from 0, and never again."""

    def __init__(self, step: int, end: BaseException) -> None:
        super().__init__()
        self._step = step
        self._end: BaseException | None = end

    async def __call__(self, name: str) -> None:
        if len(self.made) == self._step and self._end is not None:
            end, self._end = self._end, None
            raise end
        await super().__call__(name)


def swept(calls: Calls | None = None, **differing: Any) -> World:
    """A world with a snapshot of last night, where one device has changed in each directory."""
    world = World(calls)
    world.snapshots.point_at(LAST_NAME, LAST_NIGHT)
    reading = TenantReading(tenant(), restore_setting=ON)
    world.sweeps.records[LAST_NAME] = record(
        id=LAST_NAME,
        started=LAST_NIGHT,
        state="complete",
        **({"reading": reading, "delta_link": "start"} | differing),
    )
    world.tenant.reading, world.tenant.watched = reading, Watched(restore_setting=ON)
    world.changes.listing = {None: DirectoryPage(objects([1, 2]))}
    world.changes.pages["start"] = DeltaPage(objects([1]), delta_link="end")
    world.changes.syncs = {None: SyncedPage({"i": READ_AT})}
    return world


def state_of(world: World) -> FeedState:
    assert world.feed.state is not None
    return world.feed.state


def hints_of(world: World) -> list[DeviceChanges]:
    return [s.message for s in world.queue.sent if isinstance(s.message, DeviceChanges)]


async def test_before_the_first_snapshot_nothing_is_read(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    world = World()
    assert await world.poll() == PollOutcome("no_snapshot")
    assert world.calls.made == ["snapshots.current"]
    assert "before the first sweep" in caplog.text


async def test_the_first_poll_begins_where_the_sweep_of_the_snapshot_did(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    world = swept()
    assert await world.poll() == PollOutcome("followed", entra=1, intune=1, messages=1)
    assert world.queue.sent == [Sent(DEVICE_CHANGES, DeviceChanges((guid(1001),), ("i",)), 0)]
    assert world.changes.followed == ["start"]
    assert world.changes.asked_since == [LAST_NIGHT - OVERLAP]
    assert state_of(world) == FeedState(
        delta_link="end",
        linked=NIGHT,
        watermark=READ_AT,
        polled=NIGHT,
        watched=Watched(restore_setting=ON),
        watched_at=NIGHT,
        directory_whole=True,
    )
    assert "1 devices changed in Entra and 1 in Intune, in 1 messages" in caplog.text


async def test_the_next_poll_goes_on_where_the_last_one_came_to() -> None:
    world = swept()
    await world.poll()
    world.changes.pages["end"] = DeltaPage(objects([2]), frozenset([guid(1)]), delta_link="later")
    world.changes.syncs = {None: SyncedPage({})}
    assert await world.poll(NEXT) == PollOutcome("followed", entra=2, messages=1)
    assert world.changes.asked_since[-1] == READ_AT - OVERLAP
    assert (state_of(world).delta_link, state_of(world).polled) == ("later", NEXT)


async def test_a_quiet_poll_sends_no_message_and_still_counts_as_polled() -> None:
    world = swept()
    world.changes.pages, world.changes.syncs = {}, {None: SyncedPage({})}
    assert await world.poll() == PollOutcome("followed")
    assert world.queue.sent == []
    assert state_of(world).polled == NIGHT


async def test_a_sweep_without_a_link_is_followed_by_another_one() -> None:
    world = swept(delta_link=None)
    outcome = await world.poll()
    assert outcome.sweep == Started(NAME, "begun")
    assert hints_of(world) == [DeviceChanges((), ("i",))]
    state = state_of(world)
    reason = "the last sweep had left no delta link"
    assert (state.delta_link, state.owed_sweep) == ("latest", None)
    assert state.fresh_start == FreshStart(NIGHT, reason)
    assert world.queue.sent[-1] == Sent(SWEEP_PAGES, ReadPage(NAME, 1), 0)


async def test_a_link_that_expired_is_replaced_and_a_sweep_begins_afterwards() -> None:
    world = swept()
    world.calls.fail("changes.since", DeltaExpiredError("410 Gone"))
    assert (await world.poll()).sweep == Started(NAME, "begun")
    fresh = world.calls.made.index("changes.latest")
    stored = world.calls.made.index("feed.write")
    begun = world.calls.made.index("sweeps.starting")
    assert fresh < stored < begun


async def test_without_the_record_of_the_sweep_the_feed_begins_afresh() -> None:
    world = swept()
    world.sweeps.records.clear()
    outcome = await world.poll()
    assert outcome.sweep == Started(NAME, "begun")
    assert world.changes.asked_since == [LAST_NIGHT - OVERLAP]
    assert world.feed.recorded == {}


async def test_a_state_that_was_lost_is_made_anew_from_the_sweep() -> None:
    world = swept()
    await world.poll()
    before = state_of(world)
    world.feed.lose_state()
    await world.poll()
    assert state_of(world) == before


async def test_a_change_of_the_tenant_since_the_sweep_is_seen_by_the_first_poll() -> None:
    world = swept()
    world.tenant.watched = Watched(restore_setting=OFF)
    world.tenant.reading = TenantReading(tenant(), restore_setting=OFF)
    assert (await world.poll()).sweep == Started(NAME, "begun")
    [change] = world.feed.recorded.values()
    assert (change.last_known, change.seen) == (LAST_NIGHT, NIGHT)


async def test_the_tenant_is_read_again_before_anybody_judges_by_it() -> None:
    world = swept()
    world.tenant.watched = Watched(restore_setting=OFF)
    await world.poll()
    reread = world.calls.made.index("feed.write_reread")
    assert reread < world.calls.made.index("queue.send")


async def test_entra_may_be_refused_while_intune_is_followed() -> None:
    world = swept()
    error = GraphForbiddenError("grant Device.Read.All", permission="Device.Read.All")
    world.calls.fail("changes.since", error)
    assert await world.poll() == PollOutcome("followed", intune=1, messages=1)
    assert (state_of(world).delta_link, state_of(world).entra_refused) == (None, str(error))

    assert (await world.poll(NEXT)).sweep == Started("20261122T021500Z", "begun")
    assert state_of(world).entra_refused is None


@pytest.mark.parametrize(
    "call", ["tenant.watch", "changes.directory", "changes.since", "changes.synced"]
)
@pytest.mark.parametrize("error", [throttled(60), GraphUnavailableError("Graph answered 503")])
async def test_a_poll_that_graph_cuts_short_is_as_if_it_had_not_been(
    call: str, error: GraphError, caplog: pytest.LogCaptureFixture
) -> None:
    world = swept()
    world.calls.fail(call, error)
    assert (await world.poll()).result == "put_off"
    assert world.feed.state is None
    assert "the next one begins where it did" in caplog.text

    assert (await world.poll()).result == "followed"
    assert hints_of(world) == [DeviceChanges((guid(1001),), ("i",))]


@pytest.mark.parametrize("call", ["tenant.watch", "changes.synced"])
async def test_what_waiting_will_not_mend_is_raised_and_the_state_stays(call: str) -> None:
    world = swept()
    world.calls.fail(call, GraphError("Graph answered 400", status=400))
    with pytest.raises(GraphError):
        await world.poll()
    assert world.feed.state is None


@pytest.mark.parametrize("call", ["feed.write", "feed.write_directory"])
async def test_of_two_polls_at_once_the_faster_one_stands(
    call: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    world = swept()
    world.calls.fail(call, ConflictError("written meanwhile"))
    assert (await world.poll()).result == "overtaken"
    assert world.feed.state is None
    assert "what it has stored stands" in caplog.text


async def test_a_state_that_somebody_wrote_meanwhile_is_not_overwritten() -> None:
    world = swept()
    theirs = FeedState("theirs", NIGHT, NIGHT)
    world.calls.before("feed.write", lambda: world.feed.replaced(theirs))
    outcome = await world.poll()
    assert outcome == PollOutcome("overtaken", entra=1, intune=1, messages=1)
    assert state_of(world) == theirs


async def test_a_poll_overtaken_while_it_reads_overwrites_nothing() -> None:
    world = swept()
    theirs = FeedState("theirs", NIGHT, NIGHT)
    world.calls.before("changes.synced", lambda: world.feed.replaced(theirs))
    assert (await world.poll()).result == "overtaken"
    assert state_of(world) == theirs


async def test_an_owed_sweep_waits_for_the_one_that_runs_to_end() -> None:
    world = swept(delta_link=None)
    running = world.running(record(id="20261122T014500Z", started=NIGHT - timedelta(minutes=15)))
    assert (await world.poll()).sweep == Started(running.id, "already_running")
    assert state_of(world).owed_sweep is not None

    world.sweeps.now_active = ActiveSweep()
    assert (await world.poll(NEXT)).sweep == Started("20261122T021500Z", "begun")
    assert state_of(world).owed_sweep is None
    assert (await world.poll(NEXT + timedelta(minutes=15))).sweep is None


async def test_what_one_poll_owes_the_next_ones_do_not_forget() -> None:
    world = swept(delta_link=None)
    world.running(record(started=NIGHT - timedelta(minutes=15)))
    await world.poll()
    await world.poll(NEXT)
    assert state_of(world).owed_sweep == "the last sweep had left no delta link"


def eventful(calls: Calls | None = None) -> World:
    """A world where a poll makes every call there is."""
    world = swept(calls)
    world.changes.pages = {
        "start": DeltaPage({guid(1): None, guid(3): None}, frozenset([guid(7)]), next="second"),
        "second": DeltaPage(objects([2]), delta_link="end"),
    }
    world.changes.entra = objects([1, 2, 3])
    world.tenant.watched = Watched(restore_setting=OFF)
    world.tenant.reading = TenantReading(tenant(), restore_setting=OFF)
    return world


async def calls_of_a_poll() -> list[str]:
    world = eventful()
    await world.poll()
    return world.calls.made


async def test_a_poll_killed_before_any_of_its_calls_is_made_up_for_by_the_next() -> None:
    names = await calls_of_a_poll()
    assert {"feed.record", "feed.write_reread", "changes.device_ids", "sweeps.starting"} <= {*names}
    for step in range(len(names)):
        world = eventful(MortalCalls(step, CrashError()))
        with pytest.raises(CrashError):
            await world.poll()
        await world.poll(NEXT)
        if state_of(world).owed_sweep:
            world.sweeps.now_active = ActiveSweep()
            await world.poll(NEXT + timedelta(minutes=15))
        hinted = {id for message in hints_of(world) for id in message.entra + message.intune}
        assert hinted == {guid(1001), guid(1002), guid(1003), "i"}, names[step]
        assert state_of(world).delta_link == "end"
        assert state_of(world).owed_sweep is None
        assert world.feed.known.device_of(guid(3)) == guid(1003)
        assert len(world.feed.recorded) == 1
        assert world.feed.last_reread is not None
        assert ReadPage in {type(sent.message) for sent in world.queue.sent}, names[step]


async def test_a_poll_that_fails_on_storage_anywhere_is_made_up_for_by_the_next() -> None:
    for step in range(len(await calls_of_a_poll())):
        world = eventful(MortalCalls(step, StorageError("storage is down")))
        with pytest.raises(StorageError):
            await world.poll()
        await world.poll(NEXT)
        assert {id for message in hints_of(world) for id in message.entra} >= {guid(1003)}
        assert state_of(world).delta_link == "end"
