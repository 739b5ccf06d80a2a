"""What became of a write is found out by reading, and never by writing again."""

from datetime import timedelta

import pytest

from shared.domain.restore_change import Applied, Applying, Change, NotApplied
from shared.domain.restore_terms import RestoreTerms
from shared.domain.restore_value import RestoreState
from shared.errors import ConflictError, GraphUnavailableError
from shared.messages import SettleChange
from shared.use_cases.settle_change import GIVE_UP_AFTER
from shared.use_cases.write_setting import SETTLE_AFTER
from tests.restore_builders import ANNA, DAY, HOUR, MINUTE
from tests.restore_fakes import Reply
from tests.restore_world import RestoreWorld
from tests.use_cases.unruly_callers import NO_GATES

UNAVAILABLE = GraphUnavailableError("Graph answered 503")


async def unknown(world: RestoreWorld, done_after: timedelta | None) -> Change:
    world.setting.replies = [Reply.unanswered(done_after)]
    return await world.apply((await world.approved()).id)


async def waiting(world: RestoreWorld) -> Change:
    world.terms = RestoreTerms(gates=NO_GATES)
    world.setting.needs_approval = True
    return await world.apply((await world.approved()).id)


async def test_a_write_that_was_done_unheard_is_found_soon() -> None:
    world = RestoreWorld()
    change = await unknown(world, timedelta())
    world.now += MINUTE
    await world.settle_due()

    assert (await world.read(change.id)).state == "applied"
    applied = world.audit.records[-1]
    assert applied.who is None
    assert isinstance(applied.event, Applied)
    assert applied.event.seen == "later"


async def test_a_write_that_was_never_done_is_given_up_after_a_while_and_not_before() -> None:
    world = RestoreWorld()
    change = await unknown(world, None)
    world.now += GIVE_UP_AFTER - timedelta(seconds=1)
    await world.settle_due()
    assert (await world.read(change.id)).state == "unknown"

    await world.settled()
    ended = await world.read(change.id)
    assert ended.state == "not_applied"
    assert ended.outcome.found == change.before
    assert len(world.setting.writes) == 1


async def test_a_write_that_is_done_late_is_still_found() -> None:
    world = RestoreWorld()
    change = await unknown(world, 10 * MINUTE)
    await world.settled()

    assert (await world.read(change.id)).state == "applied"


async def test_another_value_decides_nothing_while_the_write_may_still_be_done() -> None:
    world = RestoreWorld()
    change = await unknown(world, 2 * MINUTE)
    world.setting.foreign("disabled")
    world.now += MINUTE
    await world.settle_due()
    assert (await world.read(change.id)).state == "unknown"

    await world.settled()
    assert (await world.read(change.id)).state == "applied"


async def test_what_somebody_else_has_overwritten_is_not_applied() -> None:
    world = RestoreWorld()
    change = await unknown(world, timedelta())
    world.setting.foreign("disabled")
    await world.settled()

    ended = await world.read(change.id)
    assert (ended.state, ended.outcome.found) == ("not_applied", world.setting.value)
    assert isinstance(world.audit.events[-1], NotApplied)


async def test_what_cannot_be_read_is_looked_at_again() -> None:
    world = RestoreWorld()
    change = await unknown(world, timedelta())
    world.calls.fail("setting.read", *[UNAVAILABLE] * 3)
    await world.settled()

    assert (await world.read(change.id)).state == "applied"


@pytest.mark.parametrize(("state", "ends"), [("disabled", "not_applied"), ("enabled", "applied")])
async def test_somebody_who_may_still_be_writing_is_given_the_time(
    state: RestoreState, ends: str
) -> None:
    world = RestoreWorld()
    change = await world.approved()
    world.audit.put(world.now, ANNA, Applying(change.id))
    world.setting.foreign(state)
    world.now += SETTLE_AFTER / 2
    await world.settle(SettleChange(change.id))
    assert (await world.read(change.id)).state == "applying"

    await world.settled()
    assert (await world.read(change.id)).state == ends
    assert world.setting.writes == []


async def test_an_outcome_that_somebody_else_recorded_meanwhile_stays() -> None:
    world = RestoreWorld()
    change = await unknown(world, timedelta())
    value = world.setting.value
    other = Applied(change.id, value, "later")
    world.calls.before("setting.read", lambda: world.audit.put(world.now, None, other))
    world.now += MINUTE
    await world.settle_due()

    assert [e for e in world.audit.events if isinstance(e, Applied)] == [other]


