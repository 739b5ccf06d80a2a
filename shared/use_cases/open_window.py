"""Gather changes for a while, and then have people told of them."""

from contextlib import suppress
from datetime import datetime, timedelta

from shared.domain.window import Window
from shared.errors import ConflictError
from shared.messages import DIGESTS, ComposeDigests
from shared.ports import Queue, Windows


async def open_window(
    now: datetime, coalesce: timedelta, *, windows: Windows, queue: Queue
) -> datetime | None:
    """Let people be told of what has been stored; return when, None when that was settled before.

    Whoever composes closes the window first and reads afterwards. So what was stored before this
    call is told by the one who closes the window that is open, or by the message sent here.
    """
    window, etag = await windows.read()
    until = window.next_end(now, coalesce)
    if until is None:
        return None
    try:
        await windows.write(Window(until, window.closed), etag)
    except ConflictError:
        # Somebody opened one at the same time, or closed this one and is about to read.
        return None
    delay = (until - now).total_seconds()
    await queue.send(DIGESTS, ComposeDigests("devices changed"), delay=delay)
    return until


async def close_window(now: datetime, *, windows: Windows) -> None:
    """Close whatever window is open: what is stored from now on opens the next one."""
    window, etag = await windows.read()
    if window.until is not None:
        # Whoever was faster has closed it, or opened another that has its own message.
        with suppress(ConflictError):
            await windows.write(Window(closed=now), etag)
