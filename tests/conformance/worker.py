"""Run in Python 3.13: drive azure-functions-runtime, the library the real worker is made of.

Reads {"app_dir", "calls": [{"function", "parameter", "data", "metadata"}]} from standard input;
`data` and each value of `metadata` are protobuf's TypedData with one field, such as
{"string": "x"}. Writes {"functions": {name: bindings}, "answers": [...]} to standard output, an
answer being {"result", "outputs"} or {"error"}; {"error"} alone says that the app did not index.
"""

import asyncio
import contextlib
import importlib
import json
import os
import sys
from types import SimpleNamespace
from typing import Any

KINDS = ("http", "json", "string", "bytes")


class Message:
    """Stands in for any protobuf message: what it is given are its fields."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    def WhichOneof(self, _: str) -> str | None:  # noqa: N802  The runtime calls it so.
        return next(
            (kind for kind in (*KINDS, "data") if getattr(self, kind, None) is not None), None
        )


class BindingInfo(Message):
    """The enumerations of FunctionRpc.proto that the runtime compares with."""

    undefined, out, inout = 0, 1, 2


class StatusResult(Message):
    """How a call went, with the numbers of FunctionRpc.proto."""

    Failure, Success = 0, 1


class Protobuf:
    """Gives a message class for every name the runtime asks for."""

    BindingInfo = BindingInfo
    StatusResult = StatusResult

    def __getattr__(self, name: str) -> type[Message]:
        return type(name, (Message,), {})


PROTOBUF = Protobuf()


def request(**content: Any) -> SimpleNamespace:
    return SimpleNamespace(
        request=SimpleNamespace(**content), properties={"host": "127.0.0.1", "protos": PROTOBUF}
    )


def typed(data: dict[str, Any]) -> Message:
    """Write TypedData; bytes travel to this script as text, and HTTP as plain values."""
    ((kind, value),) = data.items()
    if kind == "http":
        body = Message(bytes=value["body"].encode())
        return Message(http=Message(**(value | {"body": body})))
    return Message(**{kind: value})


def plain(data: Any) -> Any:
    """Read TypedData back as {kind: value}."""
    if data is None or (kind := data.WhichOneof("data")) is None:
        return None
    value = getattr(data, kind)
    if kind == "http":
        body = getattr(value.body, "bytes", b"").decode()
        answer = {"status": value.status_code, "headers": dict(value.headers), "body": body}
        return {"http": answer}
    return {kind: value}


async def serve(asked: dict[str, Any]) -> dict[str, Any]:
    runtime = importlib.import_module("azure_functions_runtime")
    runtime.start_threadpool_executor()
    init = SimpleNamespace(capabilities={}, function_app_directory=asked["app_dir"])
    started = await runtime.worker_init_request(request(worker_init_request=init))
    if started.result.status != StatusResult.Success:
        return {"error": started.result.exception.message}
    indexed = await runtime.functions_metadata_request(request())
    found = {each.name: each for each in indexed.function_metadata_results}
    answers = [await answer(runtime, found, call) for call in asked["calls"]]
    bindings = {
        name: [json.loads(b) if isinstance(b, str) else b for b in each.raw_bindings]
        for name, each in found.items()
    }
    return {"functions": bindings, "answers": answers}


async def answer(runtime: Any, found: dict[str, Any], call: dict[str, Any]) -> dict[str, Any]:
    invocation = SimpleNamespace(
        invocation_id="1",
        function_id=found[call["function"]].function_id,
        input_data=[Input(name=call["parameter"], data=typed(call["data"]))],
        trigger_metadata={name: typed(value) for name, value in call["metadata"].items()},
        trace_context=SimpleNamespace(trace_parent="", trace_state="", attributes={}),
        retry_context=SimpleNamespace(retry_count=0, max_retry_count=0, exception=None),
    )
    done = await runtime.invocation_request(request(invocation_request=invocation))
    if done.result.status != StatusResult.Success:
        return {"error": done.result.exception.message}
    outputs = {each.name: plain(each.data) for each in done.output_data}
    return {"result": plain(done.return_value), "outputs": outputs}


class Input(Message):
    """A ParameterBinding, whose one field is always `data`."""

    def WhichOneof(self, _: str) -> str:  # noqa: N802  The runtime calls it so.
        return "data"


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    os.chdir(asked["app_dir"])
    sys.path.insert(0, asked["app_dir"])
    with contextlib.redirect_stdout(sys.stderr):
        said = asyncio.run(serve(asked))
    json.dump(said, sys.stdout)
