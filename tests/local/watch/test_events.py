"""Everything that happens is told once: as it comes in, or with the next snapshot."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.watch.events import SKEW, DeviceChanged, Event, SweepMade, Trouble, events
from shared.domain.sweep import LONGEST_FOLD
from tests.local.watch.stage import Stage, tenant_change, told, transition


async def test_a_transition_is_told_when_it_comes_in_and_not_again() -> None:
    stage = Stage()
    watcher = await stage.begun()
    at = stage.happens("1")

    assert told(await watcher.look(stage.now)) == [("1", "raised", "assessed", at)]
    assert await watcher.look(stage.now) == []


async def test_entries_that_were_looked_at_are_not_read_again_and_again() -> None:
    stage = Stage()
    watcher = await stage.begun()
    for _ in range(2):
        await watcher.look(stage.now)

    assert stage.asked_since == [None, None, stage.now - SKEW]


async def test_a_storage_whose_clock_lags_a_little_loses_nothing() -> None:
    stage = Stage()
    stage.clock_lags = timedelta(seconds=30)
    watcher = await stage.begun()
    await watcher.look(stage.now)
    at = stage.happens("1")

    assert told(await watcher.look(stage.now)) == [("1", "raised", "assessed", at)]


async def test_two_transitions_of_one_device_are_told_one_each_in_their_order() -> None:
    stage = Stage()
    watcher = await stage.begun()
    first = stage.happens("1")
    await watcher.look(stage.now)
    second = stage.happens("1", "cleared")
    third = stage.happens("1", "reopened")

    assert first < second
    assert told(await watcher.look(stage.now)) == [
        ("1", "cleared", "assessed", second),
        ("1", "reopened", "assessed", third),
    ]


async def test_a_device_that_is_gone_has_its_blockers_closed_as_gone() -> None:
    stage = Stage()
    watcher = await stage.begun()
    at = stage.happens("1", "cleared", "gone")

    assert told(await watcher.look(stage.now)) == [("1", "cleared", "gone", at)]


async def test_what_was_told_from_the_overlay_is_not_told_again_when_a_sweep_folds_it_in() -> None:
    stage = Stage()
    watcher = await stage.begun()
    stage.happens("1")
    await watcher.look(stage.now)
    own = DeviceChanged("2", "PC-2", transition(stage.now, "cleared"))
    stage.commit("b", own)

    assert told(await watcher.look(stage.now)) == [
        "sweep b",
        ("2", "cleared", "assessed", own.transition.at),
    ]
    assert await watcher.look(stage.now) == []


async def test_what_came_in_just_before_a_fold_is_told_from_the_new_snapshot() -> None:
    stage = Stage()
    watcher = await stage.begun()
    at = stage.happens("1")
    stage.commit("b")

    assert told(await watcher.look(stage.now)) == ["sweep b", ("1", "raised", "assessed", at)]


async def test_every_sweep_between_two_looks_is_told_the_oldest_first() -> None:
    stage = Stage()
    watcher = await stage.begun()
    first = stage.happens("1")
    stage.commit("b")
    second = stage.happens("2")
    stage.commit("c")
    third = stage.happens("3")

    assert told(await watcher.look(stage.now)) == [
        "sweep b",
        ("1", "raised", "assessed", first),
        "sweep c",
        ("2", "raised", "assessed", second),
        ("3", "raised", "assessed", third),
    ]


async def test_nothing_is_told_of_the_overlay_while_a_merge_decides_what_stays_of_it() -> None:
    stage = Stage()
    watcher = await stage.begun()
    at = stage.happens("1")
    stage.fold()

    assert await watcher.look(stage.now) == []
    stage.commit("b")
    assert told(await watcher.look(stage.now)) == ["sweep b", ("1", "raised", "assessed", at)]


async def test_a_merge_that_begins_during_a_look_puts_the_telling_off() -> None:
    stage = Stage()
    watcher = await stage.begun()
    stage.happens("1")
    stage.moves_at_the_next_read = True

    assert await watcher.look(stage.now) == []


async def test_a_merge_that_died_holds_nothing_back_for_ever() -> None:
    stage = Stage()
    watcher = await stage.begun()
    at = stage.happens("1")
    stage.fold()
    await watcher.look(stage.now)

    late = stage.now + LONGEST_FOLD + timedelta(seconds=1)
    assert told(await watcher.look(late)) == [("1", "raised", "assessed", at)]


async def test_a_watch_that_is_started_again_tells_only_what_is_new() -> None:
    stage = Stage()
    stage.happens("1")
    watcher = await stage.begun()
    at = stage.happens("2")

    assert told(await watcher.look(stage.now)) == [("2", "raised", "assessed", at)]
    stage.commit("b")
    assert told(await watcher.look(stage.now)) == ["sweep b"]


async def test_a_watch_may_begin_with_what_changed_since_the_last_sweep() -> None:
    stage = Stage(None)
    stage.tenant.append(tenant_change(stage.now - timedelta(days=3)))
    stage.commit("a")
    at = stage.happens("1")
    stage.tenant.append(tenant_change(stage.now, name="Backup off"))
    watcher = await stage.begun(earlier=True)

    assert told(await watcher.look(stage.now)) == [
        "tenant Backup off",
        ("1", "raised", "assessed", at),
    ]


async def test_before_the_first_snapshot_it_waits_and_then_tells_of_the_sweep() -> None:
    stage = Stage(None)
    watcher = await stage.begun()

    assert await watcher.look(stage.now) == []
    stage.commit("a")
    assert await watcher.look(stage.now) == [SweepMade("a", stage.now, 7, None)]


async def test_a_change_of_the_tenant_is_told_once_and_an_old_one_never() -> None:
    stage = Stage()
    stage.tenant.append(tenant_change(stage.now))
    watcher = await stage.begun()
    for hours, name in ((1, "Backup off"), (2, "Backup on again")):
        stage.tenant.append(tenant_change(stage.now + timedelta(hours=hours), name=name))

    assert told(await watcher.look(stage.now)) == ["tenant Backup off", "tenant Backup on again"]
    assert await watcher.look(stage.now) == []


async def test_storage_that_does_not_answer_is_mentioned_once_and_nothing_is_lost() -> None:
    stage = Stage()
    heard: list[Event | Trouble] = []

    async def pause() -> None:
        match len(paused):
            case 0:
                stage.silent = True
            case 2:
                stage.silent = False
                stage.happens("1")
            case 3:
                raise EOFError
        paused.append(stage.now)

    paused: list[datetime] = []

    async def listen() -> None:
        async for event in events(stage.watcher(), lambda: stage.now, pause):
            heard.append(event)  # noqa: PERF401 - the list is looked at after the end by EOFError

    with pytest.raises(EOFError):
        await listen()

    trouble, change = heard
    assert isinstance(trouble, Trouble)
    assert "current.json" in trouble.reason
    assert isinstance(change, DeviceChanged)


STEPS = st.lists(
    st.sampled_from(["1", "2", "3", "look", "look", "fold", "commit", "trouble"]), max_size=40
)


@settings(max_examples=150, deadline=None)
@given(STEPS)
async def test_whatever_the_order_each_transition_is_told_exactly_once(steps: list[str]) -> None:
    stage = Stage()
    watcher = await stage.begun()
    happened: Counter[tuple[str, datetime]] = Counter()
    heard: list[Event] = []
    for number, step in enumerate([*steps, "commit", "look"]):
        assert stage.pointer is not None
        if step == "look":
            heard += await watcher.look(stage.now)
        elif step == "fold":
            stage.fold()
        elif step == "commit":
            stage.commit(f"sweep-{number}")
        elif step == "trouble":
            stage.moves_at_the_next_read = True
        elif not stage.pointer.folds(stage.now):
            happened[step, stage.happens(step)] += 1

    changes = [event for event in heard if isinstance(event, DeviceChanged)]
    assert Counter((each.id, each.transition.at) for each in changes) == happened
