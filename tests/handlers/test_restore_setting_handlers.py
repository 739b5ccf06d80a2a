"""The triggers of the restore setting make one call each, and decide nothing."""

import json
from collections.abc import Callable
from types import SimpleNamespace

import azure.functions as func
import pytest
from azure.functions.queue import QueueMessage

from handlers import restore_setting
from handlers.openapi import openapi
from handlers.settle_change import settle_change
from local.environment import ROOT
from shared import bootstrap
from shared.api.exchange import Api
from shared.errors import MessageError
from shared.messages import SettleChange, encode
from tests.api.client import OPERATIONS, PLAN_BODY, Client
from tests.restore_builders import ANNA, BEN, HOUR
from tests.restore_fakes import Reply


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    """A world that the handlers take for the app."""
    made = Client()
    api = Api(made.world.control, made.tokens, lambda: made.world.now)
    app = SimpleNamespace(api=api, restore=made.world.control)
    monkeypatch.setattr(bootstrap, "app", lambda: app)
    return made


def request(method: str, path: str, id: str = "", **more: object) -> func.HttpRequest:
    """Build a request as the worker hands it over."""
    headers = dict[str, str](more.get("headers", {}))  # type: ignore[call-overload]
    return func.HttpRequest(
        method,
        f"https://app.example/api/{path}",
        headers=headers,
        params=more.get("params"),  # type: ignore[arg-type]
        route_params={"id": id} if id else {},
        body=more.get("body", b""),  # type: ignore[arg-type]
    )


def called(name: str) -> Callable[[func.HttpRequest], object]:
    handler: Callable[[func.HttpRequest], object] = getattr(restore_setting, name)
    return handler


@pytest.mark.parametrize("name", OPERATIONS)
async def test_each_handler_calls_the_operation_of_its_name(
    name: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    async def answered(_: object, operation: object, __: object) -> object:
        seen.append(operation)
        return SimpleNamespace(status=204, body=b"", headers={}, media_type="text/plain")

    monkeypatch.setattr("shared.api.answered.answered", answered)
    await called(name)(request("GET", "x"))  # type: ignore[misc]
    assert seen == [OPERATIONS[name]]


async def test_a_request_comes_through_whole_and_so_does_its_answer(client: Client) -> None:
    headers = {
        "Authorization": client.fake_tokens.issue(ANNA),
        "Idempotency-Key": "k",
        "Content-Type": "application/json",
        "X-Forwarded-For": "10.0.0.1, 198.51.100.9:4711",
    }
    body = json.dumps(PLAN_BODY).encode()
    given = await restore_setting.plan_change(
        request("POST", "restore-setting/changes", headers=headers, body=body)
    )
    told = json.loads(given.get_body())
    assert (given.status_code, given.mimetype) == (201, "application/json")
    assert given.headers["Location"] == f"/api/restore-setting/changes/{told['id']}"
    assert given.headers["Cache-Control"] == "no-store"
    assert told["planner"]["address"] == "198.51.100.9"


async def test_a_problem_comes_through_as_one_with_the_path_that_was_asked_for(
    client: Client,
) -> None:
    headers = {"AUTHORIZATION": client.fake_tokens.issue(BEN)}
    asked = request("GET", "restore-setting/changes/c9?code=k", "c9", headers=headers)
    given = await restore_setting.read_change(asked)
    assert (given.status_code, given.mimetype) == (404, "application/problem+json")
    assert json.loads(given.get_body())["instance"] == "/api/restore-setting/changes/c9"


async def test_the_query_comes_through(client: Client) -> None:
    headers = {"authorization": client.fake_tokens.issue(BEN)}
    asked = request("GET", "restore-setting/changes", headers=headers, params={"limit": "0"})
    assert (await restore_setting.list_changes(asked)).status_code == 400


async def test_anybody_may_read_the_document_and_nothing_is_built_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bootstrap, "app", lambda: pytest.fail("the app was built"))
    given = await openapi(request("GET", "openapi.yaml"))
    assert (given.status_code, given.mimetype) == (200, "application/yaml")
    assert given.get_body() == (ROOT / "docs" / "openapi.yaml").read_bytes()


async def test_a_message_has_its_change_settled(client: Client) -> None:
    world = client.world
    world.setting.replies = [Reply.unanswered(HOUR * 0)]
    change = await world.apply((await world.approved()).id)
    assert change.state == "unknown"
    body = encode(SettleChange(change.id, change.begun)).encode()
    await settle_change(QueueMessage(body=body))  # type: ignore[no-untyped-call]
    assert (await world.read(change.id)).state == "applied"


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b'{"change": 1}'])
async def test_a_malformed_message_is_refused_before_anything_is_built(
    body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "app", lambda: pytest.fail("the app was built in vain"))
    with pytest.raises(MessageError, match="a SettleChange message cannot be read"):
        await settle_change(QueueMessage(body=body))  # type: ignore[no-untyped-call]
