"""A sign-in host's keys on a real socket: there, slow, broken or gone, as a test wants it."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEYS = "/keys"


@dataclass
class KeyServer:
    """Answers every request alike, and remembers which were made.

    `body` stands for what is served instead of `document`; `gate` holds answers back while it is
    not set.
    """

    document: dict[str, Any]
    url: str = ""
    status: int = 200
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    asked: list[str] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    arrivals: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    @property
    def keys_url(self) -> str:
        return f"{self.url}{KEYS}"

    @property
    def lure(self) -> str:
        """An address that nobody who checks a token has any business at."""
        return f"{self.url}/lure"

    async def next_arrival(self) -> None:
        """Wait until one more request has come in than were waited for before."""
        await asyncio.to_thread(self.arrivals.acquire)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.append(handler.path)
        self.arrivals.release()
        self.gate.wait()
        body = json.dumps(self.document).encode() if self.body is None else self.body
        handler.send_response(self.status)
        for name, value in self.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body) + self.cut))
        handler.end_headers()
        handler.wfile.write(body)


@contextmanager
def key_server(document: dict[str, Any]) -> Iterator[KeyServer]:
    """Serve keys on a free port of this machine."""
    served = KeyServer(document)
    served.gate.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.answer(self)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        served.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield served
        finally:
            served.gate.set()
            server.shutdown()
            thread.join()
