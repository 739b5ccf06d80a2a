"""From a plan to its end, and back: the restore setting is changed under control, over HTTP."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from local.issuer import Issuer
from local.tenant.server import TenantServer
from shared.adapters.identity import loopback_writer
from shared.domain.restore_change import Foreign
from shared.report.summary import Summary
from tests.journeys.inboxes import Inboxes, inboxes
from tests.journeys.restoring import ANN, BEN, EVE, OFF, Office, problem_in, serving_people
from tests.journeys.waiting import until

pytestmark = pytest.mark.journey

HELPDESK = "helpdesk@contoso.example"
APPLIED = "Change of the restore setting applied"


@pytest.fixture
async def boxes(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Inboxes]:
    """The installation's two channels."""
    async with inboxes() as (running, settings):
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
async def office(storage: str, app_folder: Path, boxes: Inboxes) -> AsyncIterator[Office]:
    """People at an installation that keeps to the default terms."""
    issuer = Issuer.new()
    tenant = TenantServer(seed=7, devices=60, scenario=OFF, issuer=issuer)
    async with serving_people(storage, app_folder, tenant, issuer) as running:
        yield running


async def test_a_change_is_planned_approved_applied_seen_to_drift_and_taken_back(
    office: Office, boxes: Inboxes
) -> None:
    assert not (await office.status())["drift"]["drifted"]
    id = await a_plan_tells_what_the_sweep_found(office)
    await its_planner_cannot_approve_it_and_another_can(office, id)
    await it_is_written_once_by_the_write_identity(office, id)
    await a_poll_knows_it_as_ours(office, id)
    await a_change_by_somebody_else_is_drift(office, id)
    await the_way_back_is_a_change_as_well(office, id)
    await the_audit_holds_and_tells_it_all(office, id)
    await until(partial(told, boxes, 3))
    assert restore_notices(boxes) == [APPLIED, APPLIED]
    assert [change["by_user"] for change in tenant_changes(boxes)] == [HELPDESK]


async def a_plan_tells_what_the_sweep_found(office: Office) -> str:
    record = await office.system.stored.sweeps.last()
    assert record is not None
    summary: Summary = (await office.system.result(record)).summary
    restore = next(each for each in summary.capabilities if each.capability == "restore")

    answer = await office.plan("enabled", ticket="CHG0042")

    assert answer.status_code == 201, answer.text
    plan: dict[str, Any] = answer.json()
    assert (plan["state"], plan["approvals_missing"]) == ("planned", 1)
    assert (plan["before"]["state"], plan["after"]) == ("notConfigured", "enabled")
    counted = {name: plan["affected"][name] for name in ("eligible", "ineligible", "unknown")}
    assert counted == {
        "eligible": restore.eligible,
        "ineligible": restore.ineligible,
        "unknown": restore.unknown,
    }
    assert (plan["affected"]["sweep"], plan["affected"]["devices"]) == (record.id, summary.devices)
    blockers = {b.reason: b.devices for b in restore.blockers if b.affects == "verdict"}
    assert plan["affected"]["by_reason"] == blockers
    gates = {gate["gate"]: gate for gate in plan["gates"]}
    assert f"{restore.eligible:,} of {summary.devices:,} devices" in gates["eligible_share"]["says"]
    reach = summary.backup_reach
    assert reach is not None
    assert f"{reach.reached:,} of {reach.eligible:,} devices" in gates["backup_reach"]["says"]
    assert {gate["state"] for gate in gates.values()} == {"holds", "off"}
    return str(plan["id"])


async def its_planner_cannot_approve_it_and_another_can(office: Office, id: str) -> None:
    refused = await office.do("approve", id, ANN)
    assert (refused.status_code, problem_in(refused)) == (403, "own-plan")
    early = await office.do("apply", id, ANN)
    assert (early.status_code, early.json()["state"]) == (409, "planned")
    approved = await office.do("approve", id, BEN)
    assert (approved.status_code, approved.json()["state"]) == (200, "approved")
    assert office.tenant.writes == []


