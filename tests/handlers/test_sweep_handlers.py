"""The sweep's triggers: each makes one call of one use case, and decides nothing."""

from types import SimpleNamespace

import azure.functions as func
import pytest
from azure.functions.queue import QueueMessage
from azure.functions.timer import TimerRequest

from handlers.assess_devices import assess_devices
from handlers.finish_sweep import finish_sweep
from handlers.nightly_sweep import nightly_sweep
from handlers.sweep_page import sweep_page
from shared import bootstrap
from shared.domain.telling import Terms
from shared.errors import GraphError, MessageError
from shared.messages import (
    MAX_DEQUEUE_COUNT,
    SWEEP_PAGES,
    DeviceChanges,
    FinishSweep,
    Message,
    ReadPage,
    encode,
)
from shared.ports import DevicePage
from tests.world import LAST_NAME, NAME, REFUSED, TERMS, World, pc, pcs, throttled


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A world that the handlers take for the app."""
    made = World()
    app = SimpleNamespace(
        terms=TERMS,
        judges=made.judges,
        changes=made.changes,
        devices=made.devices,
        tenant=made.tenant,
        notify=SimpleNamespace(terms=Terms()),
        storage=SimpleNamespace(
            queue=made.queue,
            sweeps=made.sweeps,
            snapshots=made.snapshots,
            overlay=made.overlay,
            feed=made.feed,
            windows=made.windows,
        ),
    )
    monkeypatch.setattr(bootstrap, "app", lambda: app)
    return made


def arriving(message: Message | bytes, dequeue_count: int | None = 1) -> func.QueueMessage:
    """Build a message as the worker hands it over."""
    body = message if isinstance(message, bytes) else encode(message).encode()
    return QueueMessage(body=body, dequeue_count=dequeue_count)  # type: ignore[no-untyped-call]


async def test_the_timer_starts_a_sweep_named_by_the_second(world: World) -> None:
    await nightly_sweep(TimerRequest(past_due=True))

    assert world.active is not None
    started = world.sweeps.records[world.active].started
    assert started.microsecond == 0
    assert started.utcoffset() is not None
    assert world.active == started.strftime("%Y%m%dT%H%M%SZ")
    assert [sent.queue for sent in world.queue.sent] == [SWEEP_PAGES]


async def test_a_page_message_reads_that_page(world: World) -> None:
    world.running()
    world.devices.pages["cursor"] = DevicePage(pcs("ab"))
    await sweep_page(arriving(ReadPage(NAME, 7, "cursor")))
    assert world.sweeps.stored[NAME].keys() == {7}


async def test_page_zero_resumes_a_start(world: World) -> None:
    world.calls.fail("tenant.read", throttled(60))
    await world.start()
    [put_off] = world.queue.sent

    await sweep_page(arriving(put_off.message))
    assert world.queue.sent[-1].message == ReadPage(NAME, 1)


async def test_a_finish_message_commits_the_sweep(world: World) -> None:
    world.running()
    world.stored({1: DevicePage(pcs("ab"))})
    await finish_sweep(arriving(FinishSweep(NAME, 1)))
    assert world.fleet == "ab"


async def test_a_message_that_names_devices_has_them_assessed(world: World) -> None:
    await world.committed("ab")
    world.devices.known = {"a": pc("a", os_version="10.0.19045.1")}
    await assess_devices(arriving(DeviceChanges(intune=("a",))))
    assert world.overlay.of(LAST_NAME).keys() == {"a"}


async def test_how_often_a_message_was_delivered_reaches_the_use_case(world: World) -> None:
    world.running()
    world.calls.fail("devices.page", REFUSED, REFUSED)
    with pytest.raises(GraphError):
        await sweep_page(arriving(ReadPage(NAME, 1), MAX_DEQUEUE_COUNT - 1))
    assert world.sweeps.records[NAME].state == "paging"
    with pytest.raises(GraphError):
        await sweep_page(arriving(ReadPage(NAME, 1), MAX_DEQUEUE_COUNT))
    assert world.sweeps.records[NAME].state == "partial"


async def test_how_often_a_finish_was_delivered_reaches_the_use_case(world: World) -> None:
    world.running()
    with pytest.raises(Exception, match="lacks 1 of 1 pages"):
        await finish_sweep(arriving(FinishSweep(NAME, 1), MAX_DEQUEUE_COUNT))
    assert world.sweeps.records[NAME].state == "partial"


async def test_a_message_without_a_count_is_taken_for_its_first_delivery(world: World) -> None:
    world.running()
    world.calls.fail("devices.page", REFUSED)
    with pytest.raises(GraphError):
        await sweep_page(arriving(ReadPage(NAME, 1), None))
    assert world.sweeps.records[NAME].state == "paging"


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b'{"sweep": "s", "page": "one"}'])
async def test_a_malformed_message_is_refused_before_anything_is_built(
    body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never() -> None:
        pytest.fail("the app was built for a message nobody can read")

    monkeypatch.setattr(bootstrap, "app", never)
    with pytest.raises(MessageError, match="a ReadPage message cannot be read"):
        await sweep_page(arriving(body))
    with pytest.raises(MessageError, match="a FinishSweep message cannot be read"):
        await finish_sweep(arriving(body))
    with pytest.raises(MessageError, match="a DeviceChanges message cannot be read"):
        await assess_devices(arriving(body if body != b"{}" else b'{"entra": 1}'))
