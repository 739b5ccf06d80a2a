import asyncio
import contextlib
import os
import sys
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import azure.functions as func
import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue.aio import QueueClient

from tests.local.host.conftest import QUEUE_APP, AppFolder, failing, until

ROOT = Path(__file__).parents[3]


@contextlib.asynccontextmanager
async def filled(app: AppFolder, texts: Iterable[str]) -> AsyncIterator[QueueClient]:
    async with app.queue() as queue:
        await queue.create_queue()
        for text in texts:
            await queue.send_message(b64encode(text.encode()).decode())
        yield queue


async def peeked(app: AppFolder, suffix: str = "") -> list[str]:
    async with app.queue(suffix) as queue:
        try:
            return [str(m.content) for m in await queue.peek_messages(max_messages=32)]
        except ResourceNotFoundError:
            return []


async def is_empty(queue: QueueClient) -> bool:
    return (await queue.get_queue_properties()).approximate_message_count == 0


async def test_a_message_is_decoded_handed_over_and_deleted(queue_app: AppFolder) -> None:
    seen: list[tuple[str, int | None]] = []

    async def behave(message: func.QueueMessage) -> None:
        seen.append((message.get_body().decode(), message.dequeue_count))

    async with filled(queue_app, ["näive"]) as queue, queue_app.host(behave).serving(0):
        await until(lambda: is_empty(queue))
    assert seen == [("näive", 1)]


async def test_batch_size_and_threshold_bound_what_runs_at_once(queue_app: AppFolder) -> None:
    queue_app.write(QUEUE_APP, {"batchSize": 4, "newBatchThreshold": 2})
    leave = asyncio.Semaphore(0)
    running, most, done = 0, 0, 0

    async def behave(message: func.QueueMessage) -> None:
        nonlocal running, most, done
        running += 1
        most = max(most, running)
        await leave.acquire()
        running -= 1
        done += 1

    async with filled(queue_app, map(str, range(10))), queue_app.host(behave).serving(0):
        await until(lambda: running == 4)
        assert len(await peeked(queue_app)) == 6
        leave.release()
        await until(lambda: done == 1)
        assert len(await peeked(queue_app)) == 6
        leave.release()
        await until(lambda: running == 6)
        for _ in range(8):
            leave.release()
        await until(lambda: done == 10)
    assert most == 6


async def test_a_message_that_keeps_failing_is_tried_again_and_then_poison(
    queue_app: AppFolder, caplog: pytest.LogCaptureFixture
) -> None:
    counts: list[int | None] = []

    async def behave(message: func.QueueMessage) -> None:
        counts.append(message.dequeue_count)
        await failing(message)

    async with filled(queue_app, ["sums"]) as queue, queue_app.host(behave).serving(0):
        await until(lambda: is_empty(queue))
    assert counts == [1, 2, 3]
    assert [b64decode(text) for text in await peeked(queue_app, "-poison")] == [b"sums"]
    assert "work failed" in caplog.text
    assert "cannot do sums" in caplog.text
    warnings = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert any(f"moved to {queue.queue_name}-poison" in warning for warning in warnings)


async def test_a_failed_message_stays_away_for_the_visibility_timeout(
    queue_app: AppFolder,
) -> None:
    queue_app.write(QUEUE_APP, {"visibilityTimeout": "01:00:00"})
    failed = asyncio.Event()

    async def behave(message: func.QueueMessage) -> None:
        failed.set()
        await failing(message)

    async with filled(queue_app, ["sums"]) as queue:
        async with queue_app.host(behave).serving(0):
            await asyncio.wait_for(failed.wait(), 15)
        assert await peeked(queue_app) == []
        assert not await is_empty(queue)


async def test_text_that_is_not_base64_goes_to_the_poison_queue_as_it_is(
    queue_app: AppFolder, caplog: pytest.LogCaptureFixture
) -> None:
    async with filled(queue_app, []) as queue, queue_app.host(failing).serving(0):
        await queue.send_message("<not base64>")
        await until(lambda: is_empty(queue))
    assert await peeked(queue_app, "-poison") == ["<not base64>"]
    assert "messageEncoding" in caplog.text


async def test_with_message_encoding_none_text_is_handed_over_as_it_is(
    queue_app: AppFolder,
) -> None:
    queue_app.write(QUEUE_APP, {"messageEncoding": "none"})
    seen: list[str] = []

    async def behave(message: func.QueueMessage) -> None:
        seen.append(message.get_body().decode())

    async with filled(queue_app, []) as queue, queue_app.host(behave).serving(0):
        await queue.send_message('{"plain": "<text>"}')
        await until(lambda: is_empty(queue))
    assert seen == ['{"plain": "<text>"}']


