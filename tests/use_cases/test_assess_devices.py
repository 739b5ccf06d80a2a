"""Assessing changed devices: what differs is kept over the snapshot, each transition once."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from shared.domain.feed import Reread
from shared.domain.guid_set import GuidSet
from shared.domain.history import Transition
from shared.domain.known_device import KnownDevice
from shared.domain.managed_device import ManagedDevice
from shared.domain.sweep import LONGEST_FOLD, Folding
from shared.domain.tenant import TenantReading
from shared.domain.transitions import open_reasons
from shared.errors import (
    ConflictError,
    GraphThrottledError,
    GraphUnavailableError,
    StorageError,
)
from shared.messages import DEVICE_CHANGES, DIGESTS, ComposeDigests, DeviceChanges
from shared.use_cases.assess_devices import FOLD_PAUSE, MOST_LOOKS, Assessed
from shared.use_cases.compare_device import gone
from shared.use_cases.record_readings import TRIES
from shared.use_cases.start_sweep import LONGEST_WAIT, TRY_AGAIN
from tests.builders import tenant
from tests.fakes import Sent
from tests.world import LAST_NAME, NAME, NIGHT, REFUSED, World, pc, pcs, record, throttled

OLD_BUILD: dict[str, Any] = {"os_version": "10.0.19045.1"}
LATER_SYNC = "2026-11-22T01:30:00Z"


async def settled(ids: str = "ab", **differing: Any) -> World:
    """A world that was swept last night, since when nothing has changed."""
    world = World()
    fleet = {id: pc(id, **differing) for id in ids}
    await world.committed(fleet.values())
    world.devices.known = fleet
    return world


def entries(world: World) -> Mapping[str, KnownDevice]:
    """The entries over last night's snapshot."""
    return world.overlay.of(LAST_NAME)


def change(world: World, id: str, **differing: Any) -> ManagedDevice:
    """Let a device be another from now on."""
    world.devices.known[id] = pc(id, **({"last_sync": LATER_SYNC} | differing))
    return world.devices.known[id]


def told(transitions: tuple[Transition, ...]) -> set[tuple[str, str]]:
    """What transitions say, and why."""
    return {(t.transition, t.cause) for t in transitions}


def hint(*intune: str, **fields: Any) -> DeviceChanges:
    return DeviceChanges(intune=intune, **fields)


async def test_before_the_first_snapshot_there_is_nothing_to_do() -> None:
    world = World()
    assert await world.assess(hint("a")) == Assessed("no_snapshot")
    assert world.devices.asked == []
    assert world.queue.sent == []


async def test_a_device_that_got_worse_has_its_blockers_raised() -> None:
    world = await settled()
    change(world, "a", **OLD_BUILD)

    assessed = await world.assess(hint("a"))

    entry = entries(world)["a"]
    assert entry.record.os_version == OLD_BUILD["os_version"]
    assert (entry.read_at, entry.gone) == (NIGHT, False)
    assert told(entry.transitions) == {("raised", "assessed")}
    assert {t.at for t in entry.transitions} == {NIGHT}
    opened = {(b.capability, b.reason) for b in entry.history.open}
    assert opened == set(open_reasons(entry.assessment))
    assert assessed == Assessed("assessed", 1, entry.transitions)


async def test_a_device_that_was_fixed_has_its_blockers_cleared() -> None:
    world = await settled(**OLD_BUILD)
    change(world, "a")
    await world.assess(hint("a"))
    assert told(entries(world)["a"].transitions) == {("cleared", "assessed")}


async def test_the_same_device_in_two_messages_ends_with_each_transition_once() -> None:
    world = await settled()
    change(world, "a", **OLD_BUILD)
    await world.assess(hint("a"))
    first = entries(world)["a"]

    world.now += timedelta(minutes=1)
    assert await world.assess(hint("a", "a")) == Assessed("assessed", 0, ())
    assert entries(world)["a"] == first


async def test_transitions_add_up_until_the_next_sweep() -> None:
    world = await settled()
    change(world, "a", **OLD_BUILD)
    await world.assess(hint("a"))
    world.now += timedelta(minutes=1)
    change(world, "a", last_sync="2026-11-22T02:30:00Z")
    again = await world.assess(hint("a"))

    entry = entries(world)["a"]
    assert told(entry.transitions) == {("raised", "assessed"), ("cleared", "assessed")}
    assert told(again.transitions) == {("cleared", "assessed")}


