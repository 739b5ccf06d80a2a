"""Who may have a change written, and all that keeps it from being written."""

from datetime import timedelta

import pytest

from shared.domain.restore_change import Applying, Blocked, Override
from shared.domain.restore_terms import RestoreTerms
from shared.errors import (
    ChangeError,
    ConflictError,
    GatesError,
    GraphUnavailableError,
    NotFoundError,
    StaleError,
)
from shared.messages import RESTORE_CHANGES, SettleChange
from shared.use_cases.write_setting import SEND_WITHIN, SETTLE_AFTER
from tests.restore_builders import ANNA, BEN, DAY, HOUR
from tests.restore_fakes import Reply
from tests.restore_world import RestoreWorld

SECOND = timedelta(seconds=1)


async def test_a_way_back_is_left_before_it_is_recorded_and_the_record_before_the_write() -> None:
    world = RestoreWorld()
    change = await world.approved()
    world.calls.made.clear()
    await world.apply(change.id)
    made = world.calls.made

    steps = ["queue.send", "audit.append.done", "setting.write"]
    assert [made.index(step) for step in steps] == sorted(made.index(step) for step in steps)
    assert made[made.index("setting.write") - 1] == "setting.read"
    guard = world.queue.on(RESTORE_CHANGES)[0]
    assert guard.message == SettleChange(change.id)
    assert guard.delay == SETTLE_AFTER.total_seconds()


async def test_a_setting_that_somebody_else_changed_is_left_alone() -> None:
    world = RestoreWorld()
    change = await world.approved()
    world.now += HOUR
    world.setting.foreign("disabled")
    after = await world.apply(change.id)

    assert after.state == "conflict"
    assert after.outcome.found == world.setting.value
    assert world.setting.writes == []


async def test_a_setting_that_was_changed_there_and_back_is_another_one() -> None:
    world = RestoreWorld()
    change = await world.approved()
    world.setting.foreign("disabled")
    world.setting.foreign("notConfigured")

    assert (await world.apply(change.id)).state == "conflict"
    assert world.setting.writes == []


async def test_whoever_needs_too_long_to_begin_does_not() -> None:
    world = RestoreWorld()
    change = await world.approved()

    def stall() -> None:
        world.now += SEND_WITHIN + SECOND

    world.calls.before("queue.send", stall)
    with pytest.raises(GraphUnavailableError, match="too long"):
        await world.apply(change.id)
    assert not any(isinstance(event, Applying) for event in world.audit.events)


async def test_gates_that_fail_block_it_and_that_is_on_record() -> None:
    world = RestoreWorld()
    change = await world.approved()
    world.now += 20 * HOUR
    world.sweep(0, ago=40 * HOUR)

    with pytest.raises(GatesError, match="last_sweep"):
        await world.apply(change.id)
    blocked = world.audit.events[-1]
    assert isinstance(blocked, Blocked)
    assert "last_sweep" in [answer.gate for answer in blocked.gates if answer.stops]
    stands = await world.read(change.id)
    assert stands.state == "approved"
    assert stands.gates == blocked.gates


async def test_gates_are_passed_by_name_and_with_a_reason() -> None:
    world = RestoreWorld()
    world.terms = RestoreTerms(plan_holds=5 * DAY)
    change = await world.approved()
    world.now += 2 * DAY
    override = Override(("last_sweep",), "an incident")
    after = await world.apply(change.id, override=override)

    assert after.state == "applied"
    assert after.override == override
    [applying] = [e for e in world.audit.events if isinstance(e, Applying)]
    assert applying.override == override
    assert [answer.gate for answer in applying.gates if answer.passed] == ["last_sweep"]


async def test_passing_one_gate_passes_no_other() -> None:
    world = RestoreWorld()
    world.terms = RestoreTerms(plan_holds=5 * DAY)
    change = await world.approved()
    world.now += 2 * DAY

    with pytest.raises(GatesError, match="last_sweep"):
        await world.apply(change.id, override=Override(("cool_down", "no_storm"), "in a hurry"))
    assert world.setting.writes == []


async def test_applying_once_more_changes_nothing() -> None:
    world = RestoreWorld()
    once = await world.apply((await world.approved()).id)
    records = len(world.audit.contents)

    assert await world.apply(once.id, BEN) == once
    assert len(world.audit.contents) == records
    assert len(world.setting.writes) == 1


async def test_of_two_who_apply_at_once_one_writes() -> None:
    world = RestoreWorld()
    change = await world.approved()

    def other() -> None:
        world.audit.put(world.now, BEN, Applying(change.id))

    world.calls.before("queue.send", other)
    with pytest.raises(ChangeError, match="applying"):
        await world.apply(change.id)
    assert world.setting.writes == []


async def test_what_the_other_one_wrote_is_not_taken_for_a_conflict() -> None:
    world = RestoreWorld()
    change = await world.approved()

    def other() -> None:
        world.audit.put(world.now, BEN, Applying(change.id))
        world.setting.foreign("enabled")

    world.calls.before("setting.read", other)
    assert (await world.apply(change.id)).state == "applying"


async def test_no_other_change_is_applied_while_one_is_not_settled() -> None:
    world = RestoreWorld()
    world.setting.replies = [Reply.unanswered(None)]
    other = await world.approved("disabled")
    unknown = await world.apply((await world.approved()).id)

    with pytest.raises(ChangeError, match=unknown.id):
        await world.apply(other.id)
    assert len(world.setting.writes) == 1


async def test_a_record_of_somebody_else_has_it_decided_anew() -> None:
    world = RestoreWorld()
    change = await world.approved()
    world.calls.fail("audit.append", ConflictError("taken"))

    assert (await world.apply(change.id)).state == "applied"
    assert len(world.setting.writes) == 1


async def test_a_plan_without_enough_approvals_is_not_applied() -> None:
    world = RestoreWorld()
    plan = await world.plan()

    with pytest.raises(ChangeError, match="1 approval is missing"):
        await world.apply(plan.id)


async def test_an_expired_plan_is_not_applied() -> None:
    world = RestoreWorld()
    change = await world.approved()
    world.now += DAY

    with pytest.raises(ChangeError, match="expired"):
        await world.apply(change.id)


async def test_a_plan_that_expires_while_it_is_applied_is_not_written() -> None:
    world = RestoreWorld()
    change = await world.approved()
    world.now += DAY - SECOND

    def stall() -> None:
        world.now += SECOND

    world.calls.before("queue.send", stall)
    with pytest.raises(ChangeError, match="expired"):
        await world.apply(change.id)
    assert world.setting.writes == []


async def test_whoever_saw_the_change_otherwise_does_not_apply_it() -> None:
    world = RestoreWorld()
    plan = await world.plan()
    change = await world.approve(plan.id)

    with pytest.raises(StaleError):
        await world.apply(change.id, if_match=plan.etag)
    assert (await world.apply(change.id, if_match=change.etag)).state == "applied"


async def test_there_is_no_applying_what_is_not_there() -> None:
    with pytest.raises(NotFoundError):
        await RestoreWorld().apply("nowhere", ANNA)
