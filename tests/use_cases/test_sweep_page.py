"""What a message on the page queue asks for is done."""

from shared.messages import ReadPage
from shared.ports import DevicePage
from shared.use_cases.sweep_page import sweep_page
from tests.world import NAME, NIGHT, TERMS, World, pcs, throttled


async def asked(world: World, message: ReadPage) -> None:
    await sweep_page(
        message,
        1,
        NIGHT,
        TERMS,
        judges=world.judges,
        changes=world.changes,
        devices=world.devices,
        tenant=world.tenant,
        sweeps=world.sweeps,
        queue=world.queue,
    )


async def test_page_zero_goes_on_with_a_start_and_reads_no_devices() -> None:
    world = World()
    world.calls.fail("tenant.read", throttled(60))
    started = await world.start()

    await asked(world, ReadPage(started.sweep, 0, waited=60))
    assert world.queue.sent[-1].message == ReadPage(started.sweep, 1)
    assert "devices.page" not in world.calls.made


async def test_any_other_page_is_read_and_the_tenant_is_not() -> None:
    world = World()
    world.running()
    world.devices.pages["cursor"] = DevicePage(pcs("ab"))

    await asked(world, ReadPage(NAME, 7, "cursor"))
    assert world.sweeps.stored[NAME].keys() == {7}
    assert "tenant.read" not in world.calls.made
