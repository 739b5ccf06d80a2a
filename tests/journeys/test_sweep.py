from pathlib import Path

import pytest

from local.tenant.server import TenantServer
from shared.domain.rule import CAPABILITIES
from tests.journeys.oracle import assert_tells, judged
from tests.journeys.system import serving

pytestmark = pytest.mark.journey


async def test_the_figures_are_those_computed_from_the_tenants_seed(
    storage: str, app_folder: Path
) -> None:
    async with serving(storage, app_folder, TenantServer(seed=2026, devices=2_000)) as system:
        swept = await system.sweep()
    assert_tells(swept, TenantServer(seed=2026, devices=2_000).truth)


async def test_every_row_tells_who_the_device_is_and_how_it_stands(
    storage: str, app_folder: Path, small_pages: int
) -> None:
    tenant = TenantServer(seed=11, devices=300)
    async with serving(storage, app_folder, tenant) as system:
        swept = await system.sweep()
        told_of = await system.stored.snapshots.assessments(swept.record.id)
    known = {device.id: device for device, _ in tenant.truth.devices()}
    assessments = judged(tenant.truth, swept.summary.as_of)
    assert swept.summary.pages > len(known) // small_pages
    assert swept.devices.keys() == assessments.keys()
    for id_, row in swept.devices.items():
        device, assessment = known[id_], assessments[id_]
        assert (row["name"], row["serial"]) == (device.name, device.serial_number)
        assert told_of[row["assessment"]] == assessment
        for capability in CAPABILITIES:
            judgement = assessment.of(capability)
            assert row[f"{capability}_verdict"] == judgement.verdict
            assert row[f"{capability}_ready"] == judgement.ready
            assert row[f"{capability}_blockers"] == [f.reason for f in judgement.blockers]


async def test_the_first_sweep_is_a_baseline_and_raises_nothing(
    storage: str, app_folder: Path
) -> None:
    async with serving(storage, app_folder, TenantServer(devices=50)) as system:
        swept = await system.sweep()
    assert swept.summary.baseline
    assert swept.changes == []
    assert (swept.summary.new_devices, swept.summary.gone_devices) == (0, 0)
