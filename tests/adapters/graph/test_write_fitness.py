"""What can be seen of the write identity, without writing."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from local.tenant.calls import WRITER, Caller
from local.tenant.server import TenantServer
from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.write_fitness import read_claims, read_fitness
from shared.adapters.identity.fixed_token import FixedTokenCredential
from shared.adapters.identity.loopback_writer import LOOPBACK_WRITER, OBJECT, unsigned_token
from shared.ports.restore import Fitness
from tests.adapters.graph.conftest import NoToken, Sleeps
from tests.adapters.graph.fake_graph import FakeGraph, error, listed

ASSIGNMENTS = "/v1.0/roleManagement/directory/roleAssignments"
INTUNE = "3a2c62db-5318-420d-8d74-23affee5d9d5"
GLOBAL = "62e90394-69f5-4237-9190-012177145e10"
READER_OF_DIRECTORY = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"
WRITE = "DeviceManagementServiceConfig.ReadWrite.All"


async def seen(url: str, token: str | FixedTokenCredential) -> Fitness:
    credential = FixedTokenCredential(token) if isinstance(token, str) else token
    async with GraphClient(url, credential, sleep=Sleeps()) as writer:
        return await read_fitness(writer, credential)


def token(**claims: object) -> str:
    return unsigned_token({"oid": OBJECT, "roles": [WRITE], **claims})


@asynccontextmanager
async def tenant(writer: Caller) -> AsyncIterator[TenantServer]:
    async with TenantServer(devices=1, writer=writer) as server:
        yield server


def may_see_roles(roles: frozenset[str] = WRITER.roles) -> Caller:
    held = frozenset({WRITE, "RoleManagement.Read.Directory"})
    return replace(WRITER, permissions=held, roles=roles)


def may_not_see_roles() -> Caller:
    return replace(WRITER, permissions=frozenset({WRITE}))


async def test_no_write_identity_is_not_fit(graph: FakeGraph) -> None:
    fitness = await read_fitness(None, None)
    assert (fitness.configured, fitness.permission, fitness.role) == (False, "no", "no")
    assert fitness.fit == "no"
    assert fitness.why == ("no write identity is configured: set RESTORE_CLIENT_ID",)


@pytest.mark.parametrize("role", [INTUNE, GLOBAL])
async def test_a_role_in_the_token_is_enough(graph: FakeGraph, role: str) -> None:
    fitness = await seen(graph.url, token(wids=[READER_OF_DIRECTORY, role]))
    assert fitness == Fitness(True, "yes", "yes", OBJECT)
    assert fitness.fit == "yes"
    assert graph.asked == []


async def test_a_token_without_the_permission_is_not_fit(graph: FakeGraph) -> None:
    reading = ["DeviceManagementServiceConfig.Read.All"]
    fitness = await seen(graph.url, token(roles=reading, wids=[INTUNE]))
    assert (fitness.permission, fitness.role, fitness.fit) == ("no", "yes", "no")


async def test_where_the_token_does_not_tell_the_directory_does() -> None:
    async with tenant(may_see_roles()) as server:
        fitness = await seen(server.url, LOOPBACK_WRITER)
    assert fitness == Fitness(True, "yes", "yes", OBJECT)


async def test_an_identity_without_the_role_is_not_fit() -> None:
    async with tenant(may_see_roles(frozenset())) as server:
        fitness = await seen(server.url, LOOPBACK_WRITER)
    assert (fitness.role, fitness.fit) == ("no", "no")


async def test_a_directory_that_may_not_be_read_leaves_the_role_unknown() -> None:
    async with tenant(may_not_see_roles()) as server:
        fitness = await seen(server.url, LOOPBACK_WRITER)
    assert (fitness.permission, fitness.role, fitness.fit) == ("yes", "unknown", "unknown")
    (why,) = fitness.why
    assert "RoleManagement.Read.Directory is not granted" in why
    assert "Intune Administrator > Assignments" in why


@pytest.mark.parametrize(
    ("role", "scope"), [(INTUNE, "/administrativeUnits/1"), (READER_OF_DIRECTORY, "/")]
)
async def test_another_role_or_a_part_of_the_tenant_will_not_do(
    graph: FakeGraph, role: str, scope: str
) -> None:
    graph.on(ASSIGNMENTS, listed({"roleDefinitionId": role, "directoryScopeId": scope}))
    assert (await seen(graph.url, token())).role == "no"
    (asked,) = graph.asked
    assert asked.query["$filter"] == f"principalId eq '{OBJECT}'"


async def test_a_directory_that_is_away_leaves_the_role_unknown(graph: FakeGraph) -> None:
    graph.on(ASSIGNMENTS, error(503))
    fitness = await seen(graph.url, token())
    assert (fitness.permission, fitness.role) == ("yes", "unknown")
    assert "503" in fitness.why[0]


async def test_a_token_without_an_object_asks_for_nobody(graph: FakeGraph) -> None:
    fitness = await seen(graph.url, token(oid="x' or 1 eq 1"))
    assert fitness.role == "unknown"
    assert graph.asked == []


@pytest.mark.parametrize(
    "opaque", ["loopback", "a.b.c", "a.@@.c", "a.bm8.c", unsigned_token({"roles": "all"})]
)
async def test_a_token_that_cannot_be_read_says_nothing(graph: FakeGraph, opaque: str) -> None:
    fitness = await seen(graph.url, opaque)
    assert (fitness.configured, fitness.permission, fitness.role) == (True, "unknown", "unknown")
    (why,) = fitness.why
    assert opaque not in why
    assert graph.asked == []


@pytest.mark.parametrize(
    "failure", [ClientAuthenticationError("Identity not found"), ServiceRequestError("no way")]
)
async def test_an_identity_that_gets_no_token_is_unknown(
    graph: FakeGraph, failure: Exception
) -> None:
    fitness = await seen(graph.url, NoToken(failure))
    assert (fitness.configured, fitness.fit) == (True, "unknown")
    assert str(failure) in fitness.why[0]
    assert graph.asked == []


@given(st.text(max_size=60))
def test_no_text_is_too_strange_for_a_token(text: str) -> None:
    read_claims(text)
    read_claims(f"a.{text}.c")


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5)))
def test_claims_we_do_not_know_do_no_harm(more: Mapping[str, str]) -> None:
    claims = read_claims(unsigned_token({**more, "oid": OBJECT, "roles": [WRITE], "wids": []}))
    assert claims is not None
    assert (claims.oid, claims.roles) == (OBJECT, (WRITE,))
