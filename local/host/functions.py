"""The functions an app registered, with their bindings read."""

import functools
import importlib
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import azure.functions as func
from msgspec import Struct

from shared.errors import InputError

Binding: TypeAlias = Mapping[str, Any]
TRIGGERS = ("httpTrigger", "queueTrigger", "timerTrigger")
OUTPUTS = ("http", "queue")


class Function(Struct, frozen=True, eq=False):
    """One function: its trigger, and its outputs by parameter name (`$return` is the result)."""

    name: str
    call: Callable[..., Any]
    bindings: tuple[Binding, ...]
    trigger: Binding
    outputs: Mapping[str, Binding]


@functools.cache
def load_functions(app_dir: Path) -> tuple[Function, ...]:
    """Import function_app.py as the worker does and read what it registered.

    An app can be asked for its functions but once, so the answer is kept. Raises InputError when
    there is not exactly one app, or a function has a binding that the local host does not serve.
    """
    if not (app_dir / "function_app.py").exists():
        raise InputError(f"{app_dir} has no function_app.py, so it is no function app")
    path = str(app_dir)
    sys.path[:] = [path, *(entry for entry in sys.path if entry != path)]
    sys.modules.pop("function_app", None)
    module = importlib.import_module("function_app")
    apps = [value for value in vars(module).values() if isinstance(value, func.FunctionRegister)]
    if len(apps) != 1:
        raise InputError(f"{app_dir / 'function_app.py'} has {len(apps)} apps, and must have one")
    return tuple(_read(function) for function in apps[0].get_functions())


def _read(function: func.Function) -> Function:
    name = str(function.get_function_name())
    # azure-functions 1.x gives each binding as JSON text, 2.x as a dict.
    bindings = tuple(
        json.loads(raw) if isinstance(raw, str) else raw for raw in function.get_raw_bindings()
    )
    triggers = [binding for binding in bindings if binding["type"] in TRIGGERS]
    outputs = [binding for binding in bindings if binding["type"] in OUTPUTS]
    if len(triggers) != 1 or len(triggers) + len(outputs) != len(bindings):
        kinds = ", ".join(binding["type"] for binding in bindings)
        raise InputError(
            f"function {name} is bound to {kinds}, and the local host serves one trigger of"
            f" {', '.join(TRIGGERS)} with outputs of {', '.join(OUTPUTS)}"
        )
    return Function(
        name=name,
        call=function.get_user_function(),
        bindings=bindings,
        trigger=triggers[0],
        outputs={binding["name"]: binding for binding in outputs},
    )
