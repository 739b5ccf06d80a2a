"""Finishing a sweep: all of it becomes current, or nothing does."""

from datetime import datetime, timedelta

import pytest
from msgspec import structs

from shared.domain.guid_set import GuidSet
from shared.domain.known_device import KnownDevice
from shared.domain.sweep import ActiveSweep, Folding, Pointer
from shared.errors import ConflictError, StorageError, SweepError
from shared.messages import (
    DEVICE_CHANGES,
    DIGESTS,
    MAX_DEQUEUE_COUNT,
    MOST_HINTS,
    ComposeDigests,
    DeviceChanges,
    FinishSweep,
)
from shared.ports import DevicePage
from shared.use_cases import finish_sweep as use_case
from tests.fakes import Sent
from tests.world import LAST_NAME, LAST_NIGHT, NAME, NIGHT, REFUSED, World, pc, pcs, record

FINISH = FinishSweep(NAME, 2)


def paged(world: World | None = None, first: str = "ab", second: str = "c") -> World:
    """A world whose sweep has stored both its pages."""
    there = world or World()
    there.running()
    there.stored({1: DevicePage(pcs(first), "cursor-2"), 2: DevicePage(pcs(second))})
    return there


async def test_the_pages_become_the_snapshot_that_everybody_reads() -> None:
    world = paged()

    assert await world.finish(FINISH) == "committed"

    assert world.fleet == "abc"
    assert world.snapshots.pointer == Pointer(NAME, NIGHT, None)
    assert world.summary()["devices"] == 3
    assert world.summary()["previous"] is None
    assert world.sweeps.records[NAME].state == "complete"
    assert world.active is None
    assert world.sweeps.stored == {}
    assert world.snapshots.points[NIGHT.date()]["devices"] == 3


async def test_a_later_sweep_names_the_one_it_is_compared_to() -> None:
    world = World()
    await world.committed("ab")
    paged(world)

    await world.finish(FINISH)
    assert world.snapshots.pointer == Pointer(NAME, NIGHT, LAST_NAME)
    assert world.summary()["previous"] == LAST_NAME
    assert world.summary()["new_devices"] == 1


async def test_the_summary_is_stored_before_the_pointer_is_written() -> None:
    world = paged()
    await world.finish(FINISH)
    made = world.calls.made
    assert (
        made.index("merge.write") < made.index("snapshots.store") < made.index("snapshots.commit")
    )


async def test_pages_go_and_the_place_is_given_up_only_after_the_commit() -> None:
    world = paged()
    await world.finish(FINISH)
    after = world.calls.made[world.calls.made.index("snapshots.commit") + 1 :]
    assert after == [
        "snapshots.summary",
        "snapshots.add_to_trend",
        "sweeps.write",
        "sweeps.remove_pages",
        "sweeps.read",
        "sweeps.ended",
        "queue.send",
    ]


@pytest.mark.parametrize(("there", "missing"), [(1, 2), (2, 1)])
async def test_a_missing_page_is_an_error_and_ends_the_sweep_at_the_last_attempt(
    there: int, missing: int
) -> None:
    world = World()
    await world.committed("ab")
    world.running()
    world.stored({there: DevicePage(pcs("c"))})

    with pytest.raises(SweepError, match=f"lacks 1 of 2 pages, the first being page {missing}"):
        await world.finish(FINISH, attempt=MAX_DEQUEUE_COUNT - 1)
    assert world.sweeps.records[NAME].state == "paging"

    with pytest.raises(SweepError):
        await world.finish(FINISH, attempt=MAX_DEQUEUE_COUNT)
    kept = world.sweeps.records[NAME]
    assert kept.state == "partial"
    assert "lacks 1 of 2 pages" in str(kept.reason)
    assert world.fleet == "ab"
    assert (world.active, world.sweeps.stored) == (None, {})


@pytest.mark.parametrize("step", ["snapshots.merging", "merge.write", "snapshots.store"])
async def test_nothing_shows_of_a_snapshot_that_could_not_be_stored(step: str) -> None:
    world = World()
    await world.committed("ab")
    paged(world)
    world.calls.fail(step, StorageError("storage is down"))

    with pytest.raises(StorageError):
        await world.finish(FINISH)
    assert world.fleet == "ab"
    assert world.snapshots.pointer == Pointer(LAST_NAME, NIGHT - timedelta(days=1))

    assert await world.finish(FINISH, attempt=2) == "committed"
    assert world.fleet == "abc"


