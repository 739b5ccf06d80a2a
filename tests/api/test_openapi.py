"""The OpenAPI document says what the code does, neither more nor less."""

from collections.abc import Iterator
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import msgspec
import pytest
from msgspec import Struct
from openapi_spec_validator import validate

from local.environment import ROOT
from local.host.functions import Function, load_functions
from shared.api import requests
from shared.api.problems import KINDS, OWN_PLAN, TYPE
from shared.domain.gates import Fleet, GateAnswer
from shared.domain.principal import READERS, ROLES
from shared.domain.restore_change import Change, HistoryLine, Outcome
from shared.domain.tenant import RestoreSetting
from shared.ports import Fitness
from shared.report.restore_words import Remedy
from shared.use_cases.restore_status import LastChange, Status
from tests.api.client import OPERATIONS, document, operation_of, resolved

BODIES: list[type[Struct]] = [
    requests.PlanBody,
    requests.RevertBody,
    requests.RejectBody,
    requests.ApplyBody,
    requests.EmptyBody,
    requests.OverrideBody,
]
TOLD: list[type[Struct]] = [
    Change,
    Fleet,
    GateAnswer,
    HistoryLine,
    Outcome,
    Fitness,
    Remedy,
    RestoreSetting,
    LastChange,
]
ADDED = {"Change": {"approvals_missing", "says", "remedies"}, "Fitness": {"fit"}}
"""What answers tell besides a struct's own fields."""

NAMED_ONCE = {"Drift", "Known", "Status"}
"""Structs that are told in another shape; the answers of the tests are held against the schema."""


def in_code(*structs: type[Struct]) -> dict[str, Any]:
    """The schemas of structs and all that they hold, by name."""
    _, schemas = msgspec.json.schema_components(structs, ref_template="#/components/schemas/{name}")
    return schemas


SCHEMAS = in_code(*BODIES, *TOLD, Status)
TOLD_NAMES = sorted(set(SCHEMAS) - {each.__name__ for each in BODIES} - NAMED_ONCE)


def plain(schema: Any, schemas: dict[str, Any]) -> Any:
    """Write a schema in one of the ways it can be written, without the words about it."""
    if "$ref" in schema:
        return plain(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if isinstance(schema.get("type"), list):
        return plain({"anyOf": [{"type": each} for each in schema["type"]]}, schemas)
    if "anyOf" in schema:
        return {"anyOf": sorted((plain(each, schemas) for each in schema["anyOf"]), key=repr)}
    found = {
        key: schema[key]
        for key in ("type", "pattern", "minLength", "maxLength", "minItems", "maxItems")
        if key in schema
    }
    if "enum" in schema:
        found["enum"] = sorted(schema["enum"])
    if "items" in schema:
        found["items"] = plain(schema["items"], schemas)
    if "properties" in schema:
        fields = schema["properties"].items()
        found["properties"] = {name: plain(field, schemas) for name, field in fields}
    closed = schema.get("additionalProperties", True)
    found["else"] = closed if isinstance(closed, bool) else plain(closed, schemas)
    return found


def test_it_is_openapi() -> None:
    validate(document())


@pytest.mark.parametrize("name", [each.__name__ for each in BODIES])
def test_a_body_is_described_as_it_is_read(name: str) -> None:
    described = document()["components"]["schemas"]
    assert plain(described[name], described) == plain(SCHEMAS[name], SCHEMAS)
    assert described[name]["additionalProperties"] is False
    assert sorted(described[name].get("required", [])) == sorted(SCHEMAS[name]["required"])


@pytest.mark.parametrize("name", TOLD_NAMES)
def test_what_is_told_is_described_field_by_field(name: str) -> None:
    described = document()["components"]["schemas"]
    there = plain(described[name], described)
    assert sorted(described[name]["required"]) == sorted(described[name]["properties"])
    for added in ADDED.get(name, ()):
        del there["properties"][added]
    here = plain(SCHEMAS[name], SCHEMAS)
    here["properties"] = {key: _without(key, here["properties"]) for key in here["properties"]}
    there["properties"] = {key: _without(key, there["properties"]) for key in there["properties"]}
    assert there["properties"] == here["properties"]


def _without(key: str, properties: dict[str, Any]) -> Any:
    """Leave out the pattern of an id, which the code checks where it is asked for."""
    field = properties[key]
    return {k: v for k, v in field.items() if k != "pattern"} if key == "id" else field


def http_functions() -> Iterator[Function]:
    for function in load_functions(ROOT):
        if function.trigger["type"] == "httpTrigger" and function.name != "health":
            yield function


def test_every_operation_is_a_route_and_every_route_an_operation() -> None:
    described = {
        (method.upper(), path.removeprefix("/"), operation["operationId"])
        for path, item in document()["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    }
    served = {
        (method, function.trigger["route"], function.name)
        for function in http_functions()
        for method in function.trigger["methods"]
    }
    assert described == served
    assert {name for _, _, name in served} == {*OPERATIONS, "openapi"}


def test_the_host_asks_for_no_key_because_the_token_is_checked_in_code() -> None:
    assert {str(f.trigger["authLevel"]).lower() for f in http_functions()} == {"anonymous"}


def test_every_operation_but_the_document_needs_roles_that_there_are() -> None:
    for name in OPERATIONS:
        security = operation_of(name)["security"]
        roles = [role for each in security for role in each.get("bearer", [])]
        assert roles
        assert set(roles) <= set(ROLES)
    assert operation_of("openapi")["security"] == []
    reading = operation_of("read_change")["security"]
    assert [each["bearer"] for each in reading if "bearer" in each] == [[role] for role in READERS]


def test_every_kind_of_problem_is_described_and_no_other() -> None:
    problem = document()["components"]["schemas"]["Problem"]
    kinds = {kind.name for kind in [*KINDS.values(), OWN_PLAN]}
    assert set(problem["properties"]["type"]["enum"]) == {TYPE + name for name in kinds}


@pytest.mark.parametrize("kind", [*KINDS.values(), OWN_PLAN], ids=lambda kind: kind.name)
def test_a_problem_stands_under_its_status(kind: Any) -> None:
    under = [
        resolved(response)["description"]
        for name in OPERATIONS
        for status, response in operation_of(name)["responses"].items()
        if status == str(kind.status)
    ]
    assert any(f"`{kind.name}`" in description for description in under)


def test_the_examples_are_what_they_are_examples_of() -> None:
    described = document()["components"]
    for response in described["responses"].values():
        for content in response["content"].values():
            schema = content["schema"] | {"components": described}
            examples = [resolved(each)["value"] for each in content.get("examples", {}).values()]
            examples += [content["example"]] if "example" in content else []
            for example in examples:
                jsonschema.validate(example, schema, jsonschema.Draft202012Validator)


def test_the_examples_of_bodies_are_read() -> None:
    for name in OPERATIONS:
        body = operation_of(name).get("requestBody")
        if body is None:
            continue
        content = body["content"]["application/json"]
        kind = getattr(requests, content["schema"]["$ref"].rpartition("/")[2])
        examples = [each["value"] for each in content.get("examples", {}).values()]
        examples += [content["example"]] if "example" in content else []
        for example in examples:
            msgspec.convert(example, kind)


def test_the_document_is_deployed_though_the_other_documents_are_not() -> None:
    ignored = (ROOT / ".funcignore").read_text(encoding="utf-8").splitlines()
    assert ignored.index("docs/*") < ignored.index("!docs/openapi.yaml")
    assert not {"docs", "docs/", "*.yaml"} & set(ignored)
