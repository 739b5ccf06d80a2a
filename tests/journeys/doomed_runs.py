"""A process that lets one child after another fire a timer, and stop dead before one outside call.

It reads the number of that call, from 1, a line for each child, and writes a line when the child
stops (its id and "frozen") or has come through, and another one when it has ended.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

import httpx
from azure.core.pipeline.transport import AioHttpTransport

from local.environment import ROOT
from local.host.app import App
from local.host.timer_trigger import timer_datum
from shared.bootstrap import build
from shared.config import read_settings

LONGEST_FREEZE = 30
"""Seconds after which a child ends by itself, should nobody be left to kill it."""


class DoomedRuns:
    """Runs of a timer's function that are killed, seen from the test."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def killed_before(self, call: int) -> bool:
        """Let it run to an outside call and kill it there; False when it made fewer calls."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{call}\n".encode())
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
            _run(app, function, int(line))
        os.waitpid(child, 0)
        _say(child, "ended")


def _run(app: App, function: str, last: int) -> NoReturn:
    _count_calls(last)
    asyncio.run(app.invoke(app.functions[function], timer_datum(None, past_due=False)))
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
