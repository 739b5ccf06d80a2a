"""A stand-in of the app's HTTP API over a real socket, which answers as it is told to."""

import asyncio
import threading
from collections.abc import Mapping
from typing import Any, Self

import msgspec
from aiohttp import web
from msgspec import Struct

CUT = "the connection breaks"


class Asked(Struct, frozen=True):
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


class Said(Struct, frozen=True):
    """An answer to give."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = {}


class StandIn:
    """An app that notes what it is asked, and answers in the given order, the last one for ever."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._answers: list[Said | str] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.url = ""

    def forget(self) -> None:
        """Begin anew: nothing was asked, and nothing is to be answered."""
        self.asked.clear()
        self._answers.clear()

    def answers(
        self, what: object, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        """Answer with this object as JSON, or these bytes."""
        body = what if isinstance(what, bytes) else msgspec.json.encode(what)
        self._answers.append(Said(body, status, headers or {}))

    def refuses(self, name: str, status: int, detail: str, **more: object) -> None:
        """Answer with a problem."""
        kind = f"urn:windows-backup-readiness:problem:{name}"
        problem = {"type": kind, "title": name.capitalize(), "status": status, "detail": detail}
        self.answers(problem | more, status)

    def breaks(self) -> None:
        """Break the connection instead of answering."""
        self._answers.append(CUT)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(5)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        known = msgspec.json.decode(body) if body else None
        self.asked.append(Asked(request.method, request.path_qs, request.headers.copy(), known))
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, str):
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return web.Response(body=answer.body, status=answer.status, headers=answer.headers)
