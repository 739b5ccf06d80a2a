"""Watch the tenant between sweeps: record what differs, and read it again when it does."""

import logging
from datetime import datetime, timedelta

from msgspec import structs

from shared.domain.feed import FeedState, Reread, TenantChange, Watched
from shared.domain.sweep import Pointer, Sweep
from shared.domain.tenant_changes import differences, known, watched_in
from shared.errors import GraphError
from shared.ports import Audit, Changes, Feed, Tenant
from shared.use_cases.explain_drift import explained

log = logging.getLogger(__name__)


async def watch_tenant(
    state: FeedState,
    now: datetime,
    pointer: Pointer,
    record: Sweep | None,
    reread_after: timedelta,
    *,
    user_names: bool,
    audit: Audit,
    changes: Changes,
    feed: Feed,
    tenant: Tenant,
) -> FeedState:
    """Record how the tenant differs from what was last known, and return the state that knows.

    A difference owes a sweep, whoever made it. `record` is that of the current snapshot. Devices
    are judged by its reading of the tenant or a newer one; once that is older than `reread_after`,
    or says something else than was just seen, the tenant is read again. Raises GraphThrottledError,
    and GraphError when nobody could sign in.
    """
    seen = await tenant.watch()
    last_known = state.watched_at or now
    found = differences(state.watched, seen, now, last_known)
    named = await changes.actors(found) if found else ()
    for change in await explained(named, now, audit=audit, user_names=user_names):
        await feed.record(change)
    now_known = known(state.watched, seen)
    await _reread(now_known, now, pointer, record, reread_after, feed=feed, tenant=tenant)
    return structs.replace(
        state,
        watched=now_known,
        watched_at=now if now_known == seen else state.watched_at,
        owed_sweep=_told(found) if found else state.owed_sweep,
    )


def _told(found: list[TenantChange]) -> str:
    named = ", ".join(f"{change.kind} {change.name!r}" for change in found)
    log.warning("The tenant is not as it was last known, and a sweep is owed: %s", named)
    return f"the tenant was changed: {named}"


async def _reread(
    now_known: Watched,
    now: datetime,
    pointer: Pointer,
    record: Sweep | None,
    reread_after: timedelta,
    *,
    feed: Feed,
    tenant: Tenant,
) -> None:
    """Read the tenant again where devices would be judged by what no longer holds."""
    last = await feed.reread()
    if last is not None and last.read_at > pointer.started:
        read_at, reading = last.read_at, last.reading
    elif record is not None:
        read_at, reading = pointer.started, record.reading
    else:
        read_at, reading = pointer.started, None
    holds = reading is not None and not differences(watched_in(reading), now_known, now, read_at)
    if holds and now - read_at <= reread_after:
        return
    try:
        fresh, sets = await tenant.read()
    except GraphError as error:
        log.warning("The tenant cannot be read again; the next poll will try: %s", error)
        return
    await feed.write_reread(Reread(now, fresh, tuple(sets)), sets)
    log.info("The tenant was read again; what was read %s had to be renewed.", read_at)