async def test_a_snapshot_committed_while_merging_is_not_overwritten() -> None:
    world = World()
    await world.committed("ab")
    paged(world)

    world.calls.before("merge.write", lambda: world.snapshots.point_at(LAST_NAME, NIGHT))

    with pytest.raises(ConflictError, match="another snapshot was committed"):
        await world.finish(FINISH)
    assert "snapshots.store" not in world.calls.made
    assert world.sweeps.records[NAME].state == "paging"


async def test_a_pointer_that_changed_at_the_last_moment_is_a_conflict() -> None:
    world = World()
    await world.committed("ab")
    paged(world)

    world.calls.before("snapshots.store", lambda: world.snapshots.point_at(LAST_NAME, NIGHT))

    with pytest.raises(ConflictError, match="the pointer has changed since"):
        await world.finish(FINISH, attempt=MAX_DEQUEUE_COUNT)
    assert world.fleet == "ab"
    assert world.sweeps.records[NAME].state == "partial"


async def test_a_sweep_that_is_ended_while_it_is_merged_commits_nothing() -> None:
    world = World()
    await world.committed("ab")
    paged(world)

    ended = {NAME: record(state="partial", reason="another start gave it up")}
    world.calls.before("merge.write", lambda: world.sweeps.records.update(ended))

    with pytest.raises(SweepError, match="was ended while it was merged"):
        await world.finish(FINISH)
    assert world.fleet == "ab"
    assert await world.finish(FINISH, attempt=2) == "stale"


async def test_a_commit_whose_answer_was_lost_is_a_commit() -> None:
    world = paged()
    commit = world.snapshots.commit

    async def commit_without_answer(pointer: Pointer, etag: str | None) -> str:
        await commit(pointer, etag)
        raise ConflictError("the SDK tried again, and found its own write")

    world.snapshots.commit = commit_without_answer  # type: ignore[method-assign]
    assert await world.finish(FINISH, attempt=MAX_DEQUEUE_COUNT) == "committed"
    assert world.sweeps.records[NAME].state == "complete"
    assert world.fleet == "abc"


async def test_a_repeated_finish_only_tidies() -> None:
    world = paged()
    world.calls.fail("snapshots.add_to_trend", StorageError("storage is down"))
    with pytest.raises(StorageError):
        await world.finish(FINISH)
    assert (world.active, world.snapshots.points) == (NAME, {})
    world.calls.made.clear()

    assert await world.finish(FINISH, attempt=2) == "repeated"
    assert "snapshots.merging" not in world.calls.made
    assert world.snapshots.points[NIGHT.date()]["sweep"] == NAME
    assert world.sweeps.records[NAME].state == "complete"
    assert (world.active, world.sweeps.stored) == (None, {})


async def test_people_are_told_after_a_commit_however_often_the_message_comes() -> None:
    world = paged()
    await world.finish(FINISH)
    compose = Sent(DIGESTS, ComposeDigests(f"sweep {NAME} is complete"), 0)
    assert world.queue.on(DIGESTS) == [compose]
    await world.finish(FINISH)
    assert world.queue.on(DIGESTS) == [compose, compose]


async def test_finishing_once_more_changes_nothing() -> None:
    world = paged()
    await world.finish(FINISH)
    before = (world.snapshots.pointer, dict(world.snapshots.stored), dict(world.sweeps.records))

    assert await world.finish(FINISH) == "repeated"
    after = (world.snapshots.pointer, dict(world.snapshots.stored), dict(world.sweeps.records))
    assert after == before


async def test_a_committed_sweep_is_complete_whatever_its_record_said() -> None:
    world = paged()
    await world.finish(FINISH)
    world.sweeps.records[NAME] = record(state="partial", reason="given up a moment too early")

    assert await world.finish(FINISH) == "repeated"
    kept = world.sweeps.records[NAME]
    assert (kept.state, kept.reason) == ("complete", None)


async def test_a_sweep_that_has_ended_is_not_finished() -> None:
    world = paged()
    world.running(record(state="partial"))
    assert await world.finish(FINISH) == "stale"
    assert world.fleet is None
    assert (world.active, world.sweeps.stored) == (None, {})


