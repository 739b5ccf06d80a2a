import asyncio
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from local.tenant.faults import Faults
from local.tenant.server import NO_FAULTS, TenantServer
from shared.domain.sweep import Throttling
from tests.journeys.installation import Swept
from tests.journeys.system import serving

pytestmark = pytest.mark.journey

BAD_NIGHT = Faults(throttle=0.10, unavailable=0.05, cut=0.05)
"""Ten in a hundred calls are throttled; the rarer faults strike often enough for a small fleet."""


def timeless(swept: Swept) -> dict[str, Any]:
    """Leave out what no two sweeps share: when they were, and what reading cost."""
    devices = [
        row
        | {"open": [(b["capability"], b["reason"], b["held"]) for b in row["open"]]}
        | {"read_at": None}
        for row in swept.devices.values()
    ]
    summary = structs.asdict(swept.summary) | {"cost": Throttling()}
    del summary["sweep"], summary["started"], summary["as_of"]
    return {"devices": devices, "changes": swept.changes, "summary": summary}


@pytest.mark.usefixtures("small_pages")
def test_a_snapshot_read_through_faults_is_the_one_read_without(
    storage: str, app_folder: Path
) -> None:
    async def swept(faults: Faults) -> tuple[Swept, TenantServer]:
        tenant = TenantServer(seed=3, devices=400, faults=faults)
        async with serving(storage, app_folder, tenant) as system:
            return await system.sweep(), tenant

    quiet, _ = asyncio.run(swept(NO_FAULTS))
    harried, tenant = asyncio.run(swept(BAD_NIGHT))
    struck = {status for (_, status), calls in tenant.calls.items() if calls}
    assert struck >= {429, 503}
    assert harried.summary.cost.throttled > 0
    assert harried.summary.cost.calls > quiet.summary.cost.calls
    assert timeless(harried) == timeless(quiet)


@pytest.mark.usefixtures("small_pages")
async def test_devices_that_nobody_can_read_are_counted_and_the_sweep_goes_on(
    storage: str, app_folder: Path
) -> None:
    tenant = TenantServer(seed=5, devices=100, faults=Faults(without_id=3, wrong_type=2))
    async with serving(storage, app_folder, tenant) as system:
        swept = await system.sweep()
    known = {device.id: device.name for device, _ in tenant.truth.devices()}
    assert swept.summary.unreadable == tenant.truth.unreadable == 5
    assert {id_: row["name"] for id_, row in swept.devices.items()} == known
    examples = swept.summary.unreadable_examples
    assert sum("has no id" in example for example in examples) == 3
    assert sum("osVersion" in example for example in examples) == 2


@pytest.mark.usefixtures("small_pages")
async def test_a_device_that_two_pages_list_is_counted_once(storage: str, app_folder: Path) -> None:
    tenant = TenantServer(seed=6, devices=100, faults=Faults(duplicate=1.0))
    async with serving(storage, app_folder, tenant) as system:
        swept = await system.sweep()
    assert swept.summary.duplicates == swept.summary.pages - 1
    assert swept.devices.keys() == {device.id for device, _ in tenant.truth.devices()}
