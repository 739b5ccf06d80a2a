"""What every journey starts from."""

import asyncio
import json
import shutil
from functools import partialmethod
from pathlib import Path

import pytest

from local.environment import ROOT
from local.tenant import managed_devices
from shared.adapters.graph.client import GraphClient

APP_SETTINGS = (
    "TENANT_ID",
    "GRAPH_URL",
    "LOGIN_URL",
    "RULE_EDITION",
    "REGION",
    "USER_NAMES",
    "API_AUDIENCE",
    "RESTORE_CLIENT_ID",
)


@pytest.fixture(scope="session")
def app_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository's own function_app.py, in a folder where nothing waits before it is tried.

    Its host.json differs in how long an idle queue is left alone, and a failed message.
    """
    folder = tmp_path_factory.mktemp("app")
    shutil.copy(ROOT / "function_app.py", folder)
    host = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))
    host["extensions"]["queues"] |= {
        "maxPollingInterval": "00:00:00.100",
        "visibilityTimeout": "00:00:00",
    }
    (folder / "host.json").write_text(json.dumps(host), encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def _nothing_is_set_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in APP_SETTINGS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _graph_is_waited_for_in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count the waits between tries of a Graph call as always, and do not sleep through them."""

    async def at_once(seconds: float) -> None:
        await asyncio.sleep(0)

    patient = partialmethod(GraphClient.__init__, sleep=at_once)
    monkeypatch.setattr(GraphClient, "__init__", patient)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> int:
    """Let Graph give fewer devices a page than asked for, so that small fleets have many pages."""
    size = 20
    monkeypatch.setattr(managed_devices, "LARGEST_PAGE", size)
    return size
