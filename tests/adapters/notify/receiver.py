"""A webhook receiver on a real socket: it answers, hangs or cuts as a test tells it to."""

import asyncio
import socket
import struct
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web
from aiohttp.test_utils import TestServer

DROP_ALL = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""Linger for no time: what is closed so is reset, and not ended in order."""

Whim = Literal["answers", "hangs", "cuts unread", "cuts", "resets", "breaks off", "trickles"]


@dataclass(frozen=True)
class Received:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Answers all alike, and remembers what it read."""

    url: str = ""
    status: int = 202
    headers: dict[str, str] = field(default_factory=dict)
    whim: Whim = "answers"
    received: list[Received] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        if self.whim == "cuts unread":
            request.transport.abort()
            return web.Response()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.received.append(Received(request.path, headers, await request.read()))
        if self.whim == "hangs":
            await self.over.wait()
        if self.whim == "cuts":
            request.transport.abort()
        if self.whim == "resets":
            connection = request.transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, DROP_ALL)
            request.transport.abort()
        if self.whim == "trickles":
            await self._trickle(request.transport)
        if self.whim == "breaks off":
            return await self._break_off(request)
        return web.Response(status=self.status, headers=self.headers)

    async def _trickle(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(b"HTTP/1.1 202 Accepted\r\n")
        while not self.over.is_set():
            transport.write(b"X-Slow: yes\r\n")
            await asyncio.sleep(0.02)

    async def _break_off(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=self.status, headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"only the beginning")
        assert request.transport is not None
        request.transport.abort()
        return response


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """Run a receiver on a free port of this machine."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", receiver.handle)
    server = TestServer(app)
    await server.start_server(access_log=None)
    receiver.url = f"http://127.0.0.1:{server.port}"
    try:
        yield receiver
    finally:
        receiver.over.set()
        await server.close()