async def test_an_unchanged_device_is_not_written_whenever_it_synced() -> None:
    world = await settled()
    change(world, "a")
    assert await world.assess(hint("a")) == Assessed("assessed", 0, ())
    assert entries(world) == {}


async def test_a_renamed_device_is_written_without_transitions() -> None:
    world = await settled()
    change(world, "a", device_name="RENAMED")
    assert await world.assess(hint("a")) == Assessed("assessed", 1, ())
    assert entries(world)["a"].record.name == "RENAMED"


async def test_while_a_sweep_runs_an_unchanged_device_is_written_against_older_pages() -> None:
    world = await settled()
    world.running()
    assert await world.assess(hint("a")) == Assessed("assessed", 1, ())
    assert entries(world)["a"].read_at == NIGHT


async def test_whether_a_sweep_runs_is_looked_up_only_after_graph_has_answered() -> None:
    world = await settled()
    await world.assess(hint("a"))
    made = world.calls.made
    assert made.index("devices.by_id") < made.index("overlay.read") < made.index("sweeps.active")


async def test_a_reading_that_is_older_than_what_is_known_changes_nothing() -> None:
    world = await settled()
    change(world, "a", **OLD_BUILD)
    await world.assess(hint("a"))
    known = entries(world)["a"]

    world.devices.known["a"] = pc("a")
    world.now += timedelta(minutes=1)
    assert await world.assess(hint("a")) == Assessed("assessed", 0, ())
    world.devices.known["a"] = pc("a", last_sync=LATER_SYNC)
    world.now = NIGHT
    assert await world.assess(hint("a")) == Assessed("assessed", 0, ())
    assert entries(world)["a"] == known


async def test_a_device_that_is_gone_closes_its_blockers() -> None:
    world = await settled(**OLD_BUILD)
    del world.devices.known["a"]
    await world.assess(hint("a"))

    entry = entries(world)["a"]
    assert entry.gone
    assert entry.history.open == ()
    assert told(entry.transitions) == {("cleared", "gone")}

    world.now += timedelta(minutes=1)
    assert await world.assess(hint("a")) == Assessed("assessed", 0, ())
    assert entries(world)["a"] == entry


async def test_a_device_found_before_it_was_seen_to_be_gone_stays_gone() -> None:
    world = await settled()
    left = world.devices.known.pop("a")
    await world.assess(hint("a"))
    world.devices.known["a"] = structs.replace(left, last_sync=LATER_SYNC)
    world.now = NIGHT - timedelta(minutes=1)
    await world.assess(hint("a"))
    assert entries(world)["a"].gone


async def test_nothing_is_known_of_a_device_that_is_unknown_and_absent() -> None:
    world = await settled()
    assert await world.assess(hint("x")) == Assessed("assessed", 0, ())
    assert entries(world) == {}


async def test_a_new_device_is_told_as_new() -> None:
    world = await settled()
    change(world, "x", **OLD_BUILD)
    await world.assess(hint("x"))
    assert told(entries(world)["x"].transitions) == {("raised", "new_device")}


async def test_a_new_device_of_another_platform_is_none_of_ours() -> None:
    world = await settled()
    change(world, "x", operating_system="iOS")
    await world.assess(hint("x"))
    assert entries(world) == {}


async def test_a_known_device_that_became_another_platform_is_judged_as_it_is() -> None:
    world = await settled()
    change(world, "a", operating_system="Linux")
    await world.assess(hint("a"))
    reasons = {t.reason for t in entries(world)["a"].transitions}
    assert reasons == {"platform_not_windows"}


async def test_an_entra_id_leads_to_the_devices_known_under_it() -> None:
    world = await settled()
    change(world, "a", **OLD_BUILD)
    await world.assess(DeviceChanges(entra=("ENTRA-A",)))
    assert entries(world).keys() == {"a"}
    assert world.devices.asked == [["a"]]
    assert world.devices.asked_by_entra_id == []


