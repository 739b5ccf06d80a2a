"""The one write of a change: each way it can go, and what is told of it."""

from datetime import timedelta

import pytest

from shared.domain.restore_change import Applied, RefusedFor
from shared.errors import (
    ChangeError,
    GraphThrottledError,
    GraphUnavailableError,
    StorageError,
)
from shared.messages import DIGESTS
from shared.use_cases.write_setting import SEND_WITHIN
from tests.restore_builders import MINUTE
from tests.restore_fakes import Reply
from tests.restore_world import RestoreWorld

SECOND = timedelta(seconds=1)


async def test_an_approved_change_is_written_read_back_and_applied() -> None:
    world = RestoreWorld()
    change = await world.apply((await world.approved()).id)

    assert change.state == "applied"
    assert change.value == world.setting.value
    assert change.value.state == "enabled"
    [write] = world.setting.writes
    assert "the pilot begins" in write.justification
    assert change.id in write.justification
    applied = world.audit.events[-1]
    assert isinstance(applied, Applied)
    assert applied.seen == "read_back"


async def test_people_are_told_of_what_came_of_it() -> None:
    world = RestoreWorld()
    await world.apply((await world.approved()).id)

    assert len(world.queue.on(DIGESTS)) == 1


@pytest.mark.parametrize("cause", ["role", "permission", "identity", "request"])
async def test_what_is_refused_says_why_and_is_not_tried_again(cause: RefusedFor) -> None:
    world = RestoreWorld()
    world.setting.replies = [Reply.refused(cause)]
    change = await world.apply((await world.approved()).id)

    assert (change.state, change.outcome.cause) == ("refused", cause)
    with pytest.raises(ChangeError, match="refused"):
        await world.apply(change.id)
    assert len(world.setting.writes) == 1


async def test_what_intune_wants_approved_waits_under_its_code() -> None:
    world = RestoreWorld()
    world.setting.needs_approval = True
    change = await world.apply((await world.approved()).id)

    assert (change.state, change.code) == ("waiting_for_intune_approval", "code-1")
    assert world.ledger.in_progress is None


async def test_a_person_may_send_it_again_once_intune_approves() -> None:
    world = RestoreWorld()
    world.setting.needs_approval = True
    change = await world.apply((await world.approved()).id)
    world.setting.approve(change.code)

    assert (await world.apply(change.id)).state == "applied"
    assert [write.code for write in world.setting.writes] == [None, change.code]


async def test_what_was_not_sent_may_be_applied_again() -> None:
    world = RestoreWorld()
    world.setting.replies = [Reply.not_sent()]
    change = await world.approved()

    with pytest.raises(GraphUnavailableError):
        await world.apply(change.id)
    assert (await world.read(change.id)).state == "approved"
    assert (await world.apply(change.id)).state == "applied"


async def test_whoever_is_throttled_is_told_for_how_long() -> None:
    world = RestoreWorld()
    world.setting.replies = [Reply.not_sent(retry_after=7)]
    change = await world.approved()

    with pytest.raises(GraphThrottledError) as throttled:
        await world.apply(change.id)
    assert throttled.value.retry_after == 7
    assert (await world.read(change.id)).state == "approved"


@pytest.mark.parametrize(
    "reply", [Reply.unanswered(timedelta()), Reply.unanswered(None), Reply.accepted(old_for=MINUTE)]
)
async def test_what_is_not_seen_to_be_done_is_unknown_and_looked_at_soon(reply: Reply) -> None:
    world = RestoreWorld()
    world.setting.replies = [reply]
    change = await world.apply((await world.approved()).id)

    assert change.state == "unknown"
    assert min(due.at for due in world.due) <= world.now + MINUTE


async def test_a_write_that_cannot_be_read_back_is_unknown() -> None:
    world = RestoreWorld()
    change = await world.approved()
    world.calls.fail("setting.read", None, None, GraphUnavailableError("Graph answered 503"))

    assert (await world.apply(change.id)).state == "unknown"


async def test_a_change_by_others_is_seen_up_to_the_last_moment() -> None:
    world = RestoreWorld()
    change = await world.approved()
    world.calls.before("audit.append.done", lambda: world.setting.foreign("disabled"))

    assert (await world.apply(change.id)).state == "conflict"
    assert world.setting.writes == []


async def test_what_cannot_be_read_is_not_written() -> None:
    world = RestoreWorld()
    change = await world.approved()
    world.calls.fail("setting.read", None, GraphUnavailableError("Graph answered 503"))

    with pytest.raises(GraphUnavailableError):
        await world.apply(change.id)
    assert (await world.read(change.id)).state == "approved"
    assert world.setting.writes == []


async def test_whoever_comes_too_late_does_not_write_any_more() -> None:
    world = RestoreWorld()
    change = await world.approved()

    def stall() -> None:
        world.now += SEND_WITHIN + SECOND

    world.calls.before("audit.append.done", stall)
    with pytest.raises(GraphUnavailableError, match="too long"):
        await world.apply(change.id)
    assert world.setting.writes == []
    assert (await world.read(change.id)).state == "approved"


async def test_an_outcome_that_cannot_be_recorded_is_found_out_later() -> None:
    world = RestoreWorld()
    change = await world.approved()
    world.calls.fail("audit.append", None, StorageError("storage is busy"))

    with pytest.raises(StorageError):
        await world.apply(change.id)
    assert (await world.read(change.id)).state == "applying"
    await world.settled()
    assert (await world.read(change.id)).state == "applied"
    assert len(world.setting.writes) == 1


async def test_word_to_people_that_cannot_be_sent_does_not_undo_anything() -> None:
    world = RestoreWorld()
    change = await world.approved()
    world.calls.fail("queue.send", None, StorageError("storage is busy"))

    assert (await world.apply(change.id)).state == "applied"


async def test_an_outcome_that_somebody_else_found_out_first_stays() -> None:
    world = RestoreWorld()
    change = await world.approved()

    def found_out() -> None:
        world.audit.put(world.now, None, Applied(change.id, world.setting.value, "later"))

    world.calls.before("setting.write.done", found_out)
    assert (await world.apply(change.id)).state == "applied"
    assert [e.seen for e in world.audit.events if isinstance(e, Applied)] == ["later"]
