"""A host that dies takes nothing with it: the next one goes on with the same sweep."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import TypeAlias

import pytest
from rich.console import Console

from local.sweep.follow import follow
from local.tenant import server
from local.tenant.calls import Answer, Call, Context
from local.tenant.faults import Faults
from local.tenant.graph import answer
from local.tenant.refusals import unavailable
from local.tenant.server import NO_FAULTS, TenantServer
from tests.journeys.installation import Installation
from tests.journeys.mortal_host import MortalHost
from tests.journeys.oracle import assert_tells
from tests.journeys.waiting import PATIENCE, later_second

pytestmark = pytest.mark.journey

FROZEN = Faults(slow=1.0, slow_seconds=3_600)
DEVICES = 500
PAGE = 7
"""Pages that are stored before the host is killed in the middle of the next."""

Wanted: TypeAlias = Callable[[Call], bool]
Freeze: TypeAlias = Callable[[TenantServer, Wanted], asyncio.Event]


@asynccontextmanager
async def installed(
    storage: str, app: Path, folder: Path, tenant: TenantServer
) -> AsyncIterator[tuple[Installation, MortalHost]]:
    """Install the app, with a host of its own that is not started yet."""
    async with tenant, Installation(storage, tenant.url) as installation:
        host = MortalHost(app, folder, installation)
        try:
            yield installation, host
        finally:
            host.stop()


@pytest.fixture
def freeze_at(monkeypatch: pytest.MonkeyPatch) -> Freeze:
    """Let a tenant refuse the first wanted call, and answer nothing more from then on."""

    def freeze_at(tenant: TenantServer, wanted: Wanted) -> asyncio.Event:
        frozen = asyncio.Event()

        def answered(graph: Context, call: Call) -> Answer:
            if frozen.is_set() or not wanted(call):
                return answer(graph, call)
            tenant.set_faults(FROZEN)
            frozen.set()
            return unavailable(call)

        monkeypatch.setattr(server, "answer", answered)
        return frozen

    return freeze_at


def half_way() -> Wanted:
    """Want the call for a page that is neither the first nor the last."""
    pages = count(1)
    return lambda call: "$skiptoken" in call.query and next(pages) == PAGE


@pytest.mark.usefixtures("small_pages")
async def test_a_sweep_whose_host_is_killed_half_way_is_completed_by_the_next_host(
    storage: str, app_folder: Path, tmp_path: Path, freeze_at: Freeze
) -> None:
    tenant = TenantServer(seed=12, devices=DEVICES)
    frozen = freeze_at(tenant, half_way())
    async with installed(storage, app_folder, tmp_path, tenant) as (installation, host):
        await asyncio.to_thread(host.start)
        host.fire("nightly_sweep")
        await asyncio.wait_for(frozen.wait(), PATIENCE)
        host.kill()
        left = await installation.stored.sweeps.active()
        assert await installation.pages() == PAGE
        tenant.set_faults(NO_FAULTS)
        await asyncio.to_thread(host.start)
        swept = await installation.result(await installation.end_of_sweep())
    assert swept.record.id == left.sweep
    assert_tells(swept, tenant.truth)


async def test_a_sweep_whose_host_is_killed_while_merging_is_completed_by_the_next_host(
    storage: str, app_folder: Path, tmp_path: Path, freeze_at: Freeze
) -> None:
    tenant = TenantServer(seed=13, devices=100)
    async with installed(storage, app_folder, tmp_path, tenant) as (installation, host):
        await asyncio.to_thread(host.start)
        host.fire("nightly_sweep")
        first = await installation.result(await installation.end_of_sweep())
        index, deleted = next((d.index, d.id) for d, _ in tenant.truth.devices())
        tenant.tenant.delete(index)
        asked_for = freeze_at(tenant, lambda call: deleted.encode() in call.body)
        await later_second(first.record.started)
        host.fire("nightly_sweep")
        await asyncio.wait_for(asked_for.wait(), PATIENCE)
        host.kill()
        left = await installation.stored.sweeps.active()
        assert await installation.current() == first.record.id
        tenant.set_faults(NO_FAULTS)
        await asyncio.to_thread(host.start)
        swept = await installation.result(await installation.end_of_sweep(first.record))
    assert swept.record.id == left.sweep
    assert_tells(swept, tenant.truth)
    assert (swept.summary.new_devices, swept.summary.gone_devices) == (0, 1)
    assert {(row["id"], row["cause"]) for row in swept.changes} == {(deleted, "gone")}
    assert len(swept.changes) == len(first.devices[deleted]["open"])


@pytest.mark.usefixtures("small_pages")
async def test_the_sweep_command_starts_a_dead_host_again_and_follows_the_sweep_to_its_end(
    storage: str, app_folder: Path, tmp_path: Path, freeze_at: Freeze
) -> None:
    tenant = TenantServer(seed=14, devices=DEVICES)
    frozen = freeze_at(tenant, half_way())
    said = io.StringIO()
    async with installed(storage, app_folder, tmp_path, tenant) as (installation, host):
        await asyncio.to_thread(host.start)
        following = asyncio.create_task(
            follow(host, installation.stored.sweeps, Console(file=said))
        )
        await asyncio.wait_for(frozen.wait(), PATIENCE)
        host.kill()
        tenant.set_faults(NO_FAULTS)
        swept = await installation.result(await asyncio.wait_for(following, PATIENCE))
    assert "it is started again, and the sweep goes on" in said.getvalue()
    assert_tells(swept, tenant.truth)