async def test_an_entra_id_that_nobody_knows_is_looked_up() -> None:
    world = await settled()
    change(world, "x", **OLD_BUILD)
    await world.assess(DeviceChanges(entra=("entra-x", "entra-nobody")))
    assert entries(world).keys() == {"x"}
    assert world.devices.asked_by_entra_id == [["entra-nobody", "entra-x"]]
    assert world.devices.asked == []


async def test_an_entra_id_without_an_answer_is_left_to_the_devices_next_sync() -> None:
    world = await settled()
    world.devices.silent = frozenset({"entra-x"})
    assert await world.assess(DeviceChanges(entra=("entra-x",))) == Assessed("assessed", 0, ())
    assert world.queue.sent == []


async def test_an_entra_device_that_was_removed_closes_the_blockers_of_its_devices() -> None:
    world = await settled(**OLD_BUILD)
    del world.devices.known["b"]
    await world.assess(DeviceChanges(entra=("entra-b",)))
    assert told(entries(world)["b"].transitions) == {("cleared", "gone")}


async def test_a_device_that_went_while_it_was_looked_at_does_not_come_back() -> None:
    world = await settled(**OLD_BUILD)

    def vanish_and_be_recorded() -> None:
        before = world.snapshots.stored[LAST_NAME].devices["b"]
        del world.devices.known["b"]
        seen = gone(before, world.now - timedelta(seconds=1))
        world.overlay.entries[LAST_NAME] = {"b": (seen, "another message's")}

    world.calls.before("overlay.read", vanish_and_be_recorded)
    assert (await world.assess(hint("b"))).transitions == ()
    assert entries(world)["b"].gone


async def test_a_device_that_went_while_it_was_written_does_not_come_back() -> None:
    world = await settled()
    change(world, "b", **OLD_BUILD)

    def be_recorded_as_gone() -> None:
        before = world.snapshots.stored[LAST_NAME].devices["b"]
        seen = gone(before, world.now - timedelta(seconds=1))
        world.overlay.entries[LAST_NAME] = {"b": (seen, "another message's")}

    world.calls.before("overlay.write", be_recorded_as_gone)
    assert (await world.assess(hint("b"))).transitions == ()
    assert entries(world)["b"].gone


async def test_an_entra_id_whose_devices_are_gone_leads_to_the_one_enrolled_since() -> None:
    world = await settled(**OLD_BUILD)
    del world.devices.known["a"]
    change(world, "n", **OLD_BUILD, entra_device_id="entra-a")
    assert (await world.assess(DeviceChanges(entra=("entra-a",)))).transitions == ()
    assert entries(world).keys() == {"a", "n"}


