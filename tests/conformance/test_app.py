"""What the real worker accepts though it is broken, and Azure would only say at run time."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from local.host.functions import Function, load_functions
from local.host.http_trigger import serve
from local.host.ncrontab import Ncrontab
from local.host.settings import expand, read_host_json
from shared import messages
from shared.errors import InputError
from tests.conformance.conftest import HERE, ROOT

HOST_JSON: dict[str, Any] = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def functions() -> tuple[Function, ...]:
    return load_functions(ROOT)


@pytest.fixture(scope="module")
def sample() -> dict[str, str]:
    """The app settings that a developer starts with."""
    file = json.loads((ROOT / "local.settings.sample.json").read_text(encoding="utf-8"))
    values: dict[str, str] = file["Values"]
    return values


def triggers(functions: tuple[Function, ...], kind: str) -> list[Function]:
    return [function for function in functions if function.trigger["type"] == kind]


def queue_names(functions: tuple[Function, ...], sample: dict[str, str]) -> Iterator[str]:
    for function in functions:
        for binding in function.bindings:
            if "queueName" in binding:
                yield expand(binding["queueName"], sample, function.name)


def test_every_schedule_is_valid_ncrontab(
    functions: tuple[Function, ...], sample: dict[str, str]
) -> None:
    for function in triggers(functions, "timerTrigger"):
        Ncrontab(expand(function.trigger["schedule"], sample, function.name))


def test_every_queue_name_is_legal_and_known_to_messages(
    functions: tuple[Function, ...], sample: dict[str, str]
) -> None:
    for name in queue_names(functions, sample):
        assert re.fullmatch(r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*", name), name
        assert name in messages.QUEUES


def test_every_queue_of_messages_has_its_function(
    functions: tuple[Function, ...], sample: dict[str, str]
) -> None:
    listened = [
        expand(function.trigger["queueName"], sample, function.name)
        for function in triggers(functions, "queueTrigger")
    ]
    assert sorted(listened) == sorted(messages.QUEUES)


def test_no_two_functions_share_a_route_and_method(functions: tuple[Function, ...]) -> None:
    prefix = read_host_json(ROOT).route_prefix
    taken = Counter(
        (re.sub(r"\{[^}]*\}", "{}", served.route.template.lower()), method)
        for function in triggers(functions, "httpTrigger")
        for served in [serve(function, prefix)]
        for method in served.methods or {"GET", "POST"}
    )
    assert [route for route, count in taken.items() if count > 1] == []


def test_no_route_begins_where_the_host_keeps_its_own(functions: tuple[Function, ...]) -> None:
    prefix = read_host_json(ROOT).route_prefix
    for function in triggers(functions, "httpTrigger"):
        first = serve(function, prefix).route.template.split("/")[0]
        assert first not in ("admin", "runtime")


def test_every_setting_named_in_a_decorator_is_in_the_sample(
    functions: tuple[Function, ...], sample: dict[str, str]
) -> None:
    for function in functions:
        for binding in function.bindings:
            for name in re.findall(r"%([^%]+)%", json.dumps(dict(binding))):
                assert name in sample, f"{function.name} uses %{name}%"
            if "connection" in binding:
                assert binding["connection"] in sample, f"{function.name} uses a connection"


def test_host_json_keeps_to_its_schema() -> None:
    schema = json.loads((HERE / "host.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft7Validator(schema)
    validator.check_schema(schema)
    assert [error.message for error in validator.iter_errors(HOST_JSON)] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("functionTimeout", "10 minutes"),
        ("extensions.queues.maxDequeCount", 5),
        ("extensions.queues.batchSize", 33),
        ("extensions.queues.messageEncoding", "base65"),
        ("extensionBundle.version", "4.x"),
        ("logging.logLevel.default", "Verbose"),
    ],
)
def test_a_mistake_in_host_json_breaks_its_schema(path: str, value: object) -> None:
    schema = json.loads((HERE / "host.schema.json").read_text(encoding="utf-8"))
    broken = json.loads(json.dumps(HOST_JSON))
    *parents, name = path.split(".")
    place = broken
    for parent in parents:
        place = place[parent]
    place[name] = value
    assert not jsonschema.Draft7Validator(schema).is_valid(broken)


def test_host_json_and_messages_agree_on_the_queues() -> None:
    queues = HOST_JSON["extensions"]["queues"]
    assert queues["maxDequeueCount"] == messages.MAX_DEQUEUE_COUNT
    assert queues["messageEncoding"] == "base64"


def test_the_schedule_check_tells_a_bad_one() -> None:
    with pytest.raises(InputError):
        Ncrontab("0 0 2 * * 7")
