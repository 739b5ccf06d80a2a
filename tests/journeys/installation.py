"""One installation's storage: blob containers of its own, and the queues that all share."""

import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import duckdb
import msgspec
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob.aio import BlobLeaseClient, ContainerClient
from azure.storage.queue import TextBase64DecodePolicy, TextBase64EncodePolicy
from azure.storage.queue.aio import QueueClient
from msgspec import Struct

from local.issuer import LOCAL_AUDIENCE
from local.sweep.programs import LOCAL_WRITER
from shared.adapters.storage.account import queue_client
from shared.bootstrap import build_storage
from shared.config import read_settings
from shared.domain.sweep import Sweep
from shared.messages import QUEUES
from shared.report.summary import Summary
from tests.journeys.waiting import until


class Swept(Struct, frozen=True):
    """A complete sweep: its summary, its devices by Intune id, and its changes."""

    record: Sweep
    summary: Summary
    devices: dict[str, dict[str, Any]]
    changes: list[dict[str, Any]]


class Installation:
    """What a test sees of the app: its settings, blobs and queues, emptied on both ends."""

    def __init__(self, connection: str, graph_url: str) -> None:
        self.environ = {
            "FUNCTIONS_WORKER_RUNTIME": "python",
            "AzureWebJobsStorage": connection,
            "READINESS_CONTAINER": f"journey-{uuid4().hex}",
            "SWEEP_SCHEDULE": "0 0 2 * * *",
            "POLL_SCHEDULE": "0 */15 * * * *",
            "HEALTH_SCHEDULE": "0 10,40 * * * *",
            "GRAPH_URL": graph_url,
            "TENANT_ID": "contoso.example",
            "AUDIT_CONTAINER": f"journey-audit-{uuid4().hex}",
            "API_AUDIENCE": LOCAL_AUDIENCE,
            "RESTORE_CLIENT_ID": LOCAL_WRITER,
        }
        self.stored = build_storage(read_settings(self.environ))
        self._queues = queue_client(connection, None, None)

    async def __aenter__(self) -> Self:
        await self.empty_queues()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.empty_queues()
        await self._queues.close()
        await self.stored.connections.aclose()

    async def send(self, queue: str, text: str) -> None:
        """Put a message on a queue, whatever it says."""
        await self._queue(queue).send_message(text)

    async def peek(self, queue: str) -> list[str]:
        """Read the messages on a queue that can be seen, leaving them there."""
        return [str(m.content) for m in await self._queue(queue).peek_messages(max_messages=32)]

    async def idle(self, names: Sequence[str] = QUEUES) -> bool:
        """Tell whether no message is left on these queues, running or waiting."""
        counts = [await self._queue(name).get_queue_properties() for name in names]
        return not any(queue.approximate_message_count for queue in counts)

    async def empty_queues(self) -> None:
        """Forget all messages, those too that cannot be seen yet."""
        for name in (*QUEUES, *(f"{queue}-poison" for queue in QUEUES)):
            try:
                await self._queue(name).clear_messages()
            except ResourceNotFoundError:
                await self._queue(name).create_queue()

    async def blobs(self) -> dict[str, bytes]:
        """Read every blob that is there; what goes while they are read is left out."""
        found = {}
        async with self._container() as container:
            async for name in container.list_blob_names():
                with suppress(ResourceNotFoundError):
                    found[name] = await (await container.download_blob(name)).readall()
        return found

    async def remove(self, name: str) -> None:
        """Remove a blob, as a careless hand would."""
        async with self._container() as container:
            await container.delete_blob(name)

    async def break_lease(self, name: str) -> None:
        """Break the lease on a blob, in place of the minute after which a dead holder loses it."""
        async with self._container() as container:
            with suppress(ResourceNotFoundError, ResourceExistsError):
                await BlobLeaseClient(container.get_blob_client(name)).break_lease(0)

    async def current(self) -> str | None:
        """Read which sweep's snapshot is current."""
        pointer, _ = await self.stored.snapshots.current()
        return pointer.sweep if pointer else None

    async def pages(self) -> int:
        """Count the pages that the running sweep has stored."""
        active = await self.stored.sweeps.active()
        return len(await self.stored.sweeps.pages(active.sweep)) if active.sweep else 0

    async def end_of_sweep(self, after: Sweep | None = None) -> Sweep:
        """Wait until the sweep that follows another has ended and tidied up, in whatever way."""
        sweeps = self.stored.sweeps

        async def ended() -> Sweep | None:
            last = await sweeps.last()
            if last is None or last.state == "paging" or (after and last.id == after.id):
                return None
            tidied = (await sweeps.active()).sweep is None and not await sweeps.pages(last.id)
            return last if tidied else None

        return await until(ended)

    async def result(self, record: Sweep) -> Swept:
        """Read what a complete sweep left."""
        assert record.state == "complete", record.reason
        assert await self.current() == record.id
        summary = msgspec.json.decode(await self.stored.snapshots.summary(record.id), type=Summary)
        devices = await self.rows(record.id, "devices.parquet")
        by_id = {row["id"]: row for row in devices}
        assert len(by_id) == len(devices)
        return Swept(record, summary, by_id, await self.rows(record.id, "changes.parquet"))

    async def rows(self, sweep: str, name: str) -> list[dict[str, Any]]:
        """Read a Parquet file of a snapshot."""
        with tempfile.TemporaryDirectory(prefix="journey-") as folder, duckdb.connect() as db:
            file = Path(folder) / name
            await self.stored.snapshots.file(sweep, name, file)
            found = db.execute("FROM read_parquet($file)", {"file": str(file)})
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def _container(self) -> ContainerClient:
        return ContainerClient.from_connection_string(
            self.environ["AzureWebJobsStorage"], self.environ["READINESS_CONTAINER"]
        )

    def _queue(self, name: str) -> QueueClient:
        return self._queues.get_queue_client(
            name,
            message_encode_policy=TextBase64EncodePolicy(),
            message_decode_policy=TextBase64DecodePolicy(),
        )