class TestReEnrolled:
    """A device under a new Intune id keeps the history it had under the old one."""

    async def test_the_same_entra_id_carries_the_history_over_and_the_old_one_goes_silently(
        self,
    ) -> None:
        world = await settled(**OLD_BUILD)
        del world.devices.known["a"]
        change(world, "n", **OLD_BUILD, entra_device_id="Entra-A")

        assessed = await world.assess(hint("n"))
        before = world.snapshots.stored[LAST_NAME].devices["a"]
        assert assessed.transitions == ()
        assert entries(world)["n"].history.open == before.history.open
        assert entries(world)["a"].gone
        assert entries(world)["a"].succeeded_by == "n"
        assert entries(world)["a"].transitions == ()

    async def test_the_same_serial_carries_it_over_when_the_old_one_is_gone(self) -> None:
        world = await settled(**OLD_BUILD)
        del world.devices.known["a"]
        change(world, "n", serial_number="SA")
        assessed = await world.assess(hint("n"))
        assert told(assessed.transitions) == {("cleared", "re_enrolled")}
        assert entries(world)["a"].succeeded_by == "n"

    async def test_the_same_serial_says_nothing_while_the_other_device_is_there(self) -> None:
        world = await settled(**OLD_BUILD)
        change(world, "n", **OLD_BUILD, serial_number="Sa")
        assessed = await world.assess(hint("n"))
        assert told(assessed.transitions) == {("raised", "new_device")}
        assert "a" not in entries(world)

    async def test_an_old_enrolment_that_stays_is_judged_on_and_goes_silently(self) -> None:
        world = await settled(**OLD_BUILD)
        change(world, "n", **OLD_BUILD, entra_device_id="entra-a")
        await world.assess(hint("n"))
        stays = entries(world)["a"]
        assert (stays.gone, stays.succeeded_by) == (False, "n")

        del world.devices.known["a"]
        world.now += timedelta(minutes=1)
        again = await world.assess(hint("n"))
        assert entries(world)["a"].gone
        assert again.transitions == ()

    async def test_both_in_one_message_are_no_loss_and_no_gain(self) -> None:
        world = await settled(**OLD_BUILD)
        del world.devices.known["a"]
        change(world, "n", **OLD_BUILD, entra_device_id="entra-a")
        assert (await world.assess(hint("a", "n"))).transitions == ()

    async def test_one_that_was_told_as_gone_reopens_under_the_new_id(self) -> None:
        world = await settled(**OLD_BUILD)
        del world.devices.known["a"]
        await world.assess(hint("a"))
        world.now += timedelta(minutes=1)
        change(world, "n", **OLD_BUILD, entra_device_id="other", serial_number="Sa")
        await world.assess(hint("n"))
        assert told(entries(world)["n"].transitions) == {("reopened", "re_enrolled")}

    async def test_one_that_comes_back_under_its_own_id_reopens_what_it_had(self) -> None:
        world = await settled(**OLD_BUILD)
        old = world.devices.known.pop("a")
        await world.assess(hint("a"))
        world.now += timedelta(minutes=1)
        world.devices.known["a"] = old
        await world.assess(hint("a"))
        entry = entries(world)["a"]
        assert not entry.gone
        assert told(entry.transitions) == {("cleared", "gone"), ("reopened", "re_enrolled")}

    async def test_a_successor_that_comes_back_does_not_take_over_once_more(self) -> None:
        world = await settled(**OLD_BUILD)
        del world.devices.known["a"]
        new = change(world, "n", **OLD_BUILD, entra_device_id="entra-a")
        await world.assess(hint("n"))
        for there in ({}, {"n": new}):
            world.devices.known = there
            world.now += timedelta(minutes=1)
            await world.assess(hint("n"))
        changes = {("cleared", "gone"), ("reopened", "re_enrolled")}
        assert told(entries(world)["n"].transitions) == changes

    async def test_only_one_device_succeeds_another(self) -> None:
        world = await settled(**OLD_BUILD)
        del world.devices.known["a"]
        for id in "mn":
            change(world, id, **OLD_BUILD, serial_number="Sa", entra_device_id="entra-a")
        await world.assess(hint("m", "n"))
        causes = {id: told(entries(world)[id].transitions) for id in "mn"}
        assert entries(world)["a"].succeeded_by == "m"
        assert causes == {"m": set(), "n": {("raised", "new_device")}}

    async def test_a_crash_between_the_old_one_and_the_new_one_loses_no_history(self) -> None:
        world = await settled(**OLD_BUILD)
        del world.devices.known["a"]
        change(world, "n", **OLD_BUILD, serial_number="Sa")
        write = world.overlay.write

        async def die_at_the_second(sweep: str, device: KnownDevice, etag: str | None) -> str:
            if device.record.id == "n":
                raise StorageError("storage is down")
            return await write(sweep, device, etag)

        world.overlay.write = die_at_the_second  # type: ignore[method-assign]
        with pytest.raises(StorageError):
            await world.assess(hint("n"))
        assert entries(world)["a"].succeeded_by == "n"

        world.overlay.write = write  # type: ignore[method-assign]
        world.now += timedelta(minutes=1)
        await world.assess(hint("a"))
        assert (await world.assess(hint("n"))).transitions == ()
        before = world.snapshots.stored[LAST_NAME].devices["a"]
        assert entries(world)["n"].history.open == before.history.open


