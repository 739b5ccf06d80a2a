from pathlib import Path

import pytest

from local.host import LocalHost
from local.tenant.calls import Caller
from local.tenant.faults import Faults
from local.tenant.graph import ROUTES
from local.tenant.server import TenantServer
from shared.errors import SettingsError
from shared.report.tenant_findings import tenant_findings
from tests.journeys.system import fire, serving
from tests.journeys.waiting import until

pytestmark = pytest.mark.journey

DEVICE_LIST = "/deviceManagement/managedDevices"


def without(*permissions: str) -> Caller:
    """Give a caller every permission there is but for some."""
    known = frozenset(name for route in ROUTES for name in route.permissions)
    held = frozenset(name for name in known if not name.startswith(permissions))
    assert held < known
    return Caller(permissions=held)


@pytest.mark.parametrize("fault", [Faults(html=1.0), Faults(truncated=1.0)])
async def test_a_page_that_is_never_json_ends_the_sweep_partial_and_the_last_snapshot_stays(
    storage: str, app_folder: Path, fault: Faults
) -> None:
    tenant = TenantServer(devices=30)
    async with serving(storage, app_folder, tenant) as system:
        complete = await system.sweep()
        before = await system.blobs()
        tenant.set_faults(fault)
        failed = await system.run_sweep()
        assert failed.state == "partial"
        reason = failed.reason or ""
        assert reason.startswith("page 1 could not be read: GET /beta/deviceManagement/")
        assert "something Graph does not document" in reason
        assert await system.current() == complete.record.id
        after = await system.blobs()
        tenant.set_faults(Faults())
        mended = await system.sweep()
    of_snapshots = [name for name in before if name.startswith("snapshots/")]
    assert [name for name in after if name.startswith("snapshots/")] == of_snapshots
    assert all(after[name] == before[name] for name in of_snapshots)
    assert mended.summary.previous == complete.record.id
    assert mended.changes == []


async def test_without_the_permission_to_list_devices_a_sweep_ends_partial_and_names_it(
    storage: str, app_folder: Path
) -> None:
    tenant = TenantServer(devices=30, caller=without("DeviceManagementManagedDevices"))
    async with serving(storage, app_folder, tenant) as system:
        failed = await system.run_sweep()
        assert await system.current() is None
    assert failed.state == "partial"
    assert "grant the app's identity DeviceManagementManagedDevices.Read.All" in (
        failed.reason or ""
    )
    assert tenant.calls[DEVICE_LIST, 403] == 1


async def test_without_another_permission_the_sweep_completes_and_names_what_it_could_not_read(
    storage: str, app_folder: Path
) -> None:
    tenant = TenantServer(devices=30, caller=without("DeviceManagementServiceConfig"))
    async with serving(storage, app_folder, tenant) as system:
        swept = await system.sweep()
    unreadable = [f for f in swept.summary.tenant_findings if f.severity == "unreadable"]
    assert any("DeviceManagementServiceConfig.Read.All" in f.fix + f.detail for f in unreadable)


async def test_an_unsupported_cloud_ends_the_sweep_with_that_finding_and_no_device_is_read(
    storage: str, app_folder: Path
) -> None:
    tenant = TenantServer(devices=30, scenario="gcchigh")
    async with serving(storage, app_folder, tenant) as system:
        failed = await system.run_sweep()
        assert await system.current() is None
    assert failed.state == "failed"
    assert (failed.reason or "").startswith("cloud_unsupported")
    assert "cloud_unsupported" in {finding.code for finding in tenant_findings(failed.reading)}
    assert set(tenant.calls) == {("/devices/delta", 200)}


async def test_every_missing_or_invalid_setting_is_named_in_one_error_at_first_use(
    storage: str, app_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    environ = {
        "AzureWebJobsStorage": storage,
        "SWEEP_SCHEDULE": "0 0 2 * * *",
        "POLL_SCHEDULE": "0 */15 * * * *",
        "HEALTH_SCHEDULE": "0 10,40 * * * *",
        "GRAPH_URL": "http://graph.contoso.example",
        "RULE_EDITION": "1999",
        "REGION": "Atlantis",
        "USER_NAMES": "maybe",
    }

    async def refused() -> list[SettingsError]:
        failures = [record.exc_info[1] for record in caplog.records if record.exc_info]
        return [error for error in failures if isinstance(error, SettingsError)]

    async with LocalHost(app_folder, environ, timers=False).serving(0) as host:
        await fire(host, "nightly_sweep")
        (error,) = await until(refused)
    for name in ("TENANT_ID", "GRAPH_URL", "RULE_EDITION", "REGION", "USER_NAMES"):
        assert name in str(error)
