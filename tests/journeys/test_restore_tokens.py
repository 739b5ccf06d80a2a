"""Whoever has no token that holds, or one without the role, learns nothing and changes nothing."""

import base64
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import pytest_asyncio

from local.issuer import Issuer
from local.tenant.server import TenantServer
from shared.domain.principal import APPLY, ROLES
from tests.forged_tokens import forged, powerless
from tests.forger import Forger
from tests.journeys.restoring import TENANT_ID, Office, problem_in, serving_people

pytestmark = [pytest.mark.journey, pytest.mark.asyncio(loop_scope="module")]

Headers: TypeAlias = Mapping[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(storage: str, app_folder: Path) -> AsyncIterator[Office]:
    issuer = Issuer.new()
    tenant = TenantServer(seed=7, devices=1, scenario="ready", issuer=issuer)
    async with serving_people(
        storage, app_folder, tenant, issuer, swept=False, RESTORE_GATE_COOL_DOWN_HOURS="off"
    ) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def approved(office: Office) -> AsyncIterator[str]:
    """An approved change, to which nothing happens, nor to the setting or anything else."""
    id = await office.approved()
    before = await office.records()
    yield id
    assert await office.records() == before
    assert office.tenant.writes == []


@pytest.fixture
def forger(office: Office) -> Forger:
    """Somebody who knows all there is to know of the issuer."""
    return Forger(office.issuer, office.tenant.url, TENANT_ID, lure=f"{office.tenant.url}/lure")


async def answers_to(office: Office, id: str, headers: Headers) -> dict[str, int]:
    """Read and write with these headers; the statuses, and that nothing was told."""
    plan = {"state": "notConfigured", "reason": "Mallory wants it so."}
    asked: dict[str, Any] = {
        "GET /changes": None,
        f"POST /changes/{id}/apply": {},
        "POST /changes": plan,
    }
    statuses = {}
    for question, body in asked.items():
        method, path = question.split()
        given = {"Idempotency-Key": "mallory", **headers}
        answer = await office.ask(method, path, None, body, given)
        statuses[question] = answer.status_code
        assert problem_in(answer) in ("unauthenticated", "forbidden")
        assert id not in answer.json()["detail"]
    return statuses


def of_all(statuses: Mapping[str, int]) -> set[int]:
    return set(statuses.values())


async def test_a_token_of_all_roles_would_be_let_in(office: Office, forger: Forger) -> None:
    answer = await office.ask("GET", "/changes", None, None, {"Authorization": forger.says()})
    assert answer.status_code == 200


async def test_no_forged_token_opens_anything(
    office: Office, approved: str, forger: Forger
) -> None:
    opened = {
        name: statuses
        for name, header in forged(forger).items()
        if of_all(statuses := await answers_to(office, approved, {"Authorization": header}))
        != {401}
    }
    assert opened == {}


async def test_no_token_without_a_role_of_ours_opens_anything(
    office: Office, approved: str, forger: Forger
) -> None:
    opened = {
        name: statuses
        for name, header in powerless(forger).items()
        if of_all(statuses := await answers_to(office, approved, {"Authorization": header}))
        != {403}
    }
    assert opened == {}


EASY_AUTH = base64.b64encode(
    json.dumps(
        {
            "auth_typ": "aad",
            "role_typ": "roles",
            "claims": [
                *({"typ": "roles", "val": role} for role in ROLES),
                {"typ": "oid", "val": "1"},
            ],
        }
    ).encode()
).decode()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-functions-key": "the-host-s-own-key"},
        {"X-MS-CLIENT-PRINCIPAL": EASY_AUTH, "X-MS-CLIENT-PRINCIPAL-ID": "1"},
        {"X-MS-TOKEN-AAD-ACCESS-TOKEN": "anything", "Cookie": "AppServiceAuthSession=anything"},
    ],
    ids=["nothing", "a function key", "Easy Auth's principal", "Easy Auth's token"],
)
async def test_nothing_else_takes_the_place_of_a_token(
    office: Office, approved: str, headers: Headers
) -> None:
    assert of_all(await answers_to(office, approved, headers)) == {401}


async def test_a_token_in_the_place_of_a_key_is_none(
    office: Office, approved: str, forger: Forger
) -> None:
    token = forger.says(roles=[APPLY]).removeprefix("Bearer ")
    path = f"/changes/{approved}/apply?access_token={token}&code={token}"
    assert (await office.ask("POST", path, None, {})).status_code == 401
