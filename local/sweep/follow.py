"""Following a sweep to its end, and saying how far it is."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Literal, Self

from msgspec import Struct
from rich.console import Console

from local.sweep.programs import Host
from local.sweep.report import counted
from shared.domain.sweep import Sweep
from shared.errors import ReadinessError
from shared.ports import Sweeps

EVERY = 0.5
SAID_EVERY = 2.0
MINUTE = 60.0
MOST_RESTARTS = 5
START_PATIENCE = 300.0


class Progress(Struct, frozen=True):
    """How far a sweep is: pages and devices read, throttled Graph calls, seconds waited."""

    stage: Literal["starting", "reading", "merging"]
    pages: int = 0
    devices: int = 0
    throttled: int = 0
    waited: float = 0.0


async def follow(host: Host, sweeps: Sweeps, console: Console) -> Sweep:
    """Fire the nightly sweep and follow it, or follow the one that an earlier run left behind.

    A host that dies on the way is started again: the sweep goes on where it was. Raises
    ReadinessError when no sweep comes of it.
    """
    before = await sweeps.last()
    left = await sweeps.active()
    if left.sweep is not None and left.begun:
        console.print(f"Sweep {left.sweep} was interrupted; it goes on.")
    host.fire("nightly_sweep")
    began = time.monotonic()
    restarts = 0
    with Teller(console, host.log) as teller:
        async for progress, ended in _watched(sweeps, None if before is None else before.id):
            if ended is not None:
                teller.done(progress)
                return ended
            teller.tell(progress)
            if progress.stage == "starting" and time.monotonic() - began > START_PATIENCE:
                raise ReadinessError("the sweep did not begin; the host's log says why")
            if not host.running:
                restarts += 1
                if restarts > MOST_RESTARTS:
                    raise ReadinessError(f"the local host died {restarts} times")
                console.print(
                    "The local host has died; it is started again, and the sweep goes on."
                )
                host.start()
                if progress.stage == "starting":
                    host.fire("nightly_sweep")
    raise ReadinessError("the sweep was lost sight of")


async def _watched(
    sweeps: Sweeps, before: str | None
) -> AsyncIterator[tuple[Progress, Sweep | None]]:
    followed: str | None = None
    progress = Progress("starting")
    while True:
        active = await sweeps.active()
        if followed is None and active.sweep is not None and active.begun:
            followed = active.sweep
        if followed is None:
            last = await sweeps.last()
            if last is not None and last.id != before and active.sweep is None:
                followed = last.id
        if followed is not None:
            record = await sweeps.read(followed)
            if record is not None and record.state != "paging":
                yield progress, record
                return
            progress = await _progress(sweeps, followed, progress)
        yield progress, None
        await asyncio.sleep(EVERY)


async def _progress(sweeps: Sweeps, sweep: str, before: Progress) -> Progress:
    pages = await sweeps.pages(sweep)
    if len(pages) < before.pages:
        # The pages are being removed, so all that is left is tidying up.
        return before
    return Progress(
        "merging" if any(page.last for page in pages) else "reading",
        len(pages),
        sum(page.devices for page in pages),
        sum(page.throttled for page in pages),
        sum(page.waited for page in pages),
    )


class Teller:
    """Says how far it is: one line that changes on a terminal, a line now and then elsewhere.

    For each minute in which nothing moved, a line names the host's log.
    """

    def __init__(
        self, console: Console, log: Path, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = console
        self._log = log
        self._clock = clock
        self._began = self._moved = clock()
        self._said = 0.0
        self._still = 0
        self._last = Progress("starting")
        self._status = console.status("Starting the sweep ...") if console.is_terminal else None

    def __enter__(self) -> Self:
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Give the terminal back as it was, cursor and all, however the sweep ended."""
        if self._status is not None:
            self._status.stop()

    def tell(self, progress: Progress) -> None:
        """Say how far it is."""
        self._watch(progress)
        if self._status is not None:
            self._status.update(self._line(progress))
        elif progress.pages and self._clock() - self._said > SAID_EVERY:
            self._said = self._clock()
            self._console.print(self._line(progress))

    def done(self, progress: Progress) -> None:
        """Say the last word."""
        self._console.print(self._line(progress))

    def _watch(self, progress: Progress) -> None:
        if progress != self._last:
            self._last, self._moved, self._still = progress, self._clock(), 0
        minutes = int((self._clock() - self._moved) / MINUTE)
        if minutes > self._still:
            self._still = minutes
            self._console.print(
                f"Nothing has moved for {minutes} min; the host's log says why: {self._log}",
                soft_wrap=True,
            )

    def _line(self, progress: Progress) -> str:
        seconds = self._clock() - self._began
        line = (
            f"{counted(progress.pages, 'page')}, {counted(progress.devices, 'device')},"
            f" {seconds:.0f} s,"
            f" {progress.devices / max(seconds, 0.001):,.0f} devices/s"
        )
        if progress.throttled:
            line += f"; Graph throttled {progress.throttled:,} calls ({progress.waited:.0f} s)"
        return f"{progress.stage.capitalize()}: {line}"
