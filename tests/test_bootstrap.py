"""What stands behind the triggers is built at first use, once, and imports nothing before."""

import asyncio
import logging
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from shared import bootstrap
from shared.config import read_settings
from shared.domain.default_routes import default_routes
from shared.errors import SettingsError
from tests.builders import OLD

ROOT = Path(__file__).parents[1]
HEAVY = (
    "aiohttp",
    "aiosmtplib",
    "azure.core",
    "azure.identity",
    "azure.storage",
    "duckdb",
    "httpx",
    "jinja2",
    "kiota_abstractions",
    "kiota_http",
    "msgraph",
    "msgraph_core",
    "zstandard",
)
STORAGE = "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=c2VjcmV0"
SETTINGS = {"TENANT_ID": "contoso.com", "AzureWebJobsStorage": STORAGE}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)


def test_indexing_the_app_imports_no_sdk() -> None:
    asked = (
        "import sys, function_app; function_app.app.get_functions();"
        f" print(*[name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


@pytest.mark.usefixtures("environment")
async def test_the_app_is_built_once_per_process() -> None:
    app = bootstrap.app()
    assert app is bootstrap.app()
    assert app.terms.edition == OLD
    await app.storage.connections.aclose()


@pytest.mark.usefixtures("environment")
async def test_libraries_do_not_log_every_request() -> None:
    await bootstrap.app().storage.connections.aclose()
    talkative = ("azure.core.pipeline.policies.http_logging_policy", "httpx", "httpcore", "hpack")
    for name in talkative:
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)


@pytest.mark.usefixtures("environment")
def test_another_event_loop_gets_an_app_of_its_own() -> None:
    async def built() -> bootstrap.App:
        app = bootstrap.app()
        await app.storage.connections.aclose()
        return app

    assert asyncio.run(built()) is not asyncio.run(built())


async def test_settings_that_are_missing_are_told_at_first_use_and_can_be_mended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SettingsError, match=r"TENANT_ID is missing.*AzureWebJobsStorage"):
        bootstrap.app()
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    app = bootstrap.app()
    await app.storage.connections.aclose()


async def test_terms_are_as_the_settings_say() -> None:
    settings = read_settings(SETTINGS | {"STRICT_SERVICING": "on", "USER_NAMES": "off"})
    app = bootstrap.build(settings)
    assert (app.terms.strict_servicing, app.terms.user_names) == (True, False)
    await app.storage.connections.aclose()


async def test_people_are_told_on_the_terms_of_the_settings() -> None:
    secret = "https://flow.example/run?sig=SECRET"
    channels = {"TEAMS_WEBHOOK_URL": secret, "NOTIFY_FLAP_HOURS": "3"}
    settings = read_settings(SETTINGS | channels | {"DASHBOARD_URL": "https://d.example"})
    notify, notifiers = bootstrap.build_notify(settings, {"TEAMS_WEBHOOK_URL": secret})
    assert notify.terms.flap_window == timedelta(hours=3)
    assert notify.links.dashboard == "https://d.example"
    routes = default_routes(notify.settings)
    assert "SECRET" not in repr(notify)
    assert notify.notifier_of(routes.channels[0]) is not None
    await notifiers.aclose()


async def test_storage_alone_is_a_context_that_closes_its_connections(storage: str) -> None:
    settings = read_settings(SETTINGS | {"AzureWebJobsStorage": storage})
    async with bootstrap.build_storage(settings) as opened:
        assert await opened.snapshots.current() == (None, None)
        assert await opened.sweeps.last() is None


async def test_an_identity_stands_in_for_a_connection_string() -> None:
    settings = read_settings({"TENANT_ID": "t", "AzureWebJobsStorage__accountName": "acc"})
    async with bootstrap.build_storage(settings) as opened:
        assert opened.queue is not None
