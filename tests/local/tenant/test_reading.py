"""What the product's own adapters read over HTTP is the truth, computed without HTTP or JSON."""

import pytest

from local.tenant.faults import Faults
from local.tenant.server import TenantServer
from tests.local.tenant.reading import read


@pytest.mark.parametrize("scenario", ["typical", "ready"])
async def test_every_fact_of_every_device_is_read_as_it_is(scenario: str) -> None:
    faults = Faults(duplicate=0.5, renamed="later", without_id=2, wrong_type=2)
    async with TenantServer(devices=2_200, scenario=scenario, faults=faults) as server:
        tenant, devices = await read(server)
        assert tenant == server.truth.tenant
        assert devices == {device.id: facts for device, facts in server.truth.devices()}
        assert len(devices) > 2_000
