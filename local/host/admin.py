"""The admin endpoints: the host's status, the list of functions, and invoking one by hand."""

import asyncio
import json
import logging
import time
from typing import Any

from aiohttp import web
from azure.functions.meta import Datum

from local.host.app import App
from local.host.functions import Function
from local.host.http_trigger import HttpTrigger
from local.host.queue_trigger import invented_message, trigger_metadata
from local.host.timer_trigger import timer_datum

log = logging.getLogger("local.host")


class Admin:
    """Serves /admin as the real host has it; `finish` waits for what was invoked."""

    def __init__(self, app: App, http: HttpTrigger) -> None:
        self._app = app
        self._http = http
        self._started = time.monotonic()
        self._running: set[asyncio.Task[None]] = set()

    def routes(self) -> list[web.RouteDef]:
        """Give the routes to serve ahead of the app's own."""
        return [
            web.get("/admin/host/status", self.status),
            web.get("/admin/functions", self.functions),
            web.post("/admin/functions/{name}", self.invoke),
        ]

    async def status(self, request: web.Request) -> web.Response:
        """Say that the host runs, and for how many milliseconds it has."""
        self._admit(request)
        uptime = int((time.monotonic() - self._started) * 1000)
        return web.json_response(
            {"id": self._app.host_id, "state": "Running", "processUptime": uptime}
        )

    async def functions(self, request: web.Request) -> web.Response:
        """List the functions with their bindings."""
        self._admit(request)
        return web.json_response([self._described(each) for each in self._app.functions.values()])

    async def invoke(self, request: web.Request) -> web.Response:
        """Start a function with the `input` in the body; 202 says that it was started."""
        self._admit(request)
        function = self._app.functions.get(request.match_info["name"])
        if function is None:
            raise web.HTTPNotFound
        try:
            asked = json.loads(await request.text())
        except ValueError:
            asked = None
        if not isinstance(asked, dict):
            raise web.HTTPBadRequest(text='The body must be JSON like {"input": "..."}.')
        given = asked.get("input", "")
        text = given if isinstance(given, str) else json.dumps(given)
        if function.trigger["type"] == "httpTrigger":
            raise web.HTTPBadRequest(text=f"{function.name} answers at its route.")
        task = asyncio.create_task(self._run(function, text))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return web.Response(status=202)

    async def finish(self, grace: float) -> None:
        """Wait for the functions that were started, at most `grace` seconds."""
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _run(self, function: Function, text: str) -> None:
        try:
            if function.trigger["type"] == "timerTrigger":
                await self._app.invoke(function, timer_datum(None, past_due=False))
            else:
                message = invented_message(text)
                await self._app.invoke(function, Datum(text, "string"), trigger_metadata(message))
        except Exception:
            log.exception("%s failed", function.name)

    def _admit(self, request: web.Request) -> None:
        if not self._http.authorized(request):
            raise web.HTTPUnauthorized

    def _described(self, function: Function) -> dict[str, Any]:
        route = next((s.route for s in self._http.served if s.function is function), None)
        return {
            "name": function.name,
            "language": "python",
            "isDisabled": False,
            "invoke_url_template": f"/{route.template}" if route else None,
            "config": {"bindings": function.bindings},
        }
