"""The whole product on one event loop: storage, a simulated tenant, and a host for the app."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from local.host import LocalHost
from local.host.timer_trigger import timer_datum
from local.tenant.server import TenantServer
from shared import bootstrap
from shared.domain.feed import FeedState
from shared.domain.sweep import Sweep
from shared.messages import DEVICE_CHANGES, SWEEP_FINISH, SWEEP_PAGES
from tests.journeys.installation import Installation, Swept
from tests.journeys.oracle import judged
from tests.journeys.replay import known_to
from tests.journeys.waiting import later_second, until

MOST_POLLS = 3
FEED = (SWEEP_PAGES, SWEEP_FINISH, DEVICE_CHANGES)
"""The queues that lead from a poll to what is known of devices."""


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

    async def poll(self) -> FeedState:
        """Poll until nothing is left to do, and wait for what follows, sweeps that are owed too.

        A sweep whose start had died is taken over by the first poll, and owed to the second.
        """
        for _ in range(MOST_POLLS):
            last = await self.stored.sweeps.last()
            assert last is not None
            await later_second(last.started)
            timer = timer_datum(None, past_due=False)
            await self.host.app.invoke(self.host.app.functions["poll_device_changes"], timer)
            await until(self._rests)
            state, _ = await self.stored.feed.read()
            if state is not None and state.owed_sweep is None:
                return state
        raise AssertionError(f"after {MOST_POLLS} polls a sweep is still owed")

    async def _rests(self) -> bool:
        return (await self.stored.sweeps.active()).sweep is None and await self.idle(FEED)

    async def check_truth(self) -> None:
        """Hold what is known of every device to what is true of it."""
        record = await self.stored.sweeps.last()
        assert record is not None
        truth = judged(self.tenant.truth, record.as_of)
        known = (await known_to(self)).alive
        assert {id: device.assessment for id, device in known.items()} == truth


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
