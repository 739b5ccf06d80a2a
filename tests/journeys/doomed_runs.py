"""A process that lets one child after another run a function, and stop dead before one call.

It reads a line for each child: the number of that call to the outside, from 1, and what an HTTP
function is asked. It writes a line when the child stops (its id and "frozen") or has come through,
and another one when it has ended.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

import httpx
import msgspec
from azure.core.pipeline.transport import AioHttpTransport
from azure.functions.meta import Datum
from msgspec import Struct

from local.environment import ROOT
from local.host.app import App
from local.host.functions import Function
from local.host.timer_trigger import timer_datum
from shared.bootstrap import build
from shared.config import read_settings

LONGEST_FREEZE = 30
"""Seconds after which a child ends by itself, should nobody be left to kill it."""


class Run(Struct, frozen=True):
    """One run of a function, and the outside call that it does not come to.

    `headers` and `parameters`, those of the route, are what an HTTP function is called with.
    """

    call: int
    headers: dict[str, str] = {}
    parameters: dict[str, str] = {}

    def datum(self, function: Function) -> Datum:
        """Make what the host hands to the function."""
        if function.trigger["type"] == "timerTrigger":
            return timer_datum(None, past_due=False)
        request = {
            "method": Datum("POST", "string"),
            "url": Datum("http://127.0.0.1/api", "string"),
            "headers": {name: Datum(text, "string") for name, text in self.headers.items()},
            "query": {},
            "params": {name: Datum(text, "string") for name, text in self.parameters.items()},
            "body": Datum(b"", "bytes"),
        }
        return Datum(request, "http")


class DoomedRuns:
    """Runs of a function that are killed, seen from the test."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def killed_before(
        self,
        call: int,
        *,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> bool:
        """Let it run to an outside call and kill it there; False when it made fewer calls."""
        assert self._process.stdin is not None
        run = Run(call, dict(headers or {}), dict(parameters or {}))
        self._process.stdin.write(msgspec.json.encode(run) + b"\n")
        child, state = await self._said()
        if state == "frozen":
            os.kill(int(child), signal.SIGKILL)
        assert state in ("frozen", "through"), f"the run that was to die at call {call} failed"
        assert await self._said() == (child, "ended")
        return state == "frozen"

    async def _said(self) -> tuple[str, str]:
        assert self._process.stdout is not None
        child, state = (await self._process.stdout.readline()).decode().split()
        return child, state


@asynccontextmanager
async def doomed_runs(
    app: Path, function: str, environ: dict[str, str]
) -> AsyncIterator[DoomedRuns]:
    """Run the process, for one function, until the block is left."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.journeys.doomed_runs", str(app), function),
        cwd=ROOT,
        env={**os.environ, **environ},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield DoomedRuns(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


def main(app: App, function: str) -> None:
    """Serve until the input ends; what a child needs is imported once, before any is born."""
    build(read_settings(os.environ))
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _run(app, app.functions[function], msgspec.json.decode(line, type=Run))
        os.waitpid(child, 0)
        _say(child, "ended")


def _run(app: App, function: Function, run: Run) -> NoReturn:
    _count_calls(run.call)
    asyncio.run(app.invoke(function, run.datum(function)))
    _say(os.getpid(), "through")
    os._exit(0)


def _count_calls(last: int) -> None:
    """Freeze before the last call, to Graph or to storage, and all that is under way with it."""
    calls = count(1)

    def counted(send: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def counted_send(*args: Any, **named: Any) -> Any:
            if next(calls) == last:
                signal.alarm(LONGEST_FREEZE)
                _say(os.getpid(), "frozen")
                signal.pause()
            return await send(*args, **named)

        return counted_send

    for client in (httpx.AsyncClient, AioHttpTransport):
        setattr(client, "send", counted(client.send))  # noqa: B010 - a method of any of the two


def _say(child: int, state: str) -> None:
    sys.stdout.write(f"{child} {state}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(App(Path(sys.argv[1]), os.environ), sys.argv[2])
