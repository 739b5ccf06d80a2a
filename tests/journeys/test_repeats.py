import asyncio
import logging
from pathlib import Path

import pytest

from local.tenant.server import TenantServer
from shared.adapters.graph.devices import GraphDevices
from shared.adapters.storage.queue import StorageQueue
from shared.messages import SWEEP_FINISH, SWEEP_PAGES, Message, encode
from shared.ports import DevicePage
from tests.journeys.oracle import assert_tells
from tests.journeys.system import serving
from tests.journeys.waiting import until

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("small_pages")]

DEVICES = 120
POISON = (f"{SWEEP_PAGES}-poison", f"{SWEEP_FINISH}-poison")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Message]]:
    """Every message that the app sends, as it sends it."""
    messages: list[tuple[str, Message]] = []
    send = StorageQueue.send

    async def recorded(self: StorageQueue, queue: str, message: Message, delay: float = 0) -> None:
        messages.append((queue, message))
        await send(self, queue, message, delay)

    monkeypatch.setattr(StorageQueue, "send", recorded)
    return messages


async def test_two_firings_at_once_end_with_one_sweep(
    storage: str,
    app_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    both_fired = asyncio.Event()
    page = GraphDevices.page

    async def page_once_both_fired(self: GraphDevices, cursor: str | None) -> DevicePage:
        await both_fired.wait()
        return await page(self, cursor)

    async def have_both() -> bool:
        return [m.split(" in ")[0] for m in caplog.messages].count("nightly_sweep succeeded") == 2

    monkeypatch.setattr(GraphDevices, "page", page_once_both_fired)
    caplog.set_level(logging.INFO, "local.host")
    tenant = TenantServer(devices=DEVICES)
    async with serving(storage, app_folder, tenant) as system:
        await asyncio.gather(system.fire(), system.fire())
        await until(have_both)
        both_fired.set()
        swept = await system.result(await system.end_of_sweep())
        await until(system.idle)
        records = [name for name in await system.blobs() if name.endswith("/sweep.json")]
    assert records == [f"sweeps/{swept.record.id}/sweep.json"]
    assert_tells(swept, tenant.truth)


async def test_repeating_every_message_of_a_finished_sweep_changes_nothing(
    storage: str, app_folder: Path, sent: list[tuple[str, Message]]
) -> None:
    async with serving(storage, app_folder, TenantServer(devices=DEVICES)) as system:
        swept = await system.sweep()
        await until(system.idle)
        before = await system.blobs()
        of_sweep = [each for each in sent if each[0] in (SWEEP_PAGES, SWEEP_FINISH)]
        assert len(of_sweep) == swept.summary.pages + 1
        for queue, message in list(sent):
            await system.send(queue, encode(message))
        await until(system.idle)
        assert await system.blobs() == before
        assert [message for queue in POISON for message in await system.peek(queue)] == []


async def test_a_sweep_whose_messages_all_come_twice_ends_as_any_other(
    storage: str, app_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = StorageQueue.send

    async def twice(self: StorageQueue, queue: str, message: Message, delay: float = 0) -> None:
        await send(self, queue, message, delay)
        await send(self, queue, message, delay)

    monkeypatch.setattr(StorageQueue, "send", twice)
    tenant = TenantServer(devices=DEVICES)
    async with serving(storage, app_folder, tenant) as system:
        swept = await system.sweep()
    assert swept.summary.baseline
    assert_tells(swept, tenant.truth)
