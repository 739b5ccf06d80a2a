"""Others consent to a plan, or say no; nobody consents to their own."""

import pytest

from shared.domain.principal import Principal
from shared.domain.restore_change import Denied, Planned
from shared.domain.restore_terms import RestoreTerms
from shared.errors import ChangeError, ConflictError, ForbiddenError, NotFoundError, StaleError
from tests.restore_builders import ANNA, BEN, CARA, DAY, ROBOT, TWIN
from tests.restore_world import RestoreWorld


async def test_one_other_is_enough_where_one_is_wanted() -> None:
    world = RestoreWorld()
    change = await world.approve((await world.plan(ANNA)).id, BEN)

    assert change.state == "approved"
    assert [approval.who for approval in change.approvals] == [BEN]


async def test_two_others_are_wanted_where_two_are() -> None:
    world = RestoreWorld()
    world.terms = RestoreTerms(approvals=2)
    plan = await world.plan(ANNA)

    assert (await world.approve(plan.id, BEN)).state == "planned"
    assert (await world.approve(plan.id, CARA)).state == "approved"


@pytest.mark.parametrize(("planner", "approver"), [(ANNA, ANNA), (ROBOT, ROBOT), (ROBOT, TWIN)])
async def test_the_planner_cannot_approve_and_that_they_tried_is_on_record(
    planner: Principal, approver: Principal
) -> None:
    world = RestoreWorld()
    plan = await world.plan(planner)

    with pytest.raises(ForbiddenError, match="whoever planned"):
        await world.approve(plan.id, approver)

    tried = world.audit.records[-1]
    assert tried.who == approver
    assert isinstance(tried.event, Denied)
    assert tried.event.asked == "approve"
    assert (await world.read(plan.id)).state == "planned"


async def test_nobody_approves_twice() -> None:
    world = RestoreWorld()
    world.terms = RestoreTerms(approvals=2)
    plan = await world.plan(ANNA)
    await world.approve(plan.id, BEN)

    with pytest.raises(ForbiddenError, match="once more"):
        await world.approve(plan.id, BEN)
    assert (await world.read(plan.id)).approvals_missing == 1


async def test_one_who_approves_twice_at_once_is_counted_once() -> None:
    world = RestoreWorld()
    world.terms = RestoreTerms(approvals=2)
    plan = await world.plan(ANNA)
    twice = RestoreWorld()
    twice.terms = world.terms
    twice.audit.put(twice.now, ANNA, world.audit.events[0])
    await world.approve(plan.id, BEN)
    twice.calls.before(
        "audit.append", lambda: twice.audit.put(twice.now, BEN, world.audit.events[1])
    )

    with pytest.raises(ChangeError, match="may not"):
        await twice.approve(plan.id, BEN)
    assert (await twice.read(plan.id)).approvals_missing == 1


async def test_an_approval_is_decided_anew_when_another_record_comes_first() -> None:
    world = RestoreWorld()
    plan = await world.plan()
    world.calls.fail("audit.append", ConflictError("taken"))

    assert (await world.approve(plan.id)).state == "approved"


async def test_others_who_are_always_faster_are_left_the_field() -> None:
    world = RestoreWorld()
    plan = await world.plan()
    world.calls.fail("audit.append", *[ConflictError("taken")] * 100)

    with pytest.raises(ConflictError):
        await world.approve(plan.id)


async def test_whoever_saw_the_change_otherwise_does_not_approve_it() -> None:
    world = RestoreWorld()
    world.terms = RestoreTerms(approvals=2)
    plan = await world.plan(ANNA)
    await world.approve(plan.id, BEN, if_match=plan.etag)

    with pytest.raises(StaleError):
        await world.approve(plan.id, CARA, if_match=plan.etag)


async def test_a_plan_that_has_expired_is_neither_approved_nor_rejected() -> None:
    world = RestoreWorld()
    plan = await world.plan()
    world.now += DAY

    with pytest.raises(ChangeError, match="expired"):
        await world.approve(plan.id)
    with pytest.raises(ChangeError, match="expired"):
        await world.reject(plan.id)


@pytest.mark.parametrize("who", [ANNA, BEN])
async def test_the_planner_withdraws_and_others_say_no(who: Principal) -> None:
    world = RestoreWorld()
    plan = await world.plan(ANNA)
    change = await world.reject(plan.id, who, "not today")

    assert change.state == "rejected"
    assert change.outcome.why == "not today"
    assert change.history[-1].who == who
    with pytest.raises(ChangeError, match="rejected"):
        await world.approve(plan.id, CARA)


async def test_an_approved_plan_can_still_be_rejected() -> None:
    world = RestoreWorld()

    assert (await world.reject((await world.approved()).id, CARA)).state == "rejected"


async def test_there_is_no_approving_what_is_not_there() -> None:
    with pytest.raises(NotFoundError):
        await RestoreWorld().approve("nowhere")


async def test_names_are_left_out_of_records_where_they_are_turned_off() -> None:
    world = RestoreWorld()
    world.user_names = False
    plan = await world.plan()
    await world.approve(plan.id)

    assert [r.who and r.who.name for r in world.audit.records] == [None, None]
    assert [r.who and r.who.oid for r in world.audit.records] == [ANNA.oid, BEN.oid]


async def test_who_is_denied_the_same_again_and_again_is_on_record_once() -> None:
    world = RestoreWorld()
    plan = await world.plan(ANNA)
    for _ in range(5):
        with pytest.raises(ForbiddenError):
            await world.approve(plan.id, ANNA)

    assert [type(event) for event in world.audit.events] == [Planned, Denied]
