"""A tenant as the product's own adapters read it over HTTP."""

from collections.abc import Mapping

from local.tenant.server import TenantServer
from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.devices import GraphDevices
from shared.adapters.graph.tenant import GraphTenant
from shared.adapters.identity.fixed_token import FixedTokenCredential
from shared.domain.facts import Facts, TenantFacts
from shared.domain.guid_set import GuidSet
from shared.domain.managed_device import ManagedDevice
from shared.domain.reach import Reach, facts_of
from shared.domain.tenant import TenantReading


async def tenant_of(server: TenantServer) -> tuple[TenantReading, Mapping[str, GuidSet]]:
    """Read the tenant's settings, policies and groups."""
    async with (
        GraphClient(server.url, FixedTokenCredential()) as graph,
        GraphClient(server.url, None) as login,
    ):
        return await GraphTenant(graph, login, "contoso").read()


async def devices_of(server: TenantServer) -> list[ManagedDevice]:
    """Read every device, page by page."""
    async with GraphClient(server.url, FixedTokenCredential()) as graph:
        devices = GraphDevices(graph)
        page = await devices.page(None)
        found = list(page.devices)
        while page.next is not None:
            page = await devices.page(page.next)
            found += page.devices
        return found


async def facts_by_id(
    server: TenantServer, reading: TenantReading, sets: Mapping[str, GuidSet]
) -> dict[object, Facts]:
    """Read every device and put its facts together with what a reading of the tenant says."""
    reach = Reach(reading, sets)
    return {device.id: facts_of(device, reach.of(device)) for device in await devices_of(server)}


async def read(server: TenantServer) -> tuple[TenantFacts, dict[object, Facts]]:
    """Read all of a tenant."""
    reading, sets = await tenant_of(server)
    return reading.facts, await facts_by_id(server, reading, sets)