async def test_a_record_of_somebody_else_has_it_decided_anew() -> None:
    world = RestoreWorld()
    change = await unknown(world, timedelta())
    world.calls.fail("audit.append", ConflictError("taken"))
    await world.settled()

    assert (await world.read(change.id)).state == "applied"


async def test_a_doubled_message_changes_nothing() -> None:
    world = RestoreWorld()
    change = await unknown(world, timedelta())
    await world.settled()
    records = len(world.audit.contents)
    await world.settle(SettleChange(change.id))

    assert len(world.audit.contents) == records


async def test_a_message_about_nothing_is_dropped() -> None:
    world = RestoreWorld()
    await world.settle(SettleChange("nowhere"))

    assert world.audit.contents == []
    assert world.queue.sent == []


async def test_intune_is_asked_again_until_it_approves() -> None:
    world = RestoreWorld()
    change = await waiting(world)
    for _ in range(3):
        world.now += HOUR
        await world.settle_due()
    assert (await world.read(change.id)).state == "waiting_for_intune_approval"

    world.setting.approve(change.code)
    await world.settled()
    assert (await world.read(change.id)).state == "applied"
    assert {write.code for write in world.setting.writes[1:]} == {change.code}
    assert len(world.setting.done) == 1


async def test_intune_is_asked_more_and_more_seldom_and_by_one_message_at_a_time() -> None:
    world = RestoreWorld()
    await waiting(world)
    await world.settled()

    assert 30 < len(world.setting.writes) < 50


async def test_a_change_that_intune_never_approves_expires() -> None:
    world = RestoreWorld()
    change = await waiting(world)
    await world.settled()

    assert (await world.read(change.id)).state == "expired"
    assert world.setting.done == []


async def test_what_changed_while_intune_waited_is_a_conflict() -> None:
    world = RestoreWorld()
    change = await waiting(world)
    world.setting.approve(change.code)
    world.setting.foreign("disabled")
    await world.settled()

    assert (await world.read(change.id)).state == "conflict"
    assert world.setting.done == []


@pytest.mark.parametrize("by_hand", [True, False])
async def test_what_intune_does_by_itself_once_it_is_approved_is_the_change(by_hand: bool) -> None:
    world = RestoreWorld()
    change = await waiting(world)
    world.now += HOUR
    world.setting.foreign(change.after)
    if by_hand:
        await world.apply(change.id)
    else:
        await world.settle_due()

    ended = await world.read(change.id)
    assert ended.state == "applied"
    assert ended.value == world.setting.value
    assert len(world.setting.writes) == 1


@pytest.mark.parametrize("trouble", ["not sent", "not read", "somebody is applying"])
async def test_intune_is_asked_again_after_trouble(trouble: str) -> None:
    world = RestoreWorld()
    change = await waiting(world)
    world.setting.approve(change.code)
    if trouble == "not sent":
        world.setting.replies = [Reply.not_sent()]
    elif trouble == "not read":
        world.calls.fail("setting.read", None, UNAVAILABLE)
    else:
        other = await world.approved("disabled")
        world.calls.before(
            "queue.send", lambda: world.audit.put(world.now, ANNA, Applying(other.id))
        )
    world.now += HOUR
    await world.settle_due()
    assert (await world.read(change.id)).state == "waiting_for_intune_approval"

    if trouble == "somebody is applying":
        await world.settle(SettleChange(other.id))
    await world.settled()
    assert (await world.read(change.id)).state == "applied"


async def test_intune_is_not_asked_while_gates_do_not_hold() -> None:
    world = RestoreWorld()
    change = await waiting(world)
    world.setting.approve(change.code)
    world.terms = RestoreTerms()
    world.sweep(0)
    world.now += HOUR
    await world.settle_due()
    assert len(world.setting.writes) == 1

    world.sweep(100)
    await world.settled()
    assert (await world.read(change.id)).state == "applied"


async def test_a_rejected_change_is_not_sent_to_intune_again() -> None:
    world = RestoreWorld()
    change = await waiting(world)
    world.setting.approve(change.code)
    await world.reject(change.id)
    world.now += DAY
    await world.settled()

    assert len(world.setting.writes) == 1
