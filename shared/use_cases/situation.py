"""Everything besides single devices that people may have to be told of, read all at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from shared.domain.delivery import Delivery
from shared.domain.exemption import Exemption
from shared.domain.feed import TenantChange
from shared.domain.ledger import Ledger
from shared.domain.routes import Routes
from shared.domain.sweep import Pointer
from shared.errors import InputError
from shared.ports import (
    Audit,
    Deliveries,
    Feed,
    Fitness,
    PoisonCounts,
    SettingsFiles,
    Snapshots,
    Sweeps,
)
from shared.report.health import Health
from shared.report.summary import Summary, TrendPoint
from shared.use_cases.check_health import MOST_CHANGES, check_health
from shared.use_cases.current_routes import current_routes
from shared.use_cases.read_exemptions import read_exemptions
from shared.use_cases.restore_standing import read_accounts

FAILURES_SHOWN = timedelta(days=1)


class Committed(Struct, frozen=True):
    """The current snapshot: its pointer, its figures, and those of the day before."""

    pointer: Pointer
    summary: Summary
    before: TrendPoint | None


class Situation(Struct, frozen=True):
    """How things stand; `committed` is None before the first snapshot.

    `changes` are the newest recorded ones of the tenant, the newest first. `exemptions_wrong` and
    `routes_wrong` say what is wrong with the files, and `failures` are the deliveries that went
    wrong lately. `ledger` has the changes of the restore setting, None where the audit's records
    do not add up.
    """

    committed: Committed | None
    changes: Sequence[TenantChange]
    health: Health
    failures: Sequence[Delivery]
    exemptions: tuple[Exemption, ...]
    exemptions_wrong: tuple[str, ...]
    routes: Routes
    routes_wrong: str | None
    ledger: Ledger | None


async def read_situation(
    now: datetime,
    settings: Mapping[str, str],
    fitness: Fitness | None,
    *,
    audit: Audit,
    snapshots: Snapshots,
    sweeps: Sweeps,
    feed: Feed,
    deliveries: Deliveries,
    poison: PoisonCounts,
    files: SettingsFiles,
) -> Situation:
    """Read how things stand; `settings` are those that make channels.

    `fitness` is that of the identity which writes the restore setting. Raises StorageError.
    """
    exemptions, exemptions_wrong = await _exemptions(files)
    routes, routes_wrong = await current_routes(files, settings)
    accounts = await read_accounts(audit)
    return Situation(
        committed=await _committed(snapshots),
        changes=await feed.tenant_changes(MOST_CHANGES),
        health=await check_health(
            now, accounts, fitness, snapshots=snapshots, sweeps=sweeps, feed=feed, poison=poison
        ),
        failures=await deliveries.failed_since(now - FAILURES_SHOWN),
        exemptions=exemptions,
        exemptions_wrong=exemptions_wrong,
        routes=routes,
        routes_wrong=routes_wrong,
        ledger=accounts.ledger,
    )


async def _committed(snapshots: Snapshots) -> Committed | None:
    pointer, _ = await snapshots.current()
    if pointer is None:
        return None
    summary = msgspec.json.decode(await snapshots.summary(pointer.sweep), type=Summary)
    point = await snapshots.trend(summary.as_of - timedelta(days=1))
    before = None if point is None else msgspec.json.decode(point, type=TrendPoint)
    return Committed(pointer, summary, before)


async def _exemptions(files: SettingsFiles) -> tuple[tuple[Exemption, ...], tuple[str, ...]]:
    try:
        text, _ = await files.exemptions()
    except InputError as error:
        return (), (str(error),)
    return read_exemptions(text or "")
