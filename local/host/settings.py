"""What host.json, local.settings.json and the environment tell the host."""

import json
import re
from collections import ChainMap
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from local.azurite import DEVELOPMENT_STORAGE
from shared.errors import SettingsError

RETRY: Mapping[str, Any] = {"initial_backoff": 1, "increment_base": 2, "retry_total": 4}
"""How storage clients retry: the SDK's own first wait, about 15 s, is long beside Azurite."""
_SPAN = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2}(?:\.\d+)?)")


class HostJson(Struct, frozen=True):
    """The part of host.json that the local host honours, with the real host's defaults.

    Times are in seconds; `function_timeout` is None where a function may run for ever.
    """

    route_prefix: str = "api"
    batch_size: int = 16
    new_batch_threshold: int = 8
    max_dequeue_count: int = 5
    max_polling_interval: float = 60.0
    visibility_timeout: int = 0
    base64: bool = True
    function_timeout: float | None = None


def seconds(span: str) -> float:
    """Read a .NET time span, `[d.]hh:mm:ss[.f]`. Raises SettingsError."""
    match = _SPAN.fullmatch(span)
    if match is None:
        raise SettingsError(f"host.json has the time span {span!r}, and must have hh:mm:ss")
    days, hours, minutes, rest = match.groups(default="0")
    return int(days) * 86400 + int(hours) * 3600 + int(minutes) * 60 + float(rest)


def read_host_json(app_dir: Path) -> HostJson:
    """Read host.json. Raises SettingsError when it is missing or cannot be read."""
    host = _read_object(app_dir / "host.json")
    if host is None:
        raise SettingsError(f"{app_dir} has no host.json, so it is no function app")
    extensions = host.get("extensions", {})
    queues = extensions.get("queues", {})
    batch_size = queues.get("batchSize", 16)
    timeout = host.get("functionTimeout", "-1")
    return HostJson(
        route_prefix=extensions.get("http", {}).get("routePrefix", "api").strip("/"),
        batch_size=batch_size,
        new_batch_threshold=queues.get("newBatchThreshold", batch_size // 2),
        max_dequeue_count=queues.get("maxDequeueCount", 5),
        max_polling_interval=seconds(queues.get("maxPollingInterval", "00:01:00")),
        visibility_timeout=int(seconds(queues.get("visibilityTimeout", "00:00:00"))),
        base64=queues.get("messageEncoding", "base64").lower() == "base64",
        function_timeout=None if timeout.startswith("-") else seconds(timeout),
    )


def read_app_settings(app_dir: Path, environ: MutableMapping[str, str]) -> Mapping[str, str]:
    """Join local.settings.json with the environment, which wins as under `func start`.

    `UseDevelopmentStorage=true`, which the Python SDK does not know, becomes the connection
    string it stands for. `environ` itself is looked into, since on Windows os.environ knows names
    in any case. Raises SettingsError when the file cannot be read.
    """
    path = app_dir / "local.settings.json"
    file = _read_object(path) or {}
    if file.get("IsEncrypted"):
        raise SettingsError(f"{path} is encrypted; decrypt it with `func settings decrypt`")
    values = {name: str(value) for name, value in file.get("Values", {}).items()}
    development = {
        name: DEVELOPMENT_STORAGE
        for name, value in ChainMap(environ, values).items()
        if value == "UseDevelopmentStorage=true"
    }
    return ChainMap(development, environ, values)


def expand(text: str, settings: Mapping[str, str], function: str) -> str:
    """Put app settings in the place of their %NAME%s. Raises SettingsError naming the setting."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in settings:
            raise SettingsError(
                f"function {function} uses the app setting {match[1]}, which is not set;"
                " set it in local.settings.json or the environment"
            )
        return settings[match[1]]

    return re.sub(r"%([^%]+)%", value, text)


def connection_string(
    binding: Mapping[str, Any], settings: Mapping[str, str], function: str
) -> str:
    """Find the storage connection of a binding. Raises SettingsError naming the setting."""
    name = binding.get("connection") or "AzureWebJobsStorage"
    if not settings.get(name):
        raise SettingsError(
            f"function {function} needs the app setting {name}; set it to a storage connection"
            " string (the local host takes no managed identity)"
        )
    return settings[name]


def _read_object(path: Path) -> dict[str, Any] | None:
    """Read a JSON object, None when there is no such file. Raises SettingsError."""
    try:
        value = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise SettingsError(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(value, dict):
        raise SettingsError(f"{path} must hold a JSON object")
    return value
