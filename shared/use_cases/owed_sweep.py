"""Begin the sweep that the feed of changes owes for what it may have missed."""

import logging
from datetime import datetime, timedelta

from msgspec import structs

from shared.domain.feed import FeedState
from shared.errors import ConflictError
from shared.ports import Changes, Feed, Queue, Sweeps, Tenant
from shared.use_cases.start_sweep import Started, SweepTerms, name_of, start_sweep

log = logging.getLogger(__name__)

TRY_AGAIN = timedelta(hours=1)
"""After this a sweep that failed is tried again. What fails it, such as a permission that is
missing or a cloud that is not supported, is not mended by the next poll."""


async def owed_still(state: FeedState, now: datetime, *, sweeps: Sweeps) -> FeedState:
    """Owe a sweep again that had begun and did not complete."""
    if state.begun_sweep is None:
        return state
    record = await sweeps.read(state.begun_sweep)
    if record is None and (await sweeps.active()).sweep == state.begun_sweep:
        return state
    if record is not None and record.state == "paging":
        return state
    settled = structs.replace(state, begun_sweep=None, begun_for=None)
    if record is not None and record.state == "complete":
        return settled
    log.warning("Sweep %s did not complete, and another one is owed.", state.begun_sweep)
    return structs.replace(
        settled, owed_sweep=state.owed_sweep or state.begun_for, sweep_failed=now
    )


async def begin_owed_sweep(
    now: datetime,
    terms: SweepTerms,
    state: FeedState,
    etag: str,
    *,
    changes: Changes,
    feed: Feed,
    tenant: Tenant,
    sweeps: Sweeps,
    queue: Queue,
) -> Started | None:
    """Begin a sweep if one is owed; `state` is as stored under `etag`. None when none was tried.

    It stays owed until one begins here: a sweep that runs already, or whose start this one took
    over, may have read its pages or the tenant too early.
    """
    if state.owed_sweep is None:
        return None
    if state.sweep_failed is not None and now - state.sweep_failed < TRY_AGAIN:
        return None
    started = await start_sweep(
        now, terms, changes=changes, tenant=tenant, sweeps=sweeps, queue=queue
    )
    after = _after(state, started, now)
    if after != state:
        try:
            await feed.write(after, etag)
        except ConflictError:
            log.info("Another poll has written the state since; a sweep may begin once more.")
    return started


def _after(state: FeedState, started: Started, now: datetime) -> FeedState:
    if started.outcome == "failed":
        return structs.replace(state, sweep_failed=now)
    if started.outcome in ("begun", "put_off") and started.sweep == name_of(now):
        return structs.replace(
            state,
            owed_sweep=None,
            sweep_failed=None,
            begun_sweep=started.sweep,
            begun_for=state.owed_sweep,
        )
    return state
