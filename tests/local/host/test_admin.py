import asyncio

import azure.functions as func
import pytest
from aiohttp import ClientSession

from tests.local.host.conftest import QUEUE_APP, AppFolder, until

APP = (
    QUEUE_APP
    + """
@app.timer_trigger(arg_name="timer", schedule="0 0 2 * * *")
async def nightly(timer: func.TimerRequest) -> None:
    await behave(timer)

@app.route(route="ready")
def ready(req: func.HttpRequest) -> str:
    return "yes"
"""
)


async def test_functions_are_listed_with_their_bindings(app_folder: AppFolder) -> None:
    app_folder.write(APP)
    async with (
        app_folder.host(timers=False).serving(0) as host,
        ClientSession(f"http://127.0.0.1:{host.port}") as client,
    ):
        listed = await (await client.get("/admin/functions")).json()
        status = await (await client.get("/admin/host/status")).json()
    assert [each["name"] for each in listed] == ["work", "nightly", "ready"]
    assert listed[1]["config"]["bindings"][0]["schedule"] == "0 0 2 * * *"
    assert listed[2]["invoke_url_template"] == "/api/ready"
    assert status["state"] == "Running"


async def test_a_timer_or_queue_function_is_started_by_hand(app_folder: AppFolder) -> None:
    app_folder.write(APP)
    seen: list[func.TimerRequest | func.QueueMessage] = []

    async def behave(given: func.TimerRequest | func.QueueMessage) -> None:
        seen.append(given)

    async with (
        app_folder.host(behave, timers=False).serving(0) as host,
        ClientSession(f"http://127.0.0.1:{host.port}") as client,
    ):
        timer = await client.post("/admin/functions/nightly", json={"input": ""})
        assert (timer.status, await timer.read()) == (202, b"")
        await until(lambda: len(seen) == 1)
        queue = await client.post("/admin/functions/work", json={"input": {"sweep": "s1"}})
        assert queue.status == 202
        await until(lambda: len(seen) == 2)
    assert isinstance(seen[0], func.TimerRequest)
    assert not seen[0].past_due
    assert isinstance(seen[1], func.QueueMessage)
    assert seen[1].get_json() == {"sweep": "s1"}
    assert seen[1].dequeue_count == 1


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("unheard", '{"input": ""}', 404),
        ("ready", '{"input": ""}', 400),
        ("nightly", "", 400),
        ("nightly", "[]", 400),
    ],
)
async def test_what_cannot_be_started_is_refused(
    app_folder: AppFolder, name: str, body: str, status: int
) -> None:
    app_folder.write(APP)
    async with (
        app_folder.host(timers=False).serving(0) as host,
        ClientSession(f"http://127.0.0.1:{host.port}") as client,
    ):
        answer = await client.post(f"/admin/functions/{name}", data=body)
        assert answer.status == status


async def test_a_failure_is_logged_and_stopping_waits_for_the_end(
    app_folder: AppFolder, caplog: pytest.LogCaptureFixture
) -> None:
    app_folder.write(APP)
    finish = asyncio.Event()

    async def behave(timer: func.TimerRequest) -> None:
        await finish.wait()
        raise ValueError("bad night")

    async with (
        app_folder.host(behave, timers=False).serving(0) as host,
        ClientSession(f"http://127.0.0.1:{host.port}") as client,
    ):
        assert (await client.post("/admin/functions/nightly", json={})).status == 202
        asyncio.get_running_loop().call_later(0.1, finish.set)
    assert "nightly failed" in caplog.text
    assert "bad night" in caplog.text
