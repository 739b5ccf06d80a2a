"""The health report, asked of a host over HTTP as a monitor asks it."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from local.tenant.server import TenantServer
from tests.journeys.system import System, serving

pytestmark = pytest.mark.journey


async def asked(system: System) -> tuple[int, str, Any]:
    """Ask for the report; status, content type and content of the answer."""
    address = f"http://127.0.0.1:{system.host.port}/api/health"
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        return answer.status, answer.content_type, await answer.json()


async def test_a_new_installation_needs_attention_until_its_first_sweep_is_complete(
    storage: str, app_folder: Path
) -> None:
    async with serving(storage, app_folder, TenantServer(seed=7, devices=20)) as system:
        status, kind, report = await asked(system)
        assert (status, kind, report["state"]) == (200, "application/json", "attention")
        assert report["checks"][0]["do"].startswith("Wait for the first sweep")

        await system.sweep()

        status, _, report = await asked(system)
        assert (status, report["state"]) == (200, "ok"), report
        assert {check["name"] for check in report["checks"]} >= {"snapshot", "sweep", "polls"}
