"""Calls the API as its callers do, and holds each answer against the OpenAPI document."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import msgspec
import yaml  # type: ignore[import-untyped]
from msgspec import Struct

from shared.api import changes, plans, restore_setting
from shared.api.answered import answered
from shared.api.exchange import Api, Operation, Request, Response
from shared.domain.principal import READ, Principal
from shared.ports import Tokens
from tests.fakes import Calls
from tests.restore_builders import ANNA, principal
from tests.restore_fakes import FakeTokens
from tests.restore_world import RestoreWorld

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.yaml"
READER = principal("rita", READ)
OPERATIONS: dict[str, Operation] = {
    "read_restore_setting": restore_setting.status,
    "preflight": restore_setting.preflight,
    "list_changes": changes.index,
    "plan_change": plans.plan,
    "read_change": changes.show,
    "approve_change": changes.approve,
    "reject_change": changes.reject,
    "apply_change": changes.apply,
    "confirm_change": changes.confirm,
    "revert_change": plans.revert,
}
"""By the name that the document and the handlers have for each."""

PLAN_BODY = {"state": "enabled", "reason": "The pilot begins."}


class Answer(Struct, frozen=True):
    """A response, and what its JSON says."""

    status: int
    headers: dict[str, str]
    told: Any

    @property
    def problem(self) -> str:
        """The end of the problem's type."""
        return str(self.told["type"]).rpartition(":")[2]


class Client:
    """The API over a world in memory; whoever asks is let in by a token of their own."""

    def __init__(self, world: RestoreWorld | None = None) -> None:
        self.calls = Calls()
        self.world = world or RestoreWorld(self.calls)
        self.fake_tokens = FakeTokens(self.calls)
        self.tokens: Tokens | None = self.fake_tokens
        self._keys = 0

    async def ask(
        self,
        name: str,
        who: Principal | None = ANNA,
        body: object = None,
        *,
        id: str | None = None,
        query: dict[str, str] | None = None,
        **headers: str,
    ) -> Answer:
        """Call an operation; `body` is sent as it is where it is bytes, else as JSON."""
        return await self._ask(name, who, body, headers, id=id, query=query)

    async def _ask(
        self,
        name: str,
        who: Principal | None,
        body: object,
        headers: dict[str, str],
        *,
        id: str | None = None,
        query: dict[str, str] | None = None,
    ) -> Answer:
        method, path = place_of(name)
        content = body if isinstance(body, bytes) else b"" if body is None else encoded(body)
        given = {} if body is None else {"content-type": "application/json"}
        if who is not None:
            given["authorization"] = self.fake_tokens.issue(who)
        given |= {key.replace("_", "-"): value for key, value in headers.items()}
        request = Request(
            method=method,
            path="/api" + path.replace("{id}", id or ""),
            headers=given,
            query=query or {},
            parameters={} if id is None else {"id": id},
            body=content,
            address="203.0.113.7",
        )
        return await self.answer(name, request)

    async def answer(self, name: str, request: Request) -> Answer:
        """Have a request answered as it is."""
        api = Api(self.world.control, self.tokens, lambda: self.world.now)
        response = await answered(request, OPERATIONS[name], api)
        assert_documented(name, response)
        told = msgspec.json.decode(response.body) if response.body else None
        return Answer(response.status, dict(response.headers), told)

    async def plan(self, who: Principal = ANNA, key: str | None = None, **headers: str) -> Answer:
        """Plan to switch it on; without a key, under one of its own."""
        return await self.plan_with(PLAN_BODY, who, key, **headers)

    async def plan_with(
        self, body: object, who: Principal = ANNA, key: str | None = None, **headers: str
    ) -> Answer:
        """Plan what a body says."""
        self._keys += 1
        named = {"idempotency-key": key or f"key-{self._keys}"}
        return await self._ask("plan_change", who, body, named | headers)


def encoded(body: object) -> bytes:
    return msgspec.json.encode(body)


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document; whoever reads it changes nothing in it."""
    read: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    return read


@cache
def place_of(name: str) -> tuple[str, str]:
    """The method and the path of an operation."""
    return next(
        (method.upper(), path)
        for path, item in document()["paths"].items()
        for method, operation in item.items()
        if method != "parameters" and operation["operationId"] == name
    )


def operation_of(name: str) -> dict[str, Any]:
    method, path = place_of(name)
    found: dict[str, Any] = document()["paths"][path][method.lower()]
    return found


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    """Follow a $ref within the document."""
    reference = node.get("$ref")
    if reference is None:
        return node
    found = document()
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


@cache
def schema_of(name: str, status: str, media_type: str) -> Any:
    content = resolved(operation_of(name)["responses"][status])["content"]
    schema = content[media_type]["schema"] | {"components": document()["components"]}
    return jsonschema.Draft202012Validator(schema)


def assert_documented(name: str, response: Response) -> None:
    """Fail unless the document tells of this answer: its status, headers, media type and JSON."""
    status = str(response.status)
    assert status in operation_of(name)["responses"], f"{name} answers {status}: {response.body!r}"
    documented = resolved(operation_of(name)["responses"][status])
    expected = {key: resolved(header) for key, header in documented["headers"].items()}
    assert set(response.headers) <= set(expected)
    for key, header in expected.items():
        assert key in response.headers or not header.get("required"), f"{name} lacks {key}"
        if key in response.headers:
            jsonschema.validate(response.headers[key], header["schema"])
    if "content" not in documented:
        assert response.body == b""
        return
    validator = schema_of(name, status, response.media_type)
    told = msgspec.json.decode(response.body)
    assert [error.message for error in validator.iter_errors(told)] == []
    if response.status >= 400:
        end = re.sub("^urn:windows-backup-readiness:problem:", "", told["type"])
        assert f"`{end}`" in documented["description"], f"{name} answers {status} {end}"
