"""What the product's own adapters read over HTTP is the truth, computed without HTTP or JSON."""

import pytest

from local.tenant.faults import Faults
from local.tenant.server import TenantServer
from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.devices import GraphDevices
from shared.adapters.graph.tenant import GraphTenant
from shared.adapters.identity.fixed_token import FixedTokenCredential
from shared.domain.facts import Facts, TenantFacts
from shared.domain.reach import Reach, facts_of


async def read(server: TenantServer) -> tuple[TenantFacts, dict[object, Facts]]:
    async with (
        GraphClient(server.url, FixedTokenCredential()) as graph,
        GraphClient(server.url, None) as login,
    ):
        reading, sets = await GraphTenant(graph, login, "contoso").read()
        reach, devices = Reach(reading, sets), GraphDevices(graph)
        found: dict[object, Facts] = {}
        page = await devices.page(None)
        while True:
            found |= {device.id: facts_of(device, reach.of(device)) for device in page.devices}
            if page.next is None:
                return reading.facts, found
            page = await devices.page(page.next)


@pytest.mark.parametrize("scenario", ["typical", "ready"])
async def test_every_fact_of_every_device_is_read_as_it_is(scenario: str) -> None:
    faults = Faults(duplicate=0.5, renamed="later", without_id=2, wrong_type=2)
    async with TenantServer(devices=2_200, scenario=scenario, faults=faults) as server:
        tenant, devices = await read(server)
        assert tenant == server.truth.tenant
        assert devices == {device.id: facts for device, facts in server.truth.devices()}
        assert len(devices) > 2_000
