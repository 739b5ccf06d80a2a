"""The HTTP trigger: routes, requests and responses as the real host passes them on."""

import logging
from collections.abc import Iterable, Mapping
from http.cookies import SimpleCookie
from typing import NamedTuple

from aiohttp import web
from azure.functions.meta import Datum

from local.host.app import App, converters
from local.host.functions import Function
from local.host.routes import Route
from shared.errors import InputError

log = logging.getLogger("local.host")


class Served(NamedTuple):
    """One HTTP function under its route; `methods` is empty where any will do."""

    route: Route
    methods: frozenset[str]
    function: Function


class HttpTrigger:
    """Answers requests with the app's HTTP functions.

    Authorization levels are checked when there is a `key`, as the real host does with its own.
    """

    def __init__(self, app: App, key: str | None) -> None:
        self._app = app
        self._key = key
        self.served = sorted(
            (
                serve(function, app.host_json.route_prefix)
                for function in app.functions.values()
                if function.trigger["type"] == "httpTrigger"
            ),
            key=lambda served: served.route.rank,
        )

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Call the function the request is for; 404 when none is, whatever the method."""
        function, parameters = self._find(request)
        level = str(function.trigger.get("authLevel") or "function").lower()
        if level != "anonymous" and not self.authorized(request):
            raise web.HTTPUnauthorized
        data = await _request_datum(request, parameters)
        try:
            result = await self._app.invoke(function, data)
            return _response(result)
        except Exception:
            log.exception("%s failed on %s %s", function.name, request.method, request.path)
            return web.Response(status=500)

    def authorized(self, request: web.Request) -> bool:
        """Tell whether the request carries the key, where there is one."""
        given = request.headers.get("x-functions-key") or request.query.get("code")
        return self._key is None or given == self._key

    def _find(self, request: web.Request) -> tuple[Function, dict[str, str]]:
        for served in self.served:
            if served.methods and request.method not in served.methods:
                continue
            parameters = served.route.match(request.rel_url.raw_path)
            if parameters is not None:
                return served.function, parameters
        raise web.HTTPNotFound


def serve(function: Function, prefix: str) -> Served:
    """Read the route of an HTTP function. Raises InputError naming the function."""
    route = function.trigger.get("route") or function.name
    methods = function.trigger.get("methods") or ()
    try:
        return Served(
            Route(f"{prefix}/{route.strip('/')}"),
            frozenset(str(method).upper() for method in methods),
            function,
        )
    except InputError as error:
        raise InputError(f"function {function.name} cannot be routed: {error}") from error


async def _request_datum(request: web.Request, parameters: Mapping[str, str]) -> Datum:
    headers = ((name.lower(), value) for name, value in request.headers.items())
    return Datum(
        {
            "method": Datum(request.method, "string"),
            "url": Datum(str(request.url), "string"),
            "headers": _joined(headers),
            "query": _joined(request.query.items()),
            "params": _joined(parameters.items()),
            "body": Datum(await request.read(), "bytes"),
        },
        "http",
    )


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, Datum]:
    """Put repeated values behind commas and drop the empty ones."""
    found: dict[str, str] = {}
    for name, value in pairs:
        found[name] = f"{found[name]},{value}" if name in found else value
    return {name: Datum(value, "string") for name, value in found.items() if value}


def _response(result: object) -> web.Response:
    if result is None:
        return web.Response(status=204)
    datum = converters.get("http").encode(result, expected_type=None)
    if datum.type == "string":
        return web.Response(text=datum.value)
    parts = datum.value
    response = web.Response(
        status=int(parts["status_code"].value),
        headers={name: value.value for name, value in parts["headers"].items()},
        body=parts["body"].value,
    )
    cookies: list[SimpleCookie] = parts["cookies"] or []
    for cookie in cookies:
        for morsel in cookie.values():
            response.headers.add("Set-Cookie", morsel.OutputString())
    return response
