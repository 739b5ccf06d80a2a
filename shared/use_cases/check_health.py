"""Look how the product itself is doing."""

from datetime import datetime

from shared.ports import Feed, PoisonCounts, Snapshots, Sweeps
from shared.report.health import Health, health_of

MOST_CHANGES = 100
"""Changes of the tenant that are looked at, the newest first."""


async def check_health(
    now: datetime, *, snapshots: Snapshots, sweeps: Sweeps, feed: Feed, poison: PoisonCounts
) -> Health:
    """Judge sweeps, the feed of changes, messages given up, and drift.

    Raises StorageError when storage fails.
    """
    pointer, _ = await snapshots.current()
    state, _ = await feed.read()
    return health_of(
        now,
        pointer=pointer,
        last=await sweeps.last(),
        active=await sweeps.active(),
        feed=state,
        changes=await feed.tenant_changes(MOST_CHANGES),
        poison=await poison.counts(),
    )