async def test_a_sweep_nobody_knows_is_not_finished() -> None:
    world = World()
    assert await world.finish(FINISH) == "stale"
    assert world.sweeps.now_active == ActiveSweep()


async def test_a_device_on_no_page_is_gone_when_graph_says_so() -> None:
    world = World()
    await world.committed("abcz")
    paged(world)

    await world.finish(FINISH)
    assert world.devices.asked == [["z"]]
    assert world.fleet == "abc"
    assert (world.summary()["gone_devices"], world.summary()["kept_unverified"]) == (1, 0)


async def test_nobody_is_asked_when_nothing_is_missing() -> None:
    world = World()
    await world.committed("abc")
    paged(world)
    await world.finish(FINISH)
    assert world.devices.asked == []


async def test_a_device_that_every_page_missed_is_taken_in_as_it_is_now() -> None:
    world = World()
    await world.committed("abcz")
    paged(world)
    world.devices.known = {"z": pc("z", os_version="10.0.19045.1")}
    world.now = NIGHT + timedelta(hours=1)

    await world.finish(FINISH)
    assert world.fleet == "abcz"
    taken_in = world.snapshots.stored[NAME].devices["z"]
    assert taken_in.record.os_version == "10.0.19045.1"
    assert taken_in.read_at == world.now
    assert world.summary()["kept_unverified"] == 0


async def test_a_device_nobody_answers_for_is_kept_as_it_was() -> None:
    world = World()
    await world.committed("abcyz")
    before = dict(world.snapshots.stored[LAST_NAME].devices)
    paged(world)
    world.devices.silent = frozenset({"y"})

    await world.finish(FINISH)
    assert world.fleet == "abcy"
    assert world.snapshots.stored[NAME].devices["y"] == before["y"]
    assert (world.summary()["gone_devices"], world.summary()["kept_unverified"]) == (1, 1)


async def test_all_missing_devices_are_kept_when_graph_cannot_be_asked() -> None:
    world = World()
    await world.committed("abcyz")
    paged(world)
    world.calls.fail("devices.by_id", REFUSED)

    assert await world.finish(FINISH) == "committed"
    assert world.fleet == "abcyz"
    assert world.summary()["kept_unverified"] == 2


async def test_beyond_the_most_that_is_asked_for_devices_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(use_case, "MOST_VERIFIED", 2)
    world = World()
    await world.committed("abcwxyz")
    paged(world)

    await world.finish(FINISH)
    assert world.devices.asked == [["w", "x"]]
    assert world.fleet == "abcyz"
    assert (world.summary()["gone_devices"], world.summary()["kept_unverified"]) == (2, 2)


def over(world: World, id: str, read_at: datetime) -> KnownDevice:
    """Let a device of the last snapshot have been read again."""
    before = world.snapshots.stored[LAST_NAME].devices[id]
    entry = structs.replace(before, read_at=read_at)
    world.overlay.entries.setdefault(LAST_NAME, {})[id] = (entry, "e0")
    return entry


async def test_the_overlay_is_gathered_only_after_the_pointer_says_so() -> None:
    world = World()
    await world.committed("ab")
    paged(world)
    seen: list[Pointer | None] = []
    world.calls.before("snapshots.merging", lambda: seen.append(world.snapshots.pointer))

    await world.finish(FINISH)
    assert seen == [Pointer(LAST_NAME, LAST_NIGHT, None, Folding(NAME, NIGHT))]
    assert world.snapshots.pointer == Pointer(NAME, NIGHT, LAST_NAME)


async def test_the_first_sweep_of_all_has_nothing_to_mark() -> None:
    world = paged()
    await world.finish(FINISH)
    assert world.calls.made.count("snapshots.commit") == 1


async def test_a_pointer_that_cannot_be_marked_folds_nothing() -> None:
    world = World()
    await world.committed("ab")
    paged(world)
    world.calls.fail("snapshots.commit", ConflictError("the pointer has changed since"))

    with pytest.raises(ConflictError):
        await world.finish(FINISH)
    assert "snapshots.merging" not in world.calls.made


