"""Look how the product itself is doing."""

from collections.abc import Iterator
from datetime import datetime

from shared.ports import Feed, Fitness, PoisonCounts, Snapshots, Sweeps
from shared.report.health import Check, Health, health_of
from shared.report.restore_health import restore_checks, write_identity
from shared.use_cases.restore_standing import Accounts

MOST_CHANGES = 100
"""Changes of the tenant that are looked at, the newest first."""


async def check_health(
    now: datetime,
    accounts: Accounts,
    fitness: Fitness | None,
    *,
    snapshots: Snapshots,
    sweeps: Sweeps,
    feed: Feed,
    poison: PoisonCounts,
) -> Health:
    """Judge sweeps, the feed of changes, messages given up, drift, and the restore setting.

    `accounts` are those of the restore setting's changes, and `fitness` that of the identity which
    writes it, None where that was not asked. Raises StorageError when storage fails.
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
        restore=(*restore_checks(now, accounts.ledger, accounts.wrong), *_writes(fitness)),
    )


def _writes(fitness: Fitness | None) -> Iterator[Check]:
    if fitness is not None and fitness.configured:
        yield write_identity(fitness.permission, fitness.role, fitness.identity, fitness.why)
