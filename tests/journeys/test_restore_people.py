"""Who may do what to a plan, and when an answer is given again, over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from local.issuer import Issuer
from local.tenant.changes import Change, apply
from local.tenant.server import TenantServer
from shared.domain.principal import PLAN
from tests.journeys.restoring import (
    ANN,
    BEN,
    CLEO,
    EVE,
    Office,
    Person,
    problem_in,
    serving_people,
)

pytestmark = [pytest.mark.journey, pytest.mark.asyncio(loop_scope="module")]

ONLY_PLANS = Person("finn", (PLAN,))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(storage: str, app_folder: Path) -> AsyncIterator[Office]:
    """People at an installation that has not swept yet, which keeps nobody from switching off."""
    issuer = Issuer.new()
    tenant = TenantServer(seed=7, devices=1, scenario="ready", issuer=issuer)
    async with serving_people(
        storage, app_folder, tenant, issuer, swept=False, RESTORE_GATE_COOL_DOWN_HOURS="off"
    ) as running:
        yield running
        assert (await running.proof()).findings == ()


async def planned(office: Office, who: Person = ANN) -> tuple[str, str]:
    """Plan something; the plan's id and ETag."""
    answer = await office.plan(office.other_state, who)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"], answer.headers["ETag"]


async def test_without_approvals_a_plan_can_be_applied_at_once(office: Office) -> None:
    async with office.set_to(RESTORE_APPROVALS="0"):
        answer = await office.plan(office.other_state, apply=True)
    assert (answer.status_code, answer.json()["state"]) == (201, "applied")
    id = answer.json()["id"]
    assert await office.events(id) == ["planned", "applying", "applied"]
    assert [write.done for write in office.writes_for(id)] == [True]


async def test_with_an_approval_missing_a_plan_is_not_applied_at_once(office: Office) -> None:
    answer = await office.plan(office.other_state, apply=True)
    assert (answer.status_code, answer.json()["state"]) == (201, "planned")
    assert office.writes_for(answer.json()["id"]) == []


async def test_two_approvals_are_those_of_two_others(office: Office) -> None:
    async with office.set_to(RESTORE_APPROVALS="2"):
        id, _ = await planned(office)
        assert (await office.do("approve", id, BEN)).json()["state"] == "planned"
        for who in (ANN, BEN):
            again = await office.do("approve", id, who)
            assert (again.status_code, problem_in(again)) == (403, "own-plan")
        early = await office.do("apply", id, ANN)
        assert (early.status_code, early.json()["state"]) == (409, "planned")
        assert (await office.do("approve", id, CLEO)).json()["state"] == "approved"
        assert (await office.do("apply", id, ANN)).json()["state"] == "applied"


@pytest.mark.parametrize(
    ("verb", "who"), [("approve", EVE), ("approve", ONLY_PLANS), ("apply", BEN), ("reject", EVE)]
)
async def test_what_takes_a_role_is_refused_without_it(
    office: Office, verb: str, who: Person
) -> None:
    id, _ = await planned(office)
    refused = await office.do(verb, id, who)
    assert (refused.status_code, problem_in(refused)) == (403, "forbidden")
    assert refused.json()["role"].startswith("RestoreSetting.")
    assert await office.events(id) == ["planned"]


async def test_a_rejected_plan_is_over(office: Office) -> None:
    id, _ = await planned(office)
    rejected = await office.do("reject", id, BEN, {"why": "Not in this week."})
    assert (rejected.status_code, rejected.json()["state"]) == (200, "rejected")
    for verb, who in (("approve", BEN), ("apply", ANN)):
        late = await office.do(verb, id, who)
        assert (late.status_code, late.json()["state"]) == (409, "rejected")
    assert office.writes_for(id) == []


async def test_a_planner_withdraws_their_own_plan_and_nobody_elses(office: Office) -> None:
    (own, _), (other, _) = await planned(office, ONLY_PLANS), await planned(office, ANN)
    assert (await office.do("reject", own, ONLY_PLANS)).json()["state"] == "rejected"
    assert (await office.do("reject", other, ONLY_PLANS)).status_code == 403
    assert await office.events(other) == ["planned"]


async def test_the_same_question_under_the_same_key_has_the_same_answer(office: Office) -> None:
    key, wanted = uuid4().hex, office.other_state
    first = await office.plan(wanted, key=key)
    assert (await office.do("approve", first.json()["id"], BEN)).status_code == 200
    again = await office.plan(wanted, key=key)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"

    another = await office.plan(wanted, key=key, reason="Something else.")
    assert (another.status_code, problem_in(another)) == (409, "key-reused")
    by_another = await office.plan(wanted, ONLY_PLANS, key=key)
    assert by_another.status_code == 201
    assert by_another.json()["id"] != first.json()["id"]


async def test_a_plan_against_a_setting_that_has_changed_since_it_was_seen_is_stale(
    office: Office,
) -> None:
    seen = (await office.ask("GET", "", EVE)).headers["ETag"]
    wanted = office.other_state
    current = await office.plan(wanted, headers={"If-Match": seen})
    assert current.status_code == 201
    apply(office.tenant.graph, Change(restore_state="enabled"))
    stale = await office.plan(wanted, headers={"If-Match": seen})
    assert (stale.status_code, problem_in(stale)) == (412, "stale")


async def test_who_decides_by_what_they_saw_is_stopped_when_it_has_changed(
    office: Office,
) -> None:
    id, seen = await planned(office)
    assert (await office.do("approve", id, BEN, if_match=seen)).status_code == 200
    for verb, who in (("approve", CLEO), ("reject", BEN), ("apply", ANN)):
        stale = await office.do(verb, id, who, if_match=seen)
        assert (stale.status_code, problem_in(stale)) == (412, "stale")
    assert await office.events(id) == ["planned", "approved"]


async def test_without_an_audience_the_api_lets_nobody_in(office: Office) -> None:
    id, _ = await planned(office)
    async with office.set_to(API_AUDIENCE=""):
        for method, path in (("GET", ""), ("GET", f"/changes/{id}"), ("POST", "/changes")):
            answer = await office.ask(method, path, ANN)
            assert (answer.status_code, problem_in(answer)) == (503, "not-configured")
        assert (await office.http.get("/api/openapi.yaml")).status_code == 200


async def test_without_a_write_identity_nothing_is_written(office: Office) -> None:
    id = await office.approved()
    before = len(office.tenant.writes)
    async with office.set_to(RESTORE_CLIENT_ID=""):
        change = (await office.do("apply", id, ANN)).json()
    assert (change["state"], change["outcome"]["cause"]) == ("refused", "identity")
    assert len(office.tenant.writes) == before