async def test_a_message_that_killed_every_host_is_poison_without_another_try(
    queue_app: AppFolder,
) -> None:
    tries: list[func.QueueMessage] = []

    async def behave(message: func.QueueMessage) -> None:
        tries.append(message)

    async with filled(queue_app, ["deadly"]) as queue:
        for _ in range(3):
            message = await queue.receive_message()
            assert message is not None
            await queue.update_message(message, visibility_timeout=0)
        async with queue_app.host(behave).serving(0):
            await until(lambda: is_empty(queue))
    assert tries == []
    assert len(await peeked(queue_app, "-poison")) == 1


async def test_a_message_stays_invisible_for_as_long_as_it_runs(queue_app: AppFolder) -> None:
    started, finish = asyncio.Event(), asyncio.Event()

    async def behave(message: func.QueueMessage) -> None:
        started.set()
        await finish.wait()

    host = queue_app.host(behave, visibility=2)
    async with filled(queue_app, ["long"]) as queue, host.serving(0):
        await asyncio.wait_for(started.wait(), 15)
        after_two_periods = time.monotonic() + 4

        async def still_invisible() -> bool:
            assert await peeked(queue_app) == []
            return time.monotonic() > after_two_periods

        await until(still_invisible)
        finish.set()
        await until(lambda: is_empty(queue))


async def test_stopping_finishes_what_runs(queue_app: AppFolder) -> None:
    started, finish = asyncio.Event(), asyncio.Event()

    async def behave(message: func.QueueMessage) -> None:
        started.set()
        await finish.wait()

    async with filled(queue_app, ["short"]) as queue:
        async with queue_app.host(behave).serving(0):
            await asyncio.wait_for(started.wait(), 15)
            asyncio.get_running_loop().call_later(0.1, finish.set)
        assert await is_empty(queue)


async def test_stopping_releases_what_does_not_finish_in_time(queue_app: AppFolder) -> None:
    started = asyncio.Event()

    async def behave(message: func.QueueMessage) -> None:
        started.set()
        await asyncio.Event().wait()

    async with filled(queue_app, ["endless"]) as queue:
        async with queue_app.host(behave, grace=0.1).serving(0):
            await asyncio.wait_for(started.wait(), 15)
        released = await queue.receive_message()
    assert released is not None
    assert released.dequeue_count == 2


async def test_a_message_left_by_a_killed_host_is_taken_up_by_the_next(
    queue_app: AppFolder, tmp_path: Path
) -> None:
    started = tmp_path / "started"
    queue_app.write(
        QUEUE_APP
        + "import os, pathlib, time\n"
        + "async def behave(message):\n"
        + "    pathlib.Path(os.environ['STARTED']).touch()\n"
        + "    time.sleep(60)\n"
    )
    command = "import sys; from local.host import main; sys.exit(main(sys.argv[1:]))"
    options = [str(queue_app.folder), "--port", "0", "--visibility", "1"]
    counts: list[int | None] = []

    async def behave(message: func.QueueMessage) -> None:
        counts.append(message.dequeue_count)

    async with filled(queue_app, ["left"]) as queue:
        host = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", command, *options),
            env=os.environ | queue_app.settings | {"STARTED": str(started)},
            cwd=ROOT,
        )
        try:
            await until(started.exists)
        finally:
            host.kill()
            await host.wait()
        async with queue_app.host(behave).serving(0):
            await until(lambda: is_empty(queue))
    assert counts == [2]


async def test_a_function_past_its_timeout_has_failed(
    queue_app: AppFolder, caplog: pytest.LogCaptureFixture
) -> None:
    once = {"maxDequeueCount": 1, "visibilityTimeout": "01:00:00"}
    queue_app.write(QUEUE_APP, once, functionTimeout="00:00:00.100")

    async def behave(message: func.QueueMessage) -> None:
        await asyncio.Event().wait()

    async with filled(queue_app, ["slow"]) as queue, queue_app.host(behave).serving(0):
        await until(lambda: is_empty(queue))
    assert "work ran longer than functionTimeout, 0.1 s" in caplog.text
    assert len(await peeked(queue_app, "-poison")) == 1


async def test_a_plain_function_runs_in_a_thread_and_may_take_text(queue_app: AppFolder) -> None:
    source = QUEUE_APP.replace("async def", "def").replace("await ", "")
    queue_app.write(source.replace("func.QueueMessage", "str"))
    seen: list[tuple[str, bool]] = []

    def behave(message: str) -> None:
        seen.append((message, threading.current_thread() is threading.main_thread()))

    async with filled(queue_app, ["sums"]) as queue, queue_app.host(behave).serving(0):
        await until(lambda: is_empty(queue))
    assert seen == [("sums", False)]


async def test_a_queue_that_is_made_later_is_listened_to(queue_app: AppFolder) -> None:
    seen = asyncio.Event()

    async def behave(message: func.QueueMessage) -> None:
        seen.set()

    async with queue_app.host(behave).serving(0), filled(queue_app, ["late"]):
        await asyncio.wait_for(seen.wait(), 15)
