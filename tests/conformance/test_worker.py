import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue.aio import QueueClient

from local.host import LocalHost
from local.host.functions import load_functions
from tests.conformance.conftest import ROOT, Worker
from tests.local.host.conftest import until

ECHO = Path(__file__).parent / "echo_app"
SCHEDULE = "0 0 2 * * *"


def bindings_here(app_dir: Path) -> dict[str, list[dict[str, Any]]]:
    """The bindings the local host reads, in the plain values that JSON has."""
    return {
        function.name: json.loads(json.dumps(function.bindings))
        for function in load_functions(app_dir)
    }


def test_the_real_worker_indexes_every_function_of_the_app(worker: Worker) -> None:
    said = worker(ROOT)
    assert "error" not in said, said
    assert said["functions"] == bindings_here(ROOT)


def test_the_real_worker_reads_the_echo_app_as_the_local_host_does(worker: Worker) -> None:
    assert worker(ECHO)["functions"] == bindings_here(ECHO)


def test_an_app_that_does_not_index_is_told(worker: Worker, tmp_path: Path) -> None:
    (tmp_path / "function_app.py").write_text(
        "import azure.functions as func\n"
        "app = func.FunctionApp()\n"
        "@app.timer_trigger(arg_name='timer', schedule='0 0 2 * * *')\n"
        "def nightly(timer: func.TimerRequest, surplus: int = 1) -> None: ...\n"
    )
    assert "surplus" in worker(tmp_path)["error"]


class Echo:
    """The echo app, served by the local host; what it saw comes back through a queue."""

    def __init__(self, storage: str) -> None:
        settings = {"AzureWebJobsStorage": storage, "ECHO_SCHEDULE": SCHEDULE}
        self.host = LocalHost(ECHO, settings, timers=False)
        self._storage = storage

    async def seen(self, count: int = 1) -> list[str]:
        """Take so many texts from the queue that the functions write to."""
        found: list[str] = []

        async def enough() -> bool:
            async with QueueClient.from_connection_string(self._storage, "echo-seen") as queue:
                async for message in queue.receive_messages():
                    found.append(self.host.app.queues.decode(message.content))
                    await queue.delete_message(message)
            return len(found) >= count

        async with QueueClient.from_connection_string(self._storage, "echo-seen") as queue:
            if not await _exists(queue):
                await queue.create_queue()
        await until(enough)
        return found

    async def send(self, name: str, text: str) -> None:
        """Put a message on a queue of the app."""
        async with QueueClient.from_connection_string(self._storage, name) as queue:
            if not await _exists(queue):
                await queue.create_queue()
            await queue.send_message(self.host.app.queues.encode(text))


async def _exists(queue: QueueClient) -> bool:
    try:
        await queue.get_queue_properties()
    except ResourceNotFoundError:
        return False
    return True


def invocation(
    function: str, parameter: str, data: dict[str, Any], **metadata: dict[str, Any]
) -> dict[str, Any]:
    return {"function": function, "parameter": parameter, "data": data, "metadata": metadata}


@pytest.mark.parametrize("body", ["plain", '{"a": "ä"}', "[1, 2]"])
async def test_a_queue_message_looks_the_same_to_a_function_in_both(
    worker: Worker, storage: str, body: str
) -> None:
    echo = Echo(storage)
    async with echo.host.serving(0):
        await echo.send("echo-in", body)
        here = json.loads((await echo.seen())[0])
    said = worker(
        ECHO,
        invocation(
            "echo_queue",
            "message",
            {"string": body},
            Id={"string": here["id"]},
            DequeueCount={"json": "1"},
            PopReceipt={"string": here["pop_receipt"]},
            InsertionTime={"json": json.dumps(here["insertion_time"])},
            ExpirationTime={"json": json.dumps(here["expiration_time"])},
            NextVisibleTime={"json": json.dumps(here["time_next_visible"])},
        ),
    )
    assert json.loads(said["answers"][0]["outputs"]["seen"]["string"]) == here
    assert here["body"] == body
    assert here["dequeue_count"] == 1
    assert datetime.fromisoformat(here["insertion_time"]) <= datetime.now(UTC)


async def test_several_values_and_a_returned_text_become_the_same_messages_in_both(
    worker: Worker, storage: str
) -> None:
    echo = Echo(storage)
    async with echo.host.serving(0):
        await echo.send("echo-many", "a b c")
        several = await echo.seen(3)
        await echo.send("echo-text", "sums")
        (returned,) = await echo.seen()
    said = worker(
        ECHO,
        invocation("echo_many", "message", {"string": "a b c"}, Id={"string": "1"}),
        invocation("echo_text", "text", {"string": "sums"}, Id={"string": "1"}),
    )
    many, text = said["answers"]
    assert sorted(several) == json.loads(many["outputs"]["seen"]["json"])
    assert returned == text["result"]["string"] == "echo_text str sums"


async def test_a_timer_looks_the_same_to_a_function_in_both(worker: Worker, storage: str) -> None:
    echo = Echo(storage)
    async with (
        echo.host.serving(0) as host,
        ClientSession(f"http://127.0.0.1:{host.port}") as client,
    ):
        await client.post("/admin/functions/echo_timer", json={"input": ""})
        here = json.loads((await echo.seen())[0])
    sent = {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": None, "IsPastDue": False}
    said = worker(ECHO, invocation("echo_timer", "timer", {"json": json.dumps(sent)}))
    assert json.loads(said["answers"][0]["outputs"]["seen"]["string"]) == here


async def test_an_http_request_and_its_response_are_the_same_in_both(
    worker: Worker, storage: str
) -> None:
    echo = Echo(storage)
    async with (
        echo.host.serving(0) as host,
        ClientSession(f"http://127.0.0.1:{host.port}") as client,
    ):
        url = f"http://127.0.0.1:{host.port}/api/echo/7/word?dry=1&none="
        answer = await client.put(url, data="bödy", headers={"X-Trace": "T"})
        here = (answer.status, answer.headers["Content-Type"], await answer.json())
        path = await client.get("/api/files/a/b")
        text = await path.text()
    request = {
        "method": "PUT",
        "url": url,
        "headers": {"x-trace": "T"},
        "params": {"number": "7", "word": "word"},
        "query": {"dry": "1"},
        "body": "bödy",
    }
    said = worker(
        ECHO,
        invocation("echo_http", "req", {"http": request}),
        invocation("echo_path", "req", {"http": request | {"params": {"path": "a/b"}}}),
    )
    there = said["answers"][0]["result"]["http"]
    assert here == (
        int(there["status"]),
        there["headers"]["content-type"],
        json.loads(there["body"]),
    )
    assert said["answers"][1]["result"] == {"string": text}


async def test_a_failure_is_a_failure_in_both(
    worker: Worker, storage: str, caplog: pytest.LogCaptureFixture
) -> None:
    echo = Echo(storage)
    async with echo.host.serving(0):
        await echo.send("echo-in", "fail")
        await until(lambda: "asked to fail" in caplog.text)
    said = worker(ECHO, invocation("echo_queue", "message", {"string": "fail"}))
    assert "asked to fail" in said["answers"][0]["error"]
