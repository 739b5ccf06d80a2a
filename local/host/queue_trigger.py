"""The queue trigger: polling, keeping messages invisible, trying again, poison queues."""

import asyncio
import contextlib
import json
import logging
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.functions.meta import Datum
from azure.storage.queue import QueueMessage

from local.host.app import App
from local.host.functions import Function
from local.host.queues import POISON, send
from shared.errors import MessageError

log = logging.getLogger("local.host")
_FIRST_DELAY = 0.1


class QueueListener:
    """Serves one queue-triggered function until `stopping` is done.

    At most batchSize + newBatchThreshold messages run at a time. A message stays invisible for
    `visibility` seconds, renewed at half time, so a host that is killed leaves it to come back.
    """

    def __init__(self, app: App, function: Function, visibility: int) -> None:
        self._app = app
        self._name = function.name
        self._function = function
        self._visibility = visibility
        self._queue = app.queues.named(function.trigger, function.name)
        self._poison = app.queues.named(function.trigger, function.name, POISON)
        self._running: set[asyncio.Task[None]] = set()

    async def run(self, stopping: asyncio.Future[None]) -> None:
        """Take and run messages; on the way out finish those that run, or release them."""
        settings = self._app.host_json
        delay = _FIRST_DELAY
        try:
            while not stopping.done():
                batch = await self._receive()
                for message in batch:
                    task = asyncio.create_task(self._handle(message))
                    self._running.add(task)
                    task.add_done_callback(self._running.discard)
                if batch:
                    delay = _FIRST_DELAY
                    await self._room(stopping)
                else:
                    await asyncio.wait({stopping}, timeout=delay)
                    delay = min(delay * 2, settings.max_polling_interval)
            if self._running:
                await asyncio.wait(self._running)
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _room(self, stopping: asyncio.Future[None]) -> None:
        while len(self._running) > self._app.host_json.new_batch_threshold and not stopping.done():
            await asyncio.wait({stopping, *self._running}, return_when=asyncio.FIRST_COMPLETED)

    async def _receive(self) -> list[QueueMessage]:
        """Take one batch, none when the queue is not there or storage does not answer."""
        pages = self._queue.receive_messages(
            messages_per_page=min(self._app.host_json.batch_size, 32),
            visibility_timeout=self._visibility,
        ).by_page()
        try:
            return [message async for message in await anext(pages)]
        except (StopAsyncIteration, ResourceNotFoundError):
            return []
        except AzureError as error:
            log.warning("%s cannot read %s: %s", self._name, self._queue.queue_name, error.message)
            return []

    async def _handle(self, message: QueueMessage) -> None:
        try:
            await self._process(message)
        except AzureError:
            log.exception(
                "%s: storage did not take note of what became of message %s in %s,"
                " so it will come back",
                self._name,
                message.id,
                self._queue.queue_name,
            )

    async def _process(self, message: QueueMessage) -> None:
        most = self._app.host_json.max_dequeue_count
        tries = message.dequeue_count or 1
        if tries > most:
            await self._move_to_poison(message)
            return
        try:
            body = self._app.queues.decode(message.content or "")
        except MessageError as error:
            log.error("%s cannot read message %s: %s", self._name, message.id, error)  # noqa: TRY400
            await self._move_to_poison(message)
            return
        try:
            async with self._kept_invisible(message):
                await self._app.invoke(
                    self._function, Datum(body, "string"), trigger_metadata(message)
                )
        except asyncio.CancelledError:
            log.warning("%s was stopped; message %s is released", self._name, message.id)
            await self._release(message, 0)
            raise
        except Exception:
            log.exception("%s failed on %s, try %d of %d", self._name, message.id, tries, most)
            if tries >= most:
                await self._move_to_poison(message)
            else:
                await self._release(message, self._app.host_json.visibility_timeout)
        else:
            await self._queue.delete_message(message)

    @contextlib.asynccontextmanager
    async def _kept_invisible(self, message: QueueMessage) -> AsyncIterator[None]:
        finished = asyncio.get_running_loop().create_future()
        renewing = asyncio.create_task(self._renew(message, finished))
        try:
            yield
        finally:
            # A renewal under way is waited for: it changes the receipt that settles the message.
            finished.set_result(None)
            await renewing

    async def _renew(self, message: QueueMessage, finished: asyncio.Future[None]) -> None:
        while not finished.done():
            await asyncio.wait({finished}, timeout=self._visibility / 2)
            if finished.done():
                return
            try:
                await self._release(message, self._visibility)
            except AzureError as error:
                log.warning(
                    "%s could not keep message %s invisible: %s",
                    self._name,
                    message.id,
                    error.message,
                )

    async def _release(self, message: QueueMessage, seconds: int) -> None:
        """Let a message become visible in so many seconds."""
        updated = await self._queue.update_message(message, visibility_timeout=seconds)
        message.pop_receipt = updated.pop_receipt

    async def _move_to_poison(self, message: QueueMessage) -> None:
        await send(self._poison, message.content or "")
        await self._queue.delete_message(message)
        log.warning(
            "%s: message %s moved to %s after %s tries",
            self._name,
            message.id,
            self._poison.queue_name,
            message.dequeue_count,
        )


def trigger_metadata(message: QueueMessage) -> dict[str, Datum]:
    """Describe a message as the host describes it to the worker."""
    return {
        "Id": Datum(message.id, "string"),
        "PopReceipt": Datum(message.pop_receipt, "string"),
        "DequeueCount": Datum(str(message.dequeue_count), "json"),
        "InsertionTime": _moment(message.inserted_on),
        "ExpirationTime": _moment(message.expires_on),
        "NextVisibleTime": _moment(message.next_visible_on),
    }


def invented_message(body: str) -> QueueMessage:
    """Make up the message of a function that is invoked by hand."""
    now = datetime.now(UTC)
    message = QueueMessage(content=body)
    message.id = message.pop_receipt = str(uuid.uuid4())
    message.dequeue_count = 1
    message.inserted_on = message.next_visible_on = now
    message.expires_on = now + timedelta(days=7)
    return message


def _moment(moment: datetime | None) -> Datum:
    return Datum(json.dumps(moment.isoformat() if moment else None), "json")
