"""The whole product on one event loop: storage, a simulated tenant, and a host for the app."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from local.host import LocalHost
from local.tenant.server import TenantServer
from shared import bootstrap
from shared.domain.sweep import Sweep
from tests.journeys.installation import Installation, Swept
from tests.journeys.waiting import later_second


class System(Installation):
    """An installation that is served on this event loop."""

    def __init__(self, connection: str, app: Path, tenant: TenantServer) -> None:
        super().__init__(connection, tenant.url)
        self.tenant = tenant
        self.host = LocalHost(app, self.environ, timers=False)

    async def fire(self) -> None:
        """Fire the nightly sweep by hand, as an administrator would."""
        await fire(self.host, "nightly_sweep")

    async def run_sweep(self) -> Sweep:
        """Fire the nightly sweep and wait for its end, in whatever way it ends."""
        before = await self.stored.sweeps.last()
        if before is not None:
            await later_second(before.started)
        await self.fire()
        return await self.end_of_sweep(before)

    async def sweep(self) -> Swept:
        """Run a sweep that completes."""
        return await self.result(await self.run_sweep())


@asynccontextmanager
async def serving(storage: str, app: Path, tenant: TenantServer) -> AsyncIterator[System]:
    """Serve a tenant and the app that reads it until the block is left."""
    async with tenant, System(storage, app, tenant) as system, system.host.serving(0):
        try:
            yield system
        finally:
            await bootstrap.app().storage.connections.aclose()


async def fire(host: LocalHost, function: str) -> None:
    """Fire a function through the admin endpoint of a host."""
    address = f"http://127.0.0.1:{host.port}/admin/functions/{function}"
    async with aiohttp.ClientSession() as session, session.post(address, json={}) as answer:
        assert answer.status == 202
