"""Small apps for the host to serve, whose behaviour each test gives."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias

import azure.functions as func
import pytest
from azure.storage.queue.aio import QueueClient

from local.host import LocalHost

Behaviour: TypeAlias = Callable[..., Awaitable[object] | object]

QUEUE_APP = """
import azure.functions as func
app = func.FunctionApp()

@app.queue_trigger(arg_name="message", queue_name="%QUEUE%", connection="AzureWebJobsStorage")
async def work(message: func.QueueMessage) -> None:
    await behave(message)
"""


class AppFolder:
    """A function app on disk, whose functions call what the test gives as `behave`."""

    def __init__(self, folder: Path, storage: str) -> None:
        self.folder = folder
        self.settings = {"AzureWebJobsStorage": storage, "QUEUE": f"q-{uuid.uuid4().hex[:16]}"}

    def write(self, source: str, queues: dict[str, Any] | None = None, **host: Any) -> None:
        """Write function_app.py and host.json; polling is quick and failures return at once."""
        settings = {"maxPollingInterval": "00:00:00.100", "maxDequeueCount": 3} | (queues or {})
        host_json = {"version": "2.0", "extensions": {"queues": settings}} | host
        (self.folder / "function_app.py").write_text(source)
        (self.folder / "host.json").write_text(json.dumps(host_json))

    def host(self, behave: Behaviour | None = None, **options: Any) -> LocalHost:
        """Load the app into a host."""
        host = LocalHost(self.folder, self.settings, **options)
        for function in host.app.functions.values():
            function.call.__globals__["behave"] = behave
        return host

    def queue(self, suffix: str = "") -> QueueClient:
        """Give a client of the app's queue that reads and writes raw text."""
        return QueueClient.from_connection_string(
            self.settings["AzureWebJobsStorage"], self.settings["QUEUE"] + suffix
        )


@pytest.fixture
def app_folder(tmp_path: Path, storage: str) -> AppFolder:
    """An empty folder for an app."""
    return AppFolder(tmp_path, storage)


@pytest.fixture
def queue_app(app_folder: AppFolder) -> AppFolder:
    """An app with one queue-triggered function, `work`."""
    app_folder.write(QUEUE_APP)
    return app_folder


async def until(condition: Callable[[], Awaitable[bool] | bool]) -> None:
    """Wait until a condition holds, at most 15 seconds."""
    async with asyncio.timeout(15):
        while True:
            answer = condition()
            if await answer if isinstance(answer, Awaitable) else answer:
                return
            await asyncio.sleep(0.02)


async def failing(message: func.QueueMessage) -> None:
    raise ValueError(f"cannot do {message.get_body().decode()}")
