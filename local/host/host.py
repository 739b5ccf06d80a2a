"""The local host: it starts and stops everything that serves an app."""

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Protocol, Self

from aiohttp import web

from local.host.admin import Admin
from local.host.app import App
from local.host.http_trigger import HttpTrigger
from local.host.queue_trigger import QueueListener
from local.host.settings import connection_string
from local.host.timer_status import TimerStatuses
from local.host.timer_trigger import TimerListener, schedule_of

log = logging.getLogger("local.host")
VISIBILITY = 600
"""Seconds the real host keeps a message invisible; it renews at half time."""
_LARGEST_BODY = 100 * 2**20
_RESTART_DELAY = 5.0


class _Listener(Protocol):
    async def run(self, stopping: asyncio.Future[None]) -> None: ...


class LocalHost:
    """Serves the triggers that the function_app.py in `app_dir` registers.

    `environ` takes the place of os.environ, and os.environ shows the app's settings while the host
    serves, since apps read them there. With `timers` false, timers fire only by hand. With a `key`,
    authorization levels are checked. `visibility` is how many seconds a message stays away after
    this host was killed. Raises SettingsError or InputError for an app that cannot be served.
    """

    def __init__(
        self,
        app_dir: str | Path,
        environ: Mapping[str, str] | None = None,
        timers: bool = True,
        *,
        key: str | None = None,
        visibility: int = VISIBILITY,
        grace: float = 10.0,
    ) -> None:
        self.app = App(Path(app_dir), os.environ if environ is None else dict(environ))
        self.port = 0
        self._visibility = visibility
        self._grace = grace
        self._http = HttpTrigger(self.app, key)
        self._schedules = {
            function.name: schedule_of(function, self.app.settings)
            for function in self.app.functions.values()
            if function.trigger["type"] == "timerTrigger"
        }
        self._timers = timers

    @contextlib.asynccontextmanager
    async def serving(self, port: int = 7071) -> AsyncIterator[Self]:
        """Serve on a loopback port (0 takes a free one) until the block is left.

        Then running functions get `grace` seconds to finish; messages of those that do not are
        released. Raises OSError when the port is taken.
        """
        async with contextlib.AsyncExitStack() as stack:
            stack.enter_context(_environment(self.app.settings))
            stack.push_async_callback(self.app.queues.close)
            listeners = await self._listeners(stack)
            admin = Admin(self.app, self._http)
            runner = await self._listen(admin, port)
            stack.push_async_callback(runner.cleanup)
            stack.push_async_callback(admin.finish, self._grace)
            stopping: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            tasks = {
                asyncio.create_task(_keep_running(name, listener, stopping))
                for name, listener in listeners.items()
            }
            try:
                yield self
            finally:
                stopping.set_result(None)
                await _finish(tasks, self._grace)

    async def _listen(self, admin: Admin, port: int) -> web.AppRunner:
        server = web.Application(client_max_size=_LARGEST_BODY)
        server.add_routes(admin.routes())
        server.router.add_route("*", r"/{path:[\s\S]*}", self._http.answer)
        runner = web.AppRunner(server, access_log=None, shutdown_timeout=self._grace)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
        except OSError:
            await runner.cleanup()
            raise
        self.port = runner.addresses[0][1]
        return runner

    async def _listeners(self, stack: contextlib.AsyncExitStack) -> dict[str, _Listener]:
        app = self.app
        listeners: dict[str, _Listener] = {}
        for function in app.functions.values():
            if function.trigger["type"] == "queueTrigger":
                listeners[function.name] = QueueListener(app, function, self._visibility)
        if self._timers and self._schedules:
            first = next(iter(self._schedules))
            statuses = TimerStatuses(connection_string({}, app.settings, first), app.host_id)
            stack.push_async_callback(statuses.close)
            for name, schedule in self._schedules.items():
                listeners[name] = TimerListener(app, app.functions[name], schedule, statuses)
        return listeners


async def _keep_running(name: str, listener: _Listener, stopping: asyncio.Future[None]) -> None:
    """Run a listener, starting it anew when it fails: its trigger must not fall silent."""
    while not stopping.done():
        try:
            await listener.run(stopping)
        except Exception:
            log.exception("%s is not listened for; trying again in %g s", name, _RESTART_DELAY)
            await asyncio.wait({stopping}, timeout=_RESTART_DELAY)


async def _finish(tasks: set[asyncio.Task[None]], grace: float) -> None:
    """Wait for tasks to end, and cancel those that take longer than `grace` seconds."""
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=grace)
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    """Show the settings in os.environ for as long as the block runs."""
    before = dict(os.environ)
    os.environ.update(settings)
    try:
        yield
    finally:
        for name in settings.keys() - before.keys():
            os.environ.pop(name, None)
        os.environ.update(before)
