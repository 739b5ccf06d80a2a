"""A gate before and after every call that a use case makes, so that it can die at any of them."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Literal, TypeAlias

Fate: TypeAlias = Literal["goes_on", "dies_before", "dies_after"]
"""What becomes of a run at a call: it may die when the call was carried out, unheard of."""


class CrashError(BaseException):
    """The process dies here: nothing handles it, and nothing after it runs."""


class Run:
    """One trigger under way, which stops at every call until it is told its fate.

    >>> run = Run(use_case(...))  # doctest: +SKIP
    ... while not await run.go_on(): ...
    """

    def __init__(self, work: Coroutine[Any, Any, object]) -> None:
        self._work = work
        self._task: asyncio.Task[object] | None = None
        self._stopped = asyncio.Event()
        self._fate: asyncio.Future[Fate] | None = None

    async def go_on(self, fate: Fate = "goes_on") -> bool:
        """Let it come on to its next call, and tell whether it has ended. Raises what it raised."""
        self._stopped.clear()
        if self._task is None:
            self._task = asyncio.create_task(self._work)
            _runs[self._task] = self
        elif self._fate is not None:
            self._fate.set_result(fate)
        stopped = asyncio.create_task(self._stopped.wait())
        await asyncio.wait({self._task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not self._task.done():
            return False
        _runs.pop(self._task, None)
        self._task.result()
        return True

    async def stop(self) -> Fate:
        """Wait at a gate for what is to become of it."""
        self._fate = asyncio.get_running_loop().create_future()
        self._stopped.set()
        return await self._fate


_runs: dict[asyncio.Task[object], Run] = {}


class Gated:
    """Any port or adapter, with a gate at each of its methods; calls from no run pass freely."""

    def __init__(self, port: object) -> None:
        self._port = port

    def __getattr__(self, name: str) -> Any:
        """Give a method behind its gate, and anything else as it is."""
        found = getattr(self._port, name)
        if inspect.iscoroutinefunction(found):
            return partial(_called, found)
        return partial(_entered, found) if inspect.ismethod(found) else found


async def _called(method: Callable[..., Awaitable[object]], *args: Any, **named: Any) -> object:
    async with _gate():
        return await method(*args, **named)


@asynccontextmanager
async def _entered(method: Callable[..., Any], *args: Any, **named: Any) -> AsyncIterator[Any]:
    async with method(*args, **named) as entered:
        async with _gate():
            pass
        yield entered if entered is None else Gated(entered)


@asynccontextmanager
async def _gate() -> AsyncIterator[None]:
    task = asyncio.current_task()
    run = _runs.get(task) if task is not None else None
    fate = "goes_on" if run is None else await run.stop()
    if fate == "dies_before":
        raise CrashError
    yield
    if fate == "dies_after":
        raise CrashError
