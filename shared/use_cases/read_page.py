"""Read one page of devices, judge it, store it, and send the next cursor on."""

import logging
from datetime import datetime
from typing import Literal, TypeAlias

from msgspec import structs

from shared.domain.sweep import PageInStorage, Sweep
from shared.errors import (
    GraphError,
    GraphForbiddenError,
    GraphThrottledError,
    GraphUnavailableError,
)
from shared.messages import (
    MAX_DEQUEUE_COUNT,
    SWEEP_FINISH,
    SWEEP_PAGES,
    FinishSweep,
    ReadPage,
)
from shared.ports import Devices, Queue, Sweeps
from shared.use_cases.end_sweep import clear_away, end_partial
from shared.use_cases.judge_page import page_lines
from shared.use_cases.judges import Judges
from shared.use_cases.start_sweep import LONGEST_WAIT, pause_after

log = logging.getLogger(__name__)

SECOND_WALK = 30.0
"""Seconds by which a second walk through the same sweep lags behind the first."""

PageOutcome: TypeAlias = Literal["read", "repeated", "put_off", "stale", "ended"]


async def read_page(
    message: ReadPage,
    attempt: int,
    now: datetime,
    *,
    judges: Judges,
    devices: Devices,
    sweeps: Sweeps,
    queue: Queue,
) -> PageOutcome:
    """Handle one page; `attempt` counts from 1, as the queue's dequeue count does.

    `now` is the time in UTC before Graph is asked, which the page keeps.
    Repeating a message changes nothing: a page that is stored stays as it is, and the way goes on
    from its own cursor. Raises for the queue to try again; at the last attempt the sweep ends
    partial first, unless Graph is merely unavailable: then the page is put off.
    """
    sweep = await sweeps.read(message.sweep)
    if sweep is None or sweep.state != "paging":
        log.info("Page %d of sweep %s comes too late.", message.page, message.sweep)
        await clear_away(message.sweep, sweeps=sweeps)
        return "stale"
    try:
        return await _read(
            sweep, message, attempt, now, judges=judges, devices=devices, sweeps=sweeps, queue=queue
        )
    except GraphThrottledError as error:
        return await _put_off(message, error, sweeps=sweeps, queue=queue)
    except Exception as error:
        last = attempt >= MAX_DEQUEUE_COUNT
        if last and isinstance(error, GraphUnavailableError):
            return await _put_off(message, error, sweeps=sweeps, queue=queue)
        forbidden = isinstance(error, GraphForbiddenError)
        if forbidden or last:
            reason = f"page {message.page} could not be read: {error}"
            await end_partial(sweep.id, reason, sweeps=sweeps)
        if forbidden:
            return "ended"
        raise


async def _read(
    sweep: Sweep,
    message: ReadPage,
    attempt: int,
    now: datetime,
    *,
    judges: Judges,
    devices: Devices,
    sweeps: Sweeps,
    queue: Queue,
) -> PageOutcome:
    try:
        page = await devices.page(message.cursor)
    except GraphError:
        # Somebody else's reading of this page is as good as ours.
        if await sweeps.has_page(sweep.id, message.page):
            return await _repeat(message, attempt, sweeps=sweeps, queue=queue)
        raise
    book = await judges.of(sweep, sweeps)
    lines = page_lines(message.page, page, book, user_names=sweep.user_names, read_at=now)
    shown = PageInStorage(
        page=message.page,
        devices=len(page.devices),
        throttled=page.cost.throttled,
        waited=page.cost.waited,
        last=page.next is None,
    )
    if await sweeps.write_page(sweep.id, message.page, lines, shown):
        await _go_on(message, page.next, queue)
        log.info("Sweep %s: page %d holds %d devices.", sweep.id, message.page, len(page.devices))
        return "read"
    return await _repeat(message, attempt, sweeps=sweeps, queue=queue)


async def _repeat(message: ReadPage, attempt: int, *, sweeps: Sweeps, queue: Queue) -> PageOutcome:
    """Go on as the first reading of this page did, unless that has happened already.

    Reading a page again may lead to another cursor; following both would mix two walks through
    the fleet and could lose a device between them. At a first attempt somebody else stored the
    page and is most likely sending its cursor right now, so the second walk waits: when it wakes
    and finds itself overtaken, it ends.
    """
    log.info("Sweep %s: page %d was stored before.", message.sweep, message.page)
    if not await sweeps.has_page(message.sweep, message.page + 1):
        header = await sweeps.page_header(message.sweep, message.page)
        await _go_on(message, header.next, queue, delay=SECOND_WALK if attempt == 1 else 0)
    return "repeated"


async def _go_on(message: ReadPage, cursor: str | None, queue: Queue, delay: float = 0) -> None:
    if cursor is None:
        await queue.send(SWEEP_FINISH, FinishSweep(message.sweep, message.page), delay)
    else:
        following = ReadPage(message.sweep, message.page + 1, cursor)
        await queue.send(SWEEP_PAGES, following, delay)


async def _put_off(
    message: ReadPage,
    error: GraphThrottledError | GraphUnavailableError,
    *,
    sweeps: Sweeps,
    queue: Queue,
) -> PageOutcome:
    pause = pause_after(error)
    waited = message.waited + pause
    if waited > LONGEST_WAIT:
        reason = f"Graph put page {message.page} off for {waited / 3600:.1f} hours: {error}"
        await end_partial(message.sweep, reason, sweeps=sweeps)
        return "ended"
    await queue.send(SWEEP_PAGES, structs.replace(message, waited=waited), delay=pause)
    log.warning("Page %d of sweep %s is put off: %s", message.page, message.sweep, error)
    return "put_off"
