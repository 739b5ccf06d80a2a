"""End a sweep that cannot complete, keeping the reason and the last snapshot."""

import logging

from msgspec import structs

from shared.errors import ConflictError
from shared.ports import Sweeps

log = logging.getLogger(__name__)


async def end_partial(sweep: str, reason: str, *, sweeps: Sweeps) -> None:
    """Record why a sweep ended early; the snapshot it would have replaced stays current.

    What has ended already, or ends while this runs, keeps its record: it may have been committed.
    """
    record = await sweeps.read(sweep)
    if record is not None and record.state == "paging":
        try:
            await sweeps.replace(record, structs.replace(record, state="partial", reason=reason))
            log.error("Sweep %s ends partial: %s", sweep, reason)
        except ConflictError:
            log.info("Sweep %s has just ended otherwise, and not because %s", sweep, reason)
    await clear_away(sweep, sweeps=sweeps)


async def clear_away(sweep: str, *, sweeps: Sweeps) -> None:
    """Remove what a sweep that has ended needs no more, and let the next one have its place.

    The sets of a complete sweep stay: devices that change are judged by them until the next one.
    Whoever meets an ended sweep does this again: the first one may have been interrupted.
    """
    await sweeps.remove_pages(sweep)
    record = await sweeps.read(sweep)
    if record is None or record.state in ("partial", "failed"):
        await sweeps.remove_sets(sweep)
    await sweeps.ended(sweep)
