"""End a sweep that cannot complete, keeping the reason and the last snapshot."""

import logging

from msgspec import structs

from shared.ports import Sweeps

log = logging.getLogger(__name__)


async def end_partial(sweep: str, reason: str, *, sweeps: Sweeps) -> None:
    """Record why a sweep ended early; the snapshot it would have replaced stays current."""
    record = await sweeps.read(sweep)
    if record is not None and record.state == "paging":
        await sweeps.write(structs.replace(record, state="partial", reason=reason))
    await sweeps.ended(sweep)
    await sweeps.remove_pages(sweep)
    log.error("Sweep %s ends partial: %s", sweep, reason)
