"""What it asks of Graph to assess changed devices again, hint by hint, over real sockets."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from msgspec import UNSET, Struct

from benchmarks.table import Measured
from local.tenant.server import TenantServer
from local.tenant.tenant import SimulatedTenant
from shared.adapters.graph.batch import MAX_REQUESTS
from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.devices import GraphDevices
from shared.adapters.identity.credentials import graph_credential
from shared.domain.managed_device import ManagedDevice
from shared.messages import DeviceChanges
from shared.ports import Devices
from shared.use_cases.hints import Hints
from tests.world import World

DEVICES = 10_000
OTHERS = 20
"""One device more in this many, because some are no Windows devices."""

CONSTANT = 20
CHANGED_TO = "10.0.26100.9999"
CLEAR = "azureADJoined"


class Count(Struct, frozen=True):
    """Changed devices, how many of them Entra was asked about, and the calls all of it took."""

    devices: int
    unclear: int
    messages: int
    calls: int


def measure() -> Iterator[Measured]:
    """Count for a fleet whose join types Intune knows, and for one like any other."""
    for words, clear in (
        ("where Intune knows every join type", True),
        ("where it does not know some", False),
    ):
        count = asyncio.run(reassess(DEVICES, clear=clear))
        yield Measured.at_most(
            f"Graph calls to re-assess {count.devices:,} changed devices, {words}",
            DEVICES / MAX_REQUESTS + CONSTANT,
            count.calls,
            "",
            f"{count.devices / count.calls:.1f} times fewer than a call for each device; the goal"
            f" is a batch for each {MAX_REQUESTS} devices and {CONSTANT} calls more;"
            f" {count.messages} messages through assess_devices, by Intune ids, to a simulated"
            f" tenant over real sockets, storage in memory; Entra was asked how"
            f" {count.unclear} devices are joined, one more batch for each message with any",
        )


async def reassess(devices: int, *, clear: bool) -> Count:
    """Change devices of a tenant that was swept, and assess them again by their Intune ids.

    Raises AssertionError when one of them was not taken in.
    """
    async with TenantServer(devices=devices + devices // OTHERS) as server:
        tenant = server.tenant
        for device in [*tenant.devices()] if clear else ():
            tenant.change(device.index, {"joinType": CLEAR})
        credential = graph_credential(server.url, server.url, None)
        async with GraphClient(server.url, credential) as graph:
            reader = GraphDevices(graph)
            fleet = (await _listed(reader))[:devices]
            world = World()
            await world.committed(fleet)
            await _change(tenant, fleet, world)

            server.calls.clear()
            # Graph takes the place of one of the fakes.
            world.devices = reader  # type: ignore[assignment]
            world.now = datetime.now(UTC)
            messages = [m.message for m in world.queue.sent if isinstance(m.message, DeviceChanges)]
            written = sum([(await world.assess(message)).written for message in messages])
    if written != len(fleet):
        raise AssertionError(f"{written} of {len(fleet)} changed devices were taken in")
    unclear = sum(device.trust_type is not UNSET for device in fleet)
    return Count(len(fleet), unclear, len(messages), server.calls.total())


async def _listed(devices: Devices) -> list[ManagedDevice]:
    page = await devices.page(None)
    found = [*page.devices]
    while page.next is not None:
        page = await devices.page(page.next)
        found += page.devices
    return found


async def _change(tenant: SimulatedTenant, fleet: Sequence[ManagedDevice], world: World) -> None:
    """Have every device of a fleet update Windows and sync, and hint at it as a poll does."""
    hints = Hints(world.queue)
    for device in fleet:
        index = tenant.fleet.intune.index(str(device.id))
        assert index is not None  # noqa: S101 - the fleet was read from this tenant
        tenant.change(index, {"osVersion": CHANGED_TO})
        await hints.add_intune(str(device.id))
    await hints.send_rest()
