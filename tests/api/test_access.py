"""Who is let in to what: each operation, with each role alone."""

from typing import Any

import pytest
from msgspec import structs

from shared.domain.principal import APPLY, APPROVE, OVERRIDE, PLAN, READERS, ROLES
from tests.api.client import OPERATIONS, PLAN_BODY, Client
from tests.restore_builders import ANNA, BEN, principal

NEEDS: dict[str, tuple[str, ...]] = {
    "read_restore_setting": READERS,
    "preflight": READERS,
    "list_changes": READERS,
    "read_change": READERS,
    "plan_change": (PLAN,),
    "revert_change": (PLAN,),
    "approve_change": (APPROVE,),
    "reject_change": (APPROVE, PLAN),
    "apply_change": (APPLY,),
    "confirm_change": (APPLY,),
}
OVERRIDING = {"gates": ["cool_down"], "reason": "urgent"}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", OPERATIONS)
async def test_an_operation_is_open_to_its_roles_and_to_no_other(name: str, role: str) -> None:
    given = await Client().ask(name, principal("sole", role), b"[]", id="c1")
    assert (given.status == 403) == (role not in NEEDS[name])


@pytest.mark.parametrize("name", OPERATIONS)
async def test_nobody_is_let_in_without_a_token(name: str) -> None:
    client = Client()
    given = await client.ask(name, None, id="c1")
    assert (given.status, given.problem) == (401, "unauthenticated")
    assert given.headers["WWW-Authenticate"] == "Bearer"
    assert client.calls.made == ["tokens.read"]


async def test_a_header_of_easy_auth_lets_nobody_in() -> None:
    given = await Client().ask("read_restore_setting", None, x_ms_client_principal="eyJ9")
    assert given.status == 401


@pytest.mark.parametrize("name", OPERATIONS)
async def test_nobody_is_let_in_where_the_api_is_not_set_up(name: str) -> None:
    client = Client()
    client.tokens = None
    given = await client.ask(name, ANNA, id="c1")
    assert (given.status, given.problem) == (503, "not-configured")


@pytest.mark.parametrize(
    ("more", "missing"),
    [
        ({"apply": True}, APPLY),
        ({"apply": True, "override": OVERRIDING}, OVERRIDE),
    ],
)
@pytest.mark.parametrize("name", ["plan_change", "revert_change"])
async def test_who_may_not_do_all_that_is_asked_has_nothing_planned(
    name: str, more: dict[str, Any], missing: str
) -> None:
    client = Client()
    roles = {PLAN, APPLY, OVERRIDE} - {missing}
    asked = {"reason": "r"} | ({"state": "enabled"} if name == "plan_change" else {}) | more
    who = principal("paul", *roles)
    given = await client.ask(name, who, asked, id="c1", idempotency_key="k")
    assert (given.status, given.problem, given.told["role"]) == (403, "forbidden", missing)
    assert client.world.audit.records == []


async def test_gates_are_passed_by_those_with_the_role_for_it_only() -> None:
    client = Client()
    change = await client.world.approved()
    given = await client.ask("apply_change", BEN, {"override": OVERRIDING}, id=change.id)
    assert (given.status, given.told["role"]) == (403, OVERRIDE)
    assert client.world.setting.writes == []


async def test_a_planner_without_the_role_to_approve_may_withdraw_their_own_plan_only() -> None:
    client = Client()
    paul, other = principal("paul", PLAN), principal("other", PLAN)
    id = (await client.plan(paul)).told["id"]
    given = await client.ask("reject_change", other, id=id)
    assert (given.status, given.told["role"]) == (403, APPROVE)
    given = await client.ask("reject_change", paul, {"why": "not yet"}, id=id)
    assert (given.status, given.told["state"]) == (200, "rejected")


async def test_a_planner_who_has_lost_the_role_may_not_withdraw() -> None:
    client = Client()
    id = (await client.plan(principal("paul", PLAN))).told["id"]
    given = await client.ask("reject_change", principal("paul", "RestoreSetting.Read"), id=id)
    assert given.status == 403


async def test_the_settings_say_which_roles_approve() -> None:
    client = Client()
    client.world.terms = structs.replace(client.world.terms, approver_roles=(APPLY,))
    id = (await client.plan()).told["id"]
    given = await client.ask("approve_change", principal("cara", APPROVE), id=id)
    assert (given.status, given.told["role"]) == (403, APPLY)
    given = await client.ask("approve_change", principal("dora", APPLY), id=id)
    assert (given.status, given.told["state"]) == (200, "approved")


async def test_where_a_call_came_from_is_recorded() -> None:
    client = Client()
    elsewhere = structs.replace(ANNA, address="192.0.2.1")
    await client.ask("plan_change", elsewhere, PLAN_BODY, idempotency_key="k")
    [record] = client.world.audit.records
    assert record.who is not None
    assert (record.who.oid, record.who.address) == (ANNA.oid, "203.0.113.7")