async def it_is_written_once_by_the_write_identity(office: Office, id: str) -> None:
    for _ in range(2):
        applied = await office.do("apply", id, ANN)
        assert (applied.status_code, applied.json()["state"]) == (200, "applied"), applied.text
    (write,) = office.tenant.writes
    assert write.by == loopback_writer.APPLICATION
    assert (write.state, write.done, write.code) == ("enabled", True, None)
    assert write.justification == f"The pilot begins. (CHG0042); change {id}"
    assert office.tenant.tenant.restore_state == "enabled"


async def a_poll_knows_it_as_ours(office: Office, id: str) -> None:
    await office.system.poll()
    shown = await office.status()
    assert shown["setting"]["state"] == "enabled"
    assert not shown["drift"]["drifted"]
    assert shown["last_change"]["change"] == id
    assert shown["last_change"]["by"] == "ann@contoso.example"
    assert "drift" not in await health(office)


async def a_change_by_somebody_else_is_drift(office: Office, id: str) -> None:
    foreign = [{"restoreState": "disabled", "by": {"user": HELPDESK}}]
    changed = await office.http.post(f"{office.tenant.url}/_tenant/changes", json=foreign)
    assert changed.status_code == 200
    await office.system.poll()
    shown = await office.status()
    assert shown["setting"]["state"] == "disabled"
    assert shown["drift"]["drifted"]
    assert shown["drift"]["applied"]["change"] == id
    assert (shown["last_change"]["by"], shown["last_change"]["change"]) == (HELPDESK, None)
    assert "Show restore page" in (await health(office))["drift"]


async def the_way_back_is_a_change_as_well(office: Office, id: str) -> None:
    answer = await office.revert(id)
    assert answer.status_code == 201, answer.text
    plan = answer.json()
    assert (plan["reverts"], plan["before"]["state"]) == (id, "disabled")
    assert plan["after"] == "notConfigured"
    assert (await office.do("approve", plan["id"], ANN)).status_code == 403
    assert (await office.do("approve", plan["id"], BEN)).status_code == 200
    applied = await office.do("apply", plan["id"], ANN)
    assert applied.json()["state"] == "applied", applied.text
    assert [write.state for write in office.tenant.writes] == ["enabled", "notConfigured"]
    assert not (await office.status())["drift"]["drifted"]
    listed = (await office.ask("GET", "/changes", EVE)).json()
    assert [change["id"] for change in listed["changes"]] == [plan["id"], id]


async def the_audit_holds_and_tells_it_all(office: Office, id: str) -> None:
    assert await office.events(id) == ["planned", "denied", "approved", "applying", "applied"]
    events = [record.event for record in await office.records()]
    (foreign,) = (event for event in events if isinstance(event, Foreign))
    assert foreign.new.state == "disabled"
    assert foreign.actor is not None
    assert foreign.actor.name == HELPDESK
    proof = await office.proof()
    assert proof.findings == ()
    assert proof.records == len(events) == 11


async def health(office: Office) -> dict[str, str]:
    """Read what the health report says, by check."""
    report = (await office.http.get("/api/health")).json()
    return {check["name"]: check["says"] for check in report["checks"]}


async def told(boxes: Inboxes, count: int) -> bool:
    """Tell whether so much was told of the restore setting."""
    return len(restore_notices(boxes)) + len(tenant_changes(boxes)) >= count


def restore_notices(boxes: Inboxes) -> list[str]:
    """Name what was told of our own changes, in the order of arrival."""
    notices = [notice["subject"] for event in boxes.events for notice in event["notices"]]
    return [subject for subject in notices if "restore setting" in subject]


def tenant_changes(boxes: Inboxes) -> list[dict[str, Any]]:
    """Give what was told of changes that others made."""
    return [change for event in boxes.events for change in event["tenant"]]