async def test_a_device_written_by_another_message_meanwhile_is_compared_anew() -> None:
    world = await settled()
    change(world, "a", **OLD_BUILD)
    beside = World()
    await beside.committed(pcs("ab"))
    beside.devices.known = world.devices.known
    await beside.assess(hint("a"))

    def write_first() -> None:
        world.overlay.entries = beside.overlay.entries

    world.calls.before("overlay.write", write_first)
    world.now += timedelta(minutes=1)
    assert await world.assess(hint("a")) == Assessed("assessed", 0, ())
    assert world.calls.made.count("overlay.write") == 1


async def test_a_device_that_others_write_without_end_is_left_to_the_queue() -> None:
    world = await settled()
    change(world, "a", **OLD_BUILD)
    world.calls.fail("overlay.write", *[ConflictError("somebody else wrote first")] * TRIES)
    with pytest.raises(ConflictError, match="device a was written by others 5 times"):
        await world.assess(hint("a"))


async def test_a_message_waits_while_a_sweep_takes_the_overlay_in() -> None:
    world = await settled()
    fold(world, NIGHT)
    assert await world.assess(hint("a", waited=5)) == Assessed("put_off")
    assert world.queue.sent == [Sent(DEVICE_CHANGES, hint("a", waited=35), FOLD_PAUSE)]
    assert world.devices.asked == []


async def test_a_fold_that_died_keeps_nobody_waiting() -> None:
    world = await settled()
    fold(world, NIGHT - LONGEST_FOLD)
    assert (await world.assess(hint("a"))).outcome == "assessed"


async def test_what_was_stored_while_the_snapshot_changed_is_done_again() -> None:
    world = await settled()
    change(world, "a", **OLD_BUILD)
    pointer = world.snapshots.pointer
    assert pointer is not None
    moved = lambda: world.snapshots.point_at(LAST_NAME, pointer.started)  # noqa: E731
    world.calls.before("overlay.write", moved)
    assert (await world.assess(hint("a"))).outcome == "assessed"
    assert world.calls.made.count("devices.by_id") == 2
    assert world.calls.made.count("overlay.write") == 1


async def test_a_fold_that_begins_meanwhile_makes_the_message_wait() -> None:
    world = await settled()
    change(world, "a", **OLD_BUILD)
    world.calls.before("overlay.write", lambda: fold(world, NIGHT))
    assert await world.assess(hint("a")) == Assessed("put_off")
    assert [sent.message for sent in world.queue.sent] == [hint("a", waited=FOLD_PAUSE)]


async def test_a_snapshot_that_keeps_changing_puts_the_message_off() -> None:
    world = await settled()
    current = world.snapshots.current

    async def moving() -> Any:
        world.snapshots.point_at(LAST_NAME, NIGHT)
        return await current()

    world.snapshots.current = moving  # type: ignore[method-assign]
    assert await world.assess(hint("a")) == Assessed("put_off")
    assert world.calls.made.count("devices.by_id") == MOST_LOOKS


def fold(world: World, since: datetime) -> None:
    """Let a sweep begin to take the overlay in."""
    world.snapshots.point_at(LAST_NAME, NIGHT - timedelta(days=1))
    assert world.snapshots.pointer is not None
    world.snapshots.pointer = structs.replace(world.snapshots.pointer, folding=Folding(NAME, since))


async def test_a_throttled_message_is_put_off_whole() -> None:
    world = await settled()
    world.calls.fail("devices.by_id", throttled(120))
    message = DeviceChanges(("entra-b",), ("a",), waited=60)
    assert await world.assess(message) == Assessed("put_off")
    assert world.queue.sent == [
        Sent(DEVICE_CHANGES, DeviceChanges(("entra-b",), ("a",), waited=180), 120)
    ]


async def test_an_outage_puts_a_message_off_for_hours_and_then_fails_it() -> None:
    world = await settled()
    away = GraphUnavailableError("Graph answered 503")
    world.calls.fail("devices.by_id", away, away, throttled(60))
    assert await world.assess(hint("a", waited=LONGEST_WAIT)) == Assessed("put_off")
    assert world.queue.sent[0].delay == TRY_AGAIN
    exhausted = hint("a", waited=LONGEST_WAIT + 1)
    with pytest.raises(GraphUnavailableError):
        await world.assess(exhausted)
    with pytest.raises(GraphThrottledError):
        await world.assess(exhausted)
    assert len(world.queue.sent) == 1


