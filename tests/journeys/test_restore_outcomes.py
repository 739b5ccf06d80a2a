"""Every way in which applying a change can end, over HTTP, and what was written to the tenant."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast, get_args

import httpx
import pytest
import pytest_asyncio
from msgspec import structs

from local.issuer import Issuer
from local.tenant.calls import WRITER, Caller
from local.tenant.changes import Change, apply
from local.tenant.faults import Faults
from local.tenant.scenarios import RestoreState
from local.tenant.server import NO_FAULTS, TenantServer
from local.tenant.write_faults import WriteFault
from shared.domain.restore_change import Applied, Applying, Blocked
from shared.use_cases import apply_change
from tests.journeys.restoring import ANN, BEN, DORA, OFF, Office, problem_in, serving_people

pytestmark = [pytest.mark.journey, pytest.mark.asyncio(loop_scope="module")]

MINUTE = timedelta(minutes=1)
NO_ROLE = "Tenant is not Global Admin or Intune Service Admin"
DONE_AND_CUT = WriteFault(lost="cut")
NOT_DONE_AND_CUT = WriteFault(done=False, lost="cut")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_office(storage: str, app_folder: Path) -> AsyncIterator[Office]:
    issuer = Issuer.new()
    tenant = TenantServer(seed=7, devices=60, scenario=OFF, issuer=issuer)
    async with serving_people(
        storage, app_folder, tenant, issuer, RESTORE_GATE_COOL_DOWN_HOURS="off"
    ) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def office(shared_office: Office) -> AsyncIterator[Office]:
    """People at an installation, whose tenant does as it is told, and an audit that holds."""
    tenant = shared_office.tenant
    yield shared_office
    tenant.set_faults(NO_FAULTS)
    tenant.graph.writer, tenant.graph.approvals = WRITER, None
    assert (await shared_office.proof()).findings == ()


def let_writer_be(office: Office, **differing: Any) -> None:
    """Have the write identity be another one than it should be."""
    writer: Caller = structs.replace(WRITER, **differing)
    office.tenant.graph.writer = writer


def set_by_hand(office: Office, state: RestoreState) -> None:
    apply(office.tenant.graph, Change(restore_state=state))


async def somebody_else_changes(office: Office, id: str) -> RestoreState:
    """Set what is neither planned nor planned against; a date alone is the same for a second."""
    change = await office.change(id)
    (third,) = set(get_args(RestoreState)) - {change["before"]["state"], change["after"]}
    set_by_hand(office, third)
    return cast(RestoreState, third)


def outcome_of(answer: httpx.Response, status: int) -> Any:
    """Read a change that was answered with this status."""
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_what_is_read_back_as_planned_is_applied(office: Office) -> None:
    id = await office.approved()
    wanted = office.other_state
    change = outcome_of(await office.do("apply", id, ANN), 200)
    assert (change["state"], change["value"]["state"]) == ("applied", wanted)
    assert office.tenant.tenant.restore_state == wanted
    assert [write.done for write in office.writes_for(id)] == [True]


def closed_window() -> str:
    """Name hours that are not now, nor soon."""
    return f"{datetime.now(UTC) + timedelta(days=3):%a} 09:00-17:00"


async def test_gates_that_fail_are_all_named_and_can_be_passed_by_whoever_may(
    office: Office,
) -> None:
    passing = {"gates": ["eligible_share", "change_window"], "reason": "The pilot is small."}
    terms = {"RESTORE_GATE_ELIGIBLE_PERCENT": "100", "RESTORE_GATE_WINDOW": closed_window()}
    async with office.set_to(**terms):
        id = await office.approved("enabled")
        refused = await office.do("apply", id, ANN)
        assert (refused.status_code, problem_in(refused)) == (409, "gates-failed")
        failing = {gate["gate"]: gate for gate in refused.json()["gates"]}
        assert list(failing) == ["eligible_share", "change_window"]
        assert failing["eligible_share"]["observed"].endswith(" %")
        assert failing["eligible_share"]["required"] == "at least 100 %"
        assert failing["change_window"]["required"] == f"{closed_window()} UTC"

        denied = await office.do("apply", id, ANN, {"override": passing})
        assert (denied.status_code, denied.json()["role"]) == (403, "RestoreSetting.Override")
        half = {"override": passing | {"gates": ["change_window"]}}
        still = await office.do("apply", id, DORA, half)
        assert [gate["gate"] for gate in still.json()["gates"]] == ["eligible_share"]
        assert office.writes_for(id) == []

        change = outcome_of(await office.do("apply", id, DORA, {"override": passing}), 200)
    assert change["state"] == "applied"
    assert {gate["gate"] for gate in change["gates"] if gate["passed"]} == set(failing)
    events = [record.event for record in await office.records()]
    blocked = [each for each in events if isinstance(each, Blocked) and each.change == id]
    assert len(blocked) == 2
    (begun,) = (each for each in events if isinstance(each, Applying) and each.change == id)
    assert begun.override is not None
    assert begun.override.reason == passing["reason"]


async def test_a_setting_that_is_not_what_was_planned_against_is_a_conflict(
    office: Office,
) -> None:
    id = await office.approved()
    found = await somebody_else_changes(office, id)
    change = outcome_of(await office.do("apply", id, ANN), 200)
    assert (change["state"], change["outcome"]["found"]["state"]) == ("conflict", found)
    assert change["remedies"]
    assert office.tenant.tenant.restore_state == found
    assert office.writes_for(id) == []


async def test_a_setting_that_changes_once_the_gates_have_been_asked_is_a_conflict_as_well(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = apply_change.begin_applying

    async def begin_too_late(*arguments: Any, **named: Any) -> Any:
        begun = await begin(*arguments, **named)
        await somebody_else_changes(office, begun.id)
        return begun

    monkeypatch.setattr(apply_change, "begin_applying", begin_too_late)
    id = await office.approved()
    change = outcome_of(await office.do("apply", id, ANN), 200)
    assert change["state"] == "conflict"
    assert await office.events(id) == ["planned", "approved", "applying", "conflict"]
    assert office.writes_for(id) == []


async def test_a_write_refused_for_want_of_the_role_is_made_by_hand_and_confirmed(
    office: Office,
) -> None:
    let_writer_be(office, roles=frozenset())
    wanted = office.other_state
    id = await office.approved(wanted)
    change = outcome_of(await office.do("apply", id, ANN), 200)
    assert (change["state"], change["outcome"]["cause"]) == ("refused", "role")
    assert NO_ROLE in change["outcome"]["why"]
    commands = [remedy["command"] or "" for remedy in change["remedies"]]
    assert any("roleAssignments" in command for command in commands)
    assert any("Invoke-MgGraphRequest -Method PATCH" in command for command in commands)
    assert any(command.endswith(f"confirm {id}") for command in commands)
    assert (await office.do("apply", id, ANN)).status_code == 409

    early = await office.do("confirm", id, ANN)
    assert (early.status_code, problem_in(early)) == (409, "conflict")
    set_by_hand(office, wanted)
    confirmed = outcome_of(await office.do("confirm", id, ANN), 200)
    assert (confirmed["state"], confirmed["value"]["state"]) == ("applied", wanted)
    assert [write.done for write in office.writes_for(id)] == [False]
    assert not (await office.status())["drift"]["drifted"]


async def test_a_write_refused_for_want_of_the_permission_says_which(office: Office) -> None:
    let_writer_be(office, permissions=frozenset({"DeviceManagementServiceConfig.Read.All"}))
    id = await office.approved()
    change = outcome_of(await office.do("apply", id, ANN), 200)
    assert (change["state"], change["outcome"]["cause"]) == ("refused", "permission")
    assert "DeviceManagementServiceConfig.ReadWrite.All" in change["outcome"]["why"]
    assert change["outcome"]["request_id"]
    assert [write.done for write in office.writes_for(id)] == [False]


async def waiting_for_intune(office: Office) -> tuple[str, str]:
    """Have a change wait for Intune's approval; its id, and Intune's code."""
    office.tenant.graph.approvals = {}
    id = await office.approved()
    answer = await office.do("apply", id, ANN)
    change = outcome_of(answer, 202)
    assert answer.headers["Location"] == f"/api/restore-setting/changes/{id}"
    assert change["state"] == "waiting_for_intune_approval"
    assert change["code"] in office.tenant.graph.approvals
    return id, change["code"]


async def approve_in_intune(office: Office, code: str) -> None:
    address = f"{office.tenant.url}/_tenant/changes"
    assert (await office.http.post(address, json=[{"approve": code}])).status_code == 200


async def test_a_write_that_intune_wants_approved_is_sent_again_by_itself(office: Office) -> None:
    id, code = await waiting_for_intune(office)
    wanted = (await office.change(id))["after"]
    await office.settle(id, 15 * MINUTE)
    await office.until_sent(id, 2)
    assert (await office.settled(id))["state"] == "waiting_for_intune_approval"

    await approve_in_intune(office, code)
    await office.settle(id, 30 * MINUTE)
    await office.until_sent(id, 3)
    assert (await office.settled(id))["state"] == "applied"
    writes = office.writes_for(id)
    assert [(write.code, write.done) for write in writes] == [
        (None, False),
        (code, False),
        (code, True),
    ]
    assert office.tenant.tenant.restore_state == wanted


async def test_a_write_that_intune_has_approved_is_sent_again_by_apply(office: Office) -> None:
    id, code = await waiting_for_intune(office)
    await approve_in_intune(office, code)
    change = outcome_of(await office.do("apply", id, ANN), 200)
    assert change["state"] == "applied"
    assert [(write.code, write.done) for write in office.writes_for(id)] == [
        (None, False),
        (code, True),
    ]


async def test_what_intune_waits_for_is_not_written_over_a_change_by_somebody_else(
    office: Office,
) -> None:
    id, code = await waiting_for_intune(office)
    await somebody_else_changes(office, id)
    await approve_in_intune(office, code)
    change = outcome_of(await office.do("apply", id, ANN), 200)
    assert change["state"] == "conflict"
    assert [write.done for write in office.writes_for(id)] == [False]


async def test_a_write_that_was_done_and_not_answered_is_found_by_reading(office: Office) -> None:
    office.tenant.break_writes(DONE_AND_CUT)
    id = await office.approved()
    assert outcome_of(await office.do("apply", id, ANN), 202)["state"] == "unknown"
    change = await office.settled(id)
    assert (change["state"], change["value"]["state"]) == ("applied", change["after"])
    assert [write.done for write in office.writes_for(id)] == [True]
    (applied,) = (
        record
        for record in await office.records()
        if isinstance(record.event, Applied) and record.event.change == id
    )
    assert applied.who is None
    assert isinstance(applied.event, Applied)
    assert applied.event.seen == "later"


async def test_a_write_that_was_not_done_bars_others_until_it_is_clear_after_half_an_hour(
    office: Office,
) -> None:
    office.tenant.break_writes(NOT_DONE_AND_CUT)
    id, other = await office.approved(), await office.approved()
    assert outcome_of(await office.do("apply", id, ANN), 202)["state"] == "unknown"
    assert (await office.status())["in_progress"] == id
    barred = await office.do("apply", other, ANN)
    assert (barred.status_code, problem_in(barred)) == (409, "conflict")
    assert id in barred.json()["detail"]

    await office.settle(id, 31 * MINUTE)
    change = await office.settled(id)
    assert change["state"] == "not_applied"
    assert [write.done for write in office.writes_for(id)] == [False]
    assert outcome_of(await office.do("apply", other, ANN), 200)["state"] == "applied"


async def test_a_graph_that_asks_for_patience_is_passed_on_and_the_change_applied_later(
    office: Office,
) -> None:
    id = await office.approved()
    office.tenant.set_faults(Faults(throttle=1.0, retry_after="90.5"))
    put_off = await office.do("apply", id, ANN)
    assert (put_off.status_code, problem_in(put_off)) == (503, "unavailable")
    assert put_off.headers["Retry-After"] == "91"
    assert (await office.change(id))["state"] == "approved"

    office.tenant.set_faults(NO_FAULTS)
    office.tenant.break_writes(WriteFault(done=False, status=429))
    put_off = await office.do("apply", id, ANN)
    assert (put_off.status_code, problem_in(put_off)) == (503, "unavailable")
    assert put_off.headers["Retry-After"] == "5"
    assert (await office.change(id))["state"] == "approved"

    assert outcome_of(await office.do("apply", id, ANN), 200)["state"] == "applied"
    assert [write.done for write in office.writes_for(id)] == [False, True]


async def test_two_who_apply_the_same_change_at_once_write_once(office: Office) -> None:
    id = await office.approved()
    answers = await asyncio.gather(*(office.do("apply", id, who) for who in (ANN, DORA) * 2))
    assert {answer.status_code for answer in answers} <= {200, 202, 409}
    assert (await office.settled(id))["state"] == "applied"
    assert [write.done for write in office.writes_for(id)] == [True]


async def test_of_two_changes_applied_at_once_one_is_written(office: Office) -> None:
    ids = [await office.approved(), await office.approved()]
    await asyncio.gather(*(office.do("apply", id, ANN) for id in ids))
    states = sorted([(await office.settled(id))["state"] for id in ids])
    assert states in (["applied", "approved"], ["applied", "conflict"])
    assert sum(len(office.writes_for(id)) for id in ids) == 1


async def test_a_plan_that_nobody_applied_in_time_has_expired(office: Office) -> None:
    async with office.set_to(RESTORE_PLAN_HOURS="1"):
        id = await office.approved()
        office.clock.ahead += 61 * MINUTE
        assert (await office.change(id))["state"] == "expired"
        for verb, who in (("apply", ANN), ("approve", BEN)):
            late = await office.do(verb, id, who)
            assert (late.status_code, late.json()["state"]) == (409, "expired")
    assert office.writes_for(id) == []
