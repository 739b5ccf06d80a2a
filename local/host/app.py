"""A loaded app: its functions, its settings, and what happens when one of them is called."""

import asyncio
import inspect
import logging
import re
import threading
import time
import typing
import uuid
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from types import SimpleNamespace

import azure.functions as func
from azure.functions.meta import Datum

from local.host.functions import Function, load_functions
from local.host.queues import Queues
from local.host.settings import HostJson, read_app_settings, read_host_json
from shared.errors import InputError

log = logging.getLogger("local.host")
converters = func.get_binding_registry()  # type: ignore[no-untyped-call]


class App:
    """The app in `app_dir`, whose functions can be invoked; `async with` closes its queues."""

    def __init__(self, app_dir: Path, environ: MutableMapping[str, str]) -> None:
        self.directory = app_dir.resolve()
        self.host_json: HostJson = read_host_json(self.directory)
        self.settings = read_app_settings(self.directory, environ)
        self.functions = {each.name: each for each in load_functions(self.directory)}
        self.queues = Queues(self.settings, base64=self.host_json.base64)
        name = re.sub(r"[^a-z0-9-]", "-", self.directory.name.lower())
        self.host_id = self.settings.get("AzureFunctionsWebHost__hostid", name)[:32]

    async def invoke(
        self, function: Function, data: Datum, metadata: Mapping[str, Datum] | None = None
    ) -> object:
        """Decode, call, deliver the outputs and give the result, as host and worker do together.

        A plain function runs in a thread, which goes on by itself when the time is up. Raises
        what the function raises, and TimeoutError after functionTimeout.
        """
        trigger = function.trigger
        arguments = {trigger["name"]: _argument(function, data, metadata or {})}
        outs = {name: _Out() for name in function.outputs if name != "$return"}
        parameters = inspect.signature(function.call).parameters
        if "context" in parameters and "context" not in {b["name"] for b in function.bindings}:
            arguments["context"] = self._context(function)
        started = time.perf_counter()
        result = await self._call(function, arguments | outs)
        if result is not None and "$return" not in function.outputs:
            raise InputError(f"function {function.name} returned a value and has no binding for it")
        values = {name: out.get() for name, out in outs.items()} | {"$return": result}
        for name, binding in function.outputs.items():
            if binding["type"] == "queue" and values[name] is not None:
                datum = converters.get("queue").encode(values[name], expected_type=None)
                await self.queues.deliver(binding, datum, function.name)
        log.info("%s succeeded in %.2f s", function.name, time.perf_counter() - started)
        return result

    async def _call(self, function: Function, arguments: Mapping[str, object]) -> object:
        limit = self.host_json.function_timeout
        try:
            async with asyncio.timeout(limit) as clock:
                if inspect.iscoroutinefunction(function.call):
                    return await function.call(**arguments)
                return await asyncio.to_thread(function.call, **arguments)
        except TimeoutError as error:
            if clock.expired():
                raise TimeoutError(
                    f"function {function.name} ran longer than functionTimeout, {limit:g} s"
                ) from error
            raise

    def _context(self, function: Function) -> SimpleNamespace:
        return SimpleNamespace(
            invocation_id=str(uuid.uuid4()),
            function_name=function.name,
            function_directory=str(self.directory),
            thread_local_storage=threading.local(),
            trace_context=None,
            retry_context=None,
        )


def _argument(function: Function, data: Datum, metadata: Mapping[str, Datum]) -> object:
    """Decode what the trigger carries, as text where the function asks for a plain str."""
    trigger = function.trigger
    wanted = typing.get_type_hints(function.call).get(trigger["name"])
    if wanted is str and data.type == "string":
        return data.value
    return converters.get(trigger["type"]).decode(data, trigger_metadata=metadata)


class _Out(func.Out[object]):
    """An output parameter: the function sets it, the host delivers it."""

    def __init__(self) -> None:
        self._value: object = None

    def set(self, val: object) -> None:
        self._value = val

    def get(self) -> object:
        return self._value
