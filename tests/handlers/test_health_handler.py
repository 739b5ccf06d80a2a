"""The health trigger answers in a way that monitors understand."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import azure.functions as func
import pytest

from handlers.health import health
from local.environment import ROOT
from local.host.functions import load_functions
from shared import bootstrap
from shared.errors import GraphUnavailableError
from tests.restore_fakes import FakeSetting
from tests.world import NAME, NIGHT, World


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A world that the handler takes for the app."""
    made = World()
    storage = SimpleNamespace(
        sweeps=made.sweeps,
        snapshots=made.snapshots,
        feed=made.feed,
        poison=made.poison,
        audit=made.audit,
    )
    restore = SimpleNamespace(setting=FakeSetting(made.calls, lambda: NIGHT))
    app = SimpleNamespace(storage=storage, restore=restore)
    monkeypatch.setattr(bootstrap, "app", lambda: app)
    return made


async def answer() -> func.HttpResponse:
    given: func.HttpResponse = await health(func.HttpRequest("GET", "/api/health", body=b""))
    return given


async def test_a_report_that_is_not_failing_answers_200_as_json(world: World) -> None:
    given = await answer()

    assert given.status_code == 200
    assert given.mimetype == "application/json"
    said = json.loads(given.get_body())
    assert said["state"] == "attention"
    assert {check["name"] for check in said["checks"]} == {
        *("snapshot", "sweep", "polls", "write_identity")
    }


async def test_a_report_that_is_failing_answers_503(world: World) -> None:
    world.snapshots.point_at(NAME, datetime.now(UTC) - timedelta(days=3))

    given = await answer()
    assert given.status_code == 503
    assert json.loads(given.get_body())["state"] == "failing"


async def test_a_graph_that_fails_fails_no_report(world: World) -> None:
    world.calls.fail("setting.fitness", GraphUnavailableError("Graph answered 503"))

    given = await answer()
    assert given.status_code == 200
    checks = {check["name"]: check for check in json.loads(given.get_body())["checks"]}
    assert "is not known" in checks["write_identity"]["says"]


async def test_nobody_in_between_keeps_the_answer(world: World) -> None:
    assert (await answer()).headers["Cache-Control"] == "no-store"


def test_it_is_asked_for_at_api_health_and_with_a_function_key() -> None:
    (trigger,) = (f.trigger for f in load_functions(ROOT) if f.name == "health")

    assert (trigger["route"], list(trigger["methods"])) == ("health", ["GET"])
    assert str(trigger["authLevel"]).lower() == "function"