async def test_a_failed_attempt_takes_its_mark_back_and_tells_of_its_own_error() -> None:
    world = World()
    await world.committed("ab")
    paged(world)
    world.calls.fail("merge.write", StorageError("the disk is full"))
    with pytest.raises(StorageError, match="the disk is full"):
        await world.finish(FINISH)
    assert world.snapshots.pointer == Pointer(LAST_NAME, LAST_NIGHT)


async def test_a_mark_that_cannot_be_taken_back_hides_no_error_and_stops_no_later_attempt() -> None:
    world = World()
    await world.committed("ab")
    paged(world)

    def lose_storage() -> None:
        world.calls.fail("snapshots.commit", StorageError("storage is down"))

    world.calls.before("merge.write", lose_storage)
    world.calls.fail("merge.write", SweepError("a page blob is damaged"))
    with pytest.raises(SweepError, match="a page blob is damaged"):
        await world.finish(FINISH)
    assert world.snapshots.pointer is not None
    assert world.snapshots.pointer.folds(NIGHT)

    assert await world.finish(FINISH, attempt=2) == "committed"
    assert world.fleet == "abc"


async def test_the_mark_of_another_attempt_is_left_alone() -> None:
    world = World()
    await world.committed("ab")
    paged(world)
    others = Folding(NAME, NIGHT + timedelta(minutes=1))

    def mark() -> None:
        world.snapshots.point_at(LAST_NAME, LAST_NIGHT)
        assert world.snapshots.pointer is not None
        world.snapshots.pointer = structs.replace(world.snapshots.pointer, folding=others)

    world.calls.before("merge.write", mark)
    with pytest.raises(ConflictError, match="another snapshot was committed"):
        await world.finish(FINISH)
    assert world.snapshots.pointer is not None
    assert world.snapshots.pointer.folding == others


async def test_what_was_known_of_the_last_snapshot_goes_once_it_is_folded_in() -> None:
    world = World()
    last = record(id=LAST_NAME, started=LAST_NIGHT, sets=("group-devices-g",))
    await world.committed("ab")
    world.sweeps.sets = {name: {"group-devices-g": GuidSet()} for name in (LAST_NAME, NAME)}
    world.sweeps.records[LAST_NAME] = structs.replace(last, state="complete")
    paged(world)
    over(world, "a", NIGHT)

    await world.finish(FINISH)
    assert world.overlay.entries == {}
    assert world.sweeps.sets.keys() == {NAME}


async def test_a_repeated_finish_makes_up_for_what_was_not_tidied() -> None:
    world = World()
    await world.committed("ab")
    world.sweeps.sets = {LAST_NAME: {}, NAME: {}}
    paged(world)
    over(world, "a", NIGHT)
    world.calls.fail("overlay.remove", StorageError("storage is down"))
    with pytest.raises(StorageError):
        await world.finish(FINISH)

    assert await world.finish(FINISH, attempt=2) == "repeated"
    assert world.overlay.entries == {}
    assert world.sweeps.sets.keys() == {NAME}


async def test_devices_read_after_their_page_and_new_ones_are_looked_at_again() -> None:
    world = World()
    await world.committed("ab")
    paged(world)
    later, earlier = NIGHT + timedelta(hours=1), NIGHT - timedelta(hours=1)
    kept = over(world, "b", later)
    over(world, "a", earlier)

    await world.finish(FINISH)
    assert world.snapshots.stored[NAME].devices["b"] == kept
    assert world.snapshots.stored[NAME].devices["a"].read_at == NIGHT
    hint = DeviceChanges(intune=("b", "c"))
    assert world.queue.on(DEVICE_CHANGES) == [Sent(DEVICE_CHANGES, hint, 0)]
    assert world.calls.made.index("queue.send") < len(world.calls.made) - 1 - world.calls.made[
        ::-1
    ].index("snapshots.commit")


async def test_many_devices_to_look_at_again_go_into_several_messages() -> None:
    world = World()
    fleet = "".join(chr(0x4E00 + n) for n in range(MOST_HINTS + 1))
    await world.committed(fleet)
    paged(world, fleet, "")
    for id in fleet:
        over(world, id, NIGHT + timedelta(hours=1))

    await world.finish(FINISH)
    named = [sent.message.intune for sent in world.queue.on(DEVICE_CHANGES)]  # type: ignore[union-attr]
    assert [len(ids) for ids in named] == [MOST_HINTS, 1]
    assert {id for ids in named for id in ids} == set(fleet)