async def test_any_other_refusal_is_the_queues_to_try_again() -> None:
    world = await settled()
    world.calls.fail("devices.by_id", REFUSED)
    with pytest.raises(type(REFUSED)):
        await world.assess(hint("a"))


async def test_devices_without_an_answer_are_asked_for_again_later_and_by_themselves() -> None:
    world = await settled("abc")
    world.devices.silent = frozenset("b")
    change(world, "a", **OLD_BUILD)
    assert (await world.assess(hint("a", "b", "c", waited=10))).written == 1
    put_off = Sent(DEVICE_CHANGES, hint("b", waited=10 + TRY_AGAIN), TRY_AGAIN)
    assert world.queue.on(DEVICE_CHANGES) == [put_off]


async def test_devices_without_any_answer_for_hours_are_left_to_the_next_sweep(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = await settled()
    world.devices.silent = frozenset("b")
    await world.assess(hint("b", waited=LONGEST_WAIT + 1))
    assert world.queue.sent == []
    assert "no answer about 1 changed devices for 4.0 hours" in caplog.text


async def test_people_are_told_of_what_was_stored_a_minute_later_and_once() -> None:
    world = await settled()
    change(world, "a", **OLD_BUILD)
    change(world, "b", **OLD_BUILD)
    await world.assess(hint("a"))
    await world.assess(hint("b"))
    assert world.queue.on(DIGESTS) == [Sent(DIGESTS, ComposeDigests("devices changed"), 60)]


async def test_nobody_is_told_where_nothing_came_or_went() -> None:
    world = await settled()
    await world.assess(hint("a"))
    assert world.queue.sent == []
    assert "windows.read" not in world.calls.made


async def test_the_window_is_opened_only_after_the_devices_were_stored() -> None:
    world = await settled()
    change(world, "a", **OLD_BUILD)
    await world.assess(hint("a"))
    made = world.calls.made
    assert made.index("overlay.write") < made.index("windows.read") < made.index("queue.send")


async def test_a_snapshot_whose_sweep_has_no_record_is_said_clearly() -> None:
    world = await settled()
    del world.sweeps.records[LAST_NAME]
    with pytest.raises(StorageError, match=f"the record of sweep {LAST_NAME}.*is missing"):
        await world.assess(hint("a"))


class TestJudging:
    """Devices are judged on the last sweep's terms, by the newest reading of the tenant."""

    async def test_the_sets_of_the_last_sweep_are_read_once_a_day(self) -> None:
        world = await settled()
        name = "group-devices-g"
        world.sweeps.records[LAST_NAME] = record(id=LAST_NAME, sets=(name,), state="complete")
        world.sweeps.sets[LAST_NAME] = {name: GuidSet()}
        for _ in range(3):
            await world.assess(hint("a"))
        assert world.calls.made.count("sweeps.read_sets") == 1
        world.now += timedelta(days=1)
        await world.assess(hint("a"))
        assert world.calls.made.count("sweeps.read_sets") == 2

    async def test_a_sweep_that_reads_its_pages_meanwhile_does_not_cost_its_book(self) -> None:
        world = await settled()
        running = world.running()
        for _ in range(3):
            await world.assess(hint("a"))
            await world.judges.of(running, world.sweeps)
        assert world.calls.made.count("sweeps.read_sets") == 2

    @pytest.mark.parametrize(("hours", "transitions"), [(30, set()), (1, {("raised", "assessed")})])
    async def test_the_tenant_as_read_since_the_sweep_decides(
        self, hours: int, transitions: set[tuple[str, str]]
    ) -> None:
        world = await settled()
        switched_off = TenantReading(tenant(restore_state="disabled"))
        world.feed.last_reread = Reread(NIGHT - timedelta(hours=hours), switched_off)
        assert told((await world.assess(hint("a"))).transitions) == transitions

    async def test_users_are_not_named_where_the_sweep_names_none(self) -> None:
        world = await settled()
        last = world.sweeps.records[LAST_NAME]
        world.sweeps.records[LAST_NAME] = structs.replace(last, user_names=False)
        change(world, "a", **OLD_BUILD)
        await world.assess(hint("a"))
        assert entries(world)["a"].record.user_name is None
