"""Plans are made against what is there now, once for each key."""

import pytest
from msgspec import structs

from shared.domain.gates import GateTerms
from shared.domain.restore_change import Change, Planned
from shared.domain.restore_terms import RestoreTerms
from shared.domain.restore_value import etag_of
from shared.errors import (
    ChangeError,
    ConflictError,
    GatesError,
    GraphAnswerError,
    GraphUnavailableError,
    KeyReusedError,
    NotFoundError,
    StaleError,
)
from shared.use_cases.plan_change import MOST_A_DAY, MOST_OPEN
from tests.builders import device
from tests.restore_builders import ANNA, BEN, DAY, FORMER, HOUR, MINUTE, NOON, principal
from tests.restore_world import RestoreWorld


async def test_a_plan_holds_the_value_that_was_seen_and_what_it_leads_to() -> None:
    world = RestoreWorld()
    plan = await world.plan(ANNA, "enabled", reason="the pilot begins")

    assert plan.state == "planned"
    assert (plan.before, plan.after) == (FORMER, "enabled")
    assert (plan.planner, plan.reason) == (ANNA, "the pilot begins")
    assert (plan.approvals_needed, plan.expires) == (1, NOON + DAY)
    assert world.setting.writes == []


async def test_a_plan_says_whom_it_affects_by_the_last_sweep() -> None:
    world = RestoreWorld()
    world.sweep(7, device(join_type="unknown", trust_type="Workplace"))
    affected = (await world.plan()).affected

    assert affected is not None
    assert affected.devices == 7
    assert affected.ineligible == 7
    assert set(affected.by_reason.values()) == {7}


async def test_gates_that_fail_do_not_stop_a_plan_and_are_shown_with_it() -> None:
    world = RestoreWorld()
    world.now += 2 * DAY
    plan = await world.plan()

    assert plan.state == "planned"
    assert [answer.gate for answer in plan.gates if answer.stops] == ["last_sweep"]


async def test_a_plan_that_needs_nobody_is_approved_at_once() -> None:
    world = RestoreWorld()
    world.terms = RestoreTerms(approvals=0)

    assert (await world.plan()).state == "approved"


async def test_the_same_question_with_the_same_key_makes_one_plan() -> None:
    world = RestoreWorld()
    first = await world.plan(key="k")
    world.setting.foreign("disabled")

    assert await world.plan(key="k") == first
    assert len(world.audit.contents) == 1


async def test_a_key_is_the_callers_own() -> None:
    world = RestoreWorld()

    assert (await world.plan(ANNA, key="k")).id != (await world.plan(BEN, key="k")).id


async def test_another_question_with_the_same_key_is_an_error() -> None:
    world = RestoreWorld()
    await world.plan(key="k", reason="the pilot begins")

    with pytest.raises(KeyReusedError):
        await world.plan(key="k", reason="something else")
    assert len(world.audit.contents) == 1


async def test_of_two_who_ask_the_same_at_once_one_makes_the_plan() -> None:
    world = RestoreWorld()
    made = await world.plan(key="k")
    [content] = world.audit.contents
    late = RestoreWorld()
    late.calls.before("audit.append", lambda: late.audit.put(NOON, ANNA, world.audit.events[0]))

    assert structs.replace(await late.plan(key="k"), history=()) == structs.replace(
        made, history=()
    )
    assert len(late.audit.contents) == 1
    assert content


async def test_a_plan_is_decided_anew_when_another_record_comes_first() -> None:
    world = RestoreWorld()
    other = await world.plan(ANNA)
    world.calls.fail("audit.append", ConflictError("taken"), ConflictError("taken"))

    plan = await world.plan(BEN)

    assert [c.id for c in world.ledger.changes.values()] == [other.id, plan.id]


async def test_whoever_saw_another_value_makes_no_plan() -> None:
    world = RestoreWorld()
    seen = etag_of(await world.setting.read())
    world.setting.foreign("disabled")

    with pytest.raises(StaleError):
        await world.plan(if_match=seen)
    assert world.audit.contents == []
    assert await world.plan(if_match=etag_of(await world.setting.read()))


async def test_what_is_so_already_needs_no_plan() -> None:
    world = RestoreWorld()

    with pytest.raises(ChangeError, match="already"):
        await world.plan(after="notConfigured")


async def test_no_plan_is_made_against_a_setting_that_cannot_be_made_out() -> None:
    world = RestoreWorld()
    world.calls.fail("setting.read", GraphAnswerError("there are two"))
    with pytest.raises(ChangeError, match="there are two"):
        await world.plan()

    world.calls.fail("setting.read", GraphUnavailableError("Graph answered 503"))
    with pytest.raises(GraphUnavailableError):
        await world.plan()
    assert world.audit.contents == []


async def test_so_many_plans_may_be_open_and_expired_ones_do_not_count() -> None:
    world = RestoreWorld()
    for number in range(MOST_OPEN):
        await world.plan(principal(f"planner-{number}"))
    with pytest.raises(ChangeError, match="open plans"):
        await world.plan()

    world.now += DAY
    assert await world.plan()


async def test_one_planner_cannot_fill_the_audit_or_keep_others_from_planning() -> None:
    world = RestoreWorld()
    for _ in range(MOST_A_DAY):
        await world.reject((await world.plan(ANNA)).id, ANNA)
    with pytest.raises(ChangeError, match="within a day"):
        await world.plan(ANNA)
    assert await world.plan(BEN)

    world.now += DAY
    assert await world.plan(ANNA)


async def test_a_revert_is_a_plan_to_the_value_before_with_terms_of_its_own() -> None:
    world = RestoreWorld()
    applied = await world.apply((await world.approved()).id)
    world.now += HOUR
    revert = await world.revert(applied.id, BEN)

    assert (revert.before, revert.after) == (applied.value, FORMER.state)
    assert revert.reverts == applied.id
    assert (revert.state, revert.planner) == ("planned", BEN)
    planned = world.audit.events[-1]
    assert isinstance(planned, Planned)
    assert planned.reverts == applied.id


async def test_a_revert_asked_for_again_with_its_key_is_the_same_even_when_done() -> None:
    world = RestoreWorld()
    world.terms = RestoreTerms(approvals=0, gates=GateTerms(cool_down=None))
    applied = await world.apply((await world.plan()).id)
    world.now += MINUTE
    first = await world.revert(applied.id, key="k")
    await world.apply(first.id)

    assert (await world.revert(applied.id, key="k")).id == first.id


async def test_only_what_was_applied_can_be_reverted() -> None:
    world = RestoreWorld()
    plan = await world.plan()

    with pytest.raises(ChangeError, match="planned"):
        await world.revert(plan.id)
    with pytest.raises(NotFoundError):
        await world.revert("nowhere")


async def test_the_cool_down_is_left_out_for_the_last_change_and_for_no_older_one() -> None:
    world = RestoreWorld()
    old = await world.apply((await world.approved("enabled")).id)
    world.now += 2 * DAY
    world.sweep(100)
    last = await world.apply((await world.approved("disabled")).id)
    world.now += HOUR

    assert "cool_down" not in failing(await world.revert(last.id))
    evading = await world.revert(old.id)
    assert failing(evading) == ["cool_down"]
    await world.approve(evading.id)
    with pytest.raises(GatesError, match="cool_down"):
        await world.apply(evading.id)


def failing(change: Change) -> list[str]:
    """Name the gates that stand in a change's way."""
    return [answer.gate for answer in change.gates if answer.stops]
