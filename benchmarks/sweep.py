"""`python -m benchmarks.sweep DEVICES`: one real sweep, its requests counted where they leave.

It runs the app's own triggers in the local host, on Azurite and a simulated tenant, and prints a
Count.
"""

import asyncio
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock
from urllib.parse import urlsplit

import msgspec
from aiohttp import ClientSession
from azure.core.pipeline.transport import AioHttpTransport, AsyncHttpResponse, HttpRequest
from msgspec import Struct, field

from benchmarks.fleet import TENANT_ID
from local.azurite import Azurite
from local.environment import ROOT
from local.host.host import LocalHost
from local.tenant.server import TenantServer
from shared.adapters.graph.paths import MANAGED_DEVICES
from shared.messages import SWEEP_FINISH

PATIENCE = 150.0
RECEIVING = re.compile(r"/[^/]+/[^/]+/messages")
DELETING = re.compile(r"/[^/]+/([^/]+)/messages/[^/]+")
LIST = MANAGED_DEVICES.removeprefix("/beta")
BATCH = "/$batch"


class Count(Struct, frozen=True):
    """The storage requests and Graph calls of one sweep."""

    blobs: int
    queues: int
    pages: int
    top_ups: int
    other_calls: int

    @property
    def storage(self) -> int:
        """All storage requests together."""
        return self.blobs + self.queues


class Requests(Struct):
    """The storage requests of a sweep, retries included; receiving is counted by messages.

    A poll that found nothing is none of the sweep's, so each message that was settled stands for
    the one receive that brought it.
    """

    blobs: int = 0
    queues: int = 0
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, method: str, url: str, queue_port: int) -> None:
        """Count one request that was answered."""
        parts = urlsplit(url)
        if parts.port != queue_port:
            self.blobs += 1
        elif settled := method == "DELETE" and DELETING.fullmatch(parts.path):
            self.queues += 2
            if settled[1] == SWEEP_FINISH:
                self.finished.set()
        elif method != "GET" or not RECEIVING.fullmatch(parts.path):
            self.queues += 1


async def sweep(devices: int) -> Count:
    """Sweep a tenant for the first time, from the timer to the snapshot."""
    with Azurite() as storage:
        async with TenantServer(devices=devices) as server:
            environ = {
                "FUNCTIONS_WORKER_RUNTIME": "python",
                "AzureWebJobsStorage": storage.connection_string,
                "SWEEP_SCHEDULE": "0 0 2 * * *",
                "POLL_SCHEDULE": "0 */15 * * * *",
                "HEALTH_SCHEDULE": "0 10,40 * * * *",
                "GRAPH_URL": server.url,
                "TENANT_ID": TENANT_ID,
            }
            host = LocalHost(ROOT, environ, timers=False)
            with _counted(storage.connection_string) as requests:
                async with host.serving(0), asyncio.timeout(PATIENCE):
                    await _fire(host.port)
                    await requests.finished.wait()
            calls: Counter[str] = Counter()
            for (family, _), times in server.calls.items():
                calls[family] += times
    pages, top_ups = calls.pop(LIST, 0), calls.pop(BATCH, 0)
    return Count(requests.blobs, requests.queues, pages, top_ups, sum(calls.values()))


async def _fire(port: int) -> None:
    url = f"http://127.0.0.1:{port}/admin/functions/nightly_sweep"
    async with ClientSession() as session, session.post(url, json={}) as answer:
        answer.raise_for_status()


@contextmanager
def _counted(connection: str) -> Iterator[Requests]:
    """Count what the storage clients of this process send, while the block runs."""
    found = re.search(r"QueueEndpoint=http://[^:]+:(\d+)/", connection)
    queue_port = int(found[1]) if found else 0
    requests = Requests()
    send = AioHttpTransport.send

    async def counted(
        self: AioHttpTransport, request: HttpRequest, **options: object
    ) -> AsyncHttpResponse:
        answer: AsyncHttpResponse = await send(self, request, **options)
        requests.note(request.method, request.url, queue_port)
        return answer

    with mock.patch.object(AioHttpTransport, "send", counted):
        yield requests


if __name__ == "__main__":
    print(msgspec.json.encode(asyncio.run(sweep(int(sys.argv[1])))).decode())
