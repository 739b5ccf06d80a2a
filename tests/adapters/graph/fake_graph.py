"""A scripted Graph on a real socket: it answers what a test tells it to, and remembers all."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass(frozen=True)
class Reply:
    """One scripted answer; `cut` breaks the connection in the middle of the body."""

    body: bytes = b"{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def batched(self) -> list[str]:
        """The paths asked for inside a batch."""
        return [r["url"] for r in msgspec.json.decode(self.body)["requests"]]


Script = Callable[[Asked], Reply]


def reply(content: Any, status: int = 200, **headers: str) -> Reply:
    """Answer with JSON; underscores in header names stand for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(msgspec.json.encode(content), status, named)


def listed(*items: Any, following: str | None = None) -> Reply:
    """Answer with one page of a list."""
    return reply({"value": items} | ({"@odata.nextLink": following} if following else {}))


def error(status: int, code: str = "Broken", message: str = "No.", **headers: str) -> Reply:
    """Refuse as Graph does."""
    return reply({"error": {"code": code, "message": message}}, status, **headers)


class FakeGraph:
    """Answers each path from its own queue of replies, or by a function of the request.

    The last reply of a queue is given again and again. A path nobody scripted is a 404.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._scripts: dict[str, Script] = {}
        self.url = ""

    def on(self, path: str, *replies: Reply) -> None:
        """Give these replies, one after the other, to whoever asks for the path."""
        waiting = list(replies)
        self._scripts[path] = lambda _: waiting.pop(0) if len(waiting) > 1 else waiting[0]

    def answer(self, path: str, script: Script) -> None:
        """Answer by a function."""
        self._scripts[path] = script

    def batches(self, inner: Callable[[str], tuple[int, Any]]) -> None:
        """Answer every batch, each of its paths by a function to status and body."""

        def script(asked: Asked) -> Reply:
            requests = msgspec.json.decode(asked.body)["requests"]
            answers = [(r["id"], *inner(r["url"])) for r in reversed(requests)]
            return reply({"responses": [{"id": i, "status": s, "body": b} for i, s, b in answers]})

        for root in ("/beta", "/v1.0"):
            self._scripts[f"{root}/$batch"] = script

    def asked_for(self, path: str) -> list[Asked]:
        """Return the requests for one path."""
        return [a for a in self.asked if a.path == path]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        asked = Asked(
            request.method,
            request.path,
            dict(request.query),
            {name.lower(): value for name, value in request.headers.items()},
            await request.read(),
        )
        self.asked.append(asked)
        script = self._scripts.get(asked.path)
        given = error(404, "NotFound") if script is None else script(asked)
        if not given.cut:
            return web.Response(body=given.body, status=given.status, headers=given.headers)
        response = web.StreamResponse(headers={"Content-Length": str(len(given.body) + 1)})
        await response.prepare(request)
        await response.write(given.body)
        assert request.transport is not None
        request.transport.close()
        return response


@asynccontextmanager
async def fake_graph() -> AsyncIterator[FakeGraph]:
    """Run a scripted Graph on a free port of this machine."""
    graph = FakeGraph()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", graph._handle)
    server = TestServer(app)
    await server.start_server()
    graph.url = f"http://127.0.0.1:{server.port}"
    try:
        yield graph
    finally:
        await server.close()
