"""The simulated tenant as the product meets it: its policies as read, its pages as served."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct, field

from local.tenant.calls import Caller, Context, read_call
from local.tenant.faults import FaultPlan, Faults
from local.tenant.graph import answer
from local.tenant.server import TenantServer
from local.tenant.tenant import SimulatedTenant
from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.devices import FIRST_PAGE
from shared.adapters.graph.tenant import GraphTenant
from shared.adapters.identity.credentials import graph_credential
from shared.domain.guid_set import GuidSet
from shared.domain.tenant import TenantReading

SCENARIOS = {"ready": "policies assigned to all devices", "typical": "policies assigned to groups"}
TENANT_ID = "11111111-2222-3333-4444-555555555555"
ROOT_URL = "http://127.0.0.1"


class _Next(Struct):
    link: str | None = field(default=None, name="@odata.nextLink")


def bodies(scenario: str, devices: int) -> Iterator[bytes]:
    """Give the pages of a tenant one after another, byte for byte as its server sends them."""
    tenant = SimulatedTenant(devices=devices, scenario=scenario)
    graph = Context(tenant, FaultPlan(Faults(), tenant), Caller())
    path: str | None = FIRST_PAGE
    while path is not None:
        body = answer(graph, read_call("GET", ROOT_URL, path, {})).body
        yield body
        link = msgspec.json.decode(body, type=_Next).link
        path = link and urlsplit(link)._replace(scheme="", netloc="").geturl()


async def read_tenant(scenario: str, devices: int) -> tuple[TenantReading, Mapping[str, GuidSet]]:
    """Read a tenant's settings, policies and groups through the product's own Graph client."""
    async with TenantServer(devices=devices, scenario=scenario) as server:
        graph = GraphClient(server.url, graph_credential(server.url, server.url, None))
        login = GraphClient(server.url, None)
        return await GraphTenant(graph, login, TENANT_ID).read()
