"""Start a sweep: read the tenant once, and send the first page on its way."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct, structs

from shared.domain.clouds import UNSUPPORTED
from shared.domain.facts import TenantFacts
from shared.domain.sweep import ActiveSweep, Sweep
from shared.domain.tenant import TenantReading
from shared.errors import GraphError, GraphThrottledError, GraphUnavailableError, LeaseHeldError
from shared.messages import SWEEP_PAGES, ReadPage
from shared.ports import Changes, Queue, Sweeps, Tenant
from shared.use_cases.end_sweep import end_partial

log = logging.getLogger(__name__)

LONGEST_SWEEP = timedelta(hours=20)
"""After this a sweep that has not ended is given up, so that it cannot stop the next night's."""

PATIENCE = 75.0
"""Seconds to wait for another start; a lease left by a start that died runs out in 60."""

SHORTEST_PAUSE = 30.0
"""Seconds that Graph is left alone at least, once short waits have not helped."""

TRY_AGAIN = 300.0
"""Seconds until an unavailable Graph is tried again: it does not say when."""

LONGEST_WAIT = 4 * 3600.0
"""Seconds that Graph may put a sweep off in all, before it is given up."""


class SweepTerms(Struct, frozen=True):
    """How this sweep shall judge, from the settings."""

    edition: str
    strict_servicing: bool = False
    user_names: bool = True


class Started(Struct, frozen=True):
    """What came of starting: the sweep that now runs, and whether this call began it."""

    sweep: str
    outcome: Literal["begun", "already_running", "put_off", "failed"]


async def start_sweep(
    now: datetime,
    terms: SweepTerms,
    *,
    changes: Changes,
    tenant: Tenant,
    sweeps: Sweeps,
    queue: Queue,
) -> Started:
    """Begin a sweep unless one is running. `now` is in UTC and names the sweep.

    Two starts at once end with one sweep: the second finds the first one's. A start that died
    half-way is taken over, under the same name.
    """
    try:
        async with sweeps.starting(PATIENCE):
            active = await _place(now, sweeps)
            if active.begun:
                log.info("Sweep %s is still running; no other is begun.", active.sweep)
                return Started(active.sweep or "", "already_running")
            return await _begin(
                active,
                terms,
                waited=0.0,
                changes=changes,
                tenant=tenant,
                sweeps=sweeps,
                queue=queue,
            )
    except LeaseHeldError:
        active = await sweeps.active()
        log.info("Another run is starting sweep %s; this one ends.", active.sweep)
        return Started(active.sweep or "", "already_running")


async def resume_start(
    message: ReadPage,
    terms: SweepTerms,
    *,
    changes: Changes,
    tenant: Tenant,
    sweeps: Sweeps,
    queue: Queue,
) -> Started:
    """Go on with a start that Graph had put off; `message` is for page 0."""
    async with sweeps.starting(PATIENCE):
        active = await sweeps.active()
        if active.sweep != message.sweep or active.begun:
            log.info("Sweep %s needs no start any more.", message.sweep)
            return Started(message.sweep, "already_running")
        return await _begin(
            active,
            terms,
            waited=message.waited,
            changes=changes,
            tenant=tenant,
            sweeps=sweeps,
            queue=queue,
        )


async def _place(now: datetime, sweeps: Sweeps) -> ActiveSweep:
    """Find the sweep that runs, or whose start died half-way; else take its place for a new one."""
    active = await sweeps.active()
    if active.sweep is not None and active.started is not None:
        record = await sweeps.read(active.sweep)
        ended = record is not None and record.state != "paging"
        if not ended and now - active.started < LONGEST_SWEEP:
            return active
        reason = f"it had not ended after {LONGEST_SWEEP}, and the next one was due"
        await end_partial(active.sweep, reason, sweeps=sweeps)
    fresh = ActiveSweep(name_of(now), now)
    await sweeps.set_active(fresh)
    return fresh


async def _begin(
    active: ActiveSweep,
    terms: SweepTerms,
    *,
    waited: float,
    changes: Changes,
    tenant: Tenant,
    sweeps: Sweeps,
    queue: Queue,
) -> Started:
    assert active.sweep is not None  # noqa: S101 - the callers have looked
    sweep = await sweeps.read(active.sweep)
    if sweep is None:
        link = await _delta_link(changes)
        try:
            reading, sets = await tenant.read()
        except GraphError as error:
            return await _without_tenant(active, terms, waited, error, sweeps=sweeps, queue=queue)
        sweep = _record(active, terms, reading, sets, link)
        if reason := unsupported(reading):
            return await _failed(sweep, reason, sweeps)
        await sweeps.write_sets(sweep.id, sets)
        await sweeps.write(sweep)
    if sweep.state != "paging":
        await sweeps.ended(sweep.id)
        return Started(sweep.id, "failed")
    await queue.send(SWEEP_PAGES, ReadPage(sweep.id, 1))
    await sweeps.set_active(structs.replace(active, begun=True))
    log.info("Sweep %s has begun.", sweep.id)
    now = await sweeps.read(sweep.id)
    if now is not None and now.state != "paging":
        # The sweep of a small tenant may be over before its start is.
        await sweeps.ended(sweep.id)
    return Started(sweep.id, "begun")


async def _delta_link(changes: Changes) -> str | None:
    """Take the link to what changes in Entra from here on, before anything of it is read.

    A sweep goes on without: whoever follows the changes then takes a link of their own.
    """
    try:
        return await changes.latest()
    except GraphError as error:
        log.warning("The sweep begins without a link to the changes since: %s", error)
        return None


def _record(
    active: ActiveSweep,
    terms: SweepTerms,
    reading: TenantReading,
    sets: Iterable[str] = (),
    delta_link: str | None = None,
) -> Sweep:
    assert active.sweep is not None and active.started is not None  # noqa: S101, PT018
    return Sweep(
        id=active.sweep,
        started=active.started,
        as_of=active.started.date(),
        edition=terms.edition,
        strict_servicing=terms.strict_servicing,
        user_names=terms.user_names,
        reading=reading,
        sets=tuple(sets),
        delta_link=delta_link,
    )


async def _without_tenant(
    active: ActiveSweep,
    terms: SweepTerms,
    waited: float,
    error: GraphError,
    *,
    sweeps: Sweeps,
    queue: Queue,
) -> Started:
    """Put the start off where Graph may answer later, and give it up where it will not."""
    record = _record(active, terms, TenantReading(TenantFacts()))
    if not isinstance(error, GraphThrottledError | GraphUnavailableError):
        return await _failed(record, f"the tenant could not be read: {error}", sweeps)
    wait = pause_after(error)
    if waited + wait > LONGEST_WAIT:
        reason = f"the tenant could not be read in {waited / 3600:.1f} hours: {error}"
        return await _failed(record, reason, sweeps)
    await queue.send(SWEEP_PAGES, ReadPage(record.id, 0, waited=waited + wait), delay=wait)
    log.warning("Sweep %s is put off for %.0f s: %s", record.id, wait, error)
    return Started(record.id, "put_off")


def pause_after(error: GraphThrottledError | GraphUnavailableError) -> float:
    """Return for how many seconds Graph is to be left alone.

    Never none at all: a page that is put off for no time would be put off for ever.
    """
    if isinstance(error, GraphThrottledError):
        return max(error.retry_after, SHORTEST_PAUSE)
    return TRY_AGAIN


async def _failed(sweep: Sweep, reason: str, sweeps: Sweeps) -> Started:
    await sweeps.write(structs.replace(sweep, state="failed", reason=reason, sets=()))
    await sweeps.ended(sweep.id)
    log.error("Sweep %s has failed: %s", sweep.id, reason)
    return Started(sweep.id, "failed")


def unsupported(reading: TenantReading) -> str | None:
    """Say why no device of this tenant can qualify, or None.

    Source: facts/windows-backup.md section 3, Cloud: GCC High, DoD and 21Vianet are blocked for
    all (Intune page, 2025-08-18).
    """
    cloud = reading.facts.cloud
    if cloud in UNSUPPORTED:
        return (
            f"cloud_unsupported: the tenant is in the cloud {cloud!r}, where Windows Backup for"
            " Organizations is not offered, so no device was read"
        )
    return None


def name_of(started: datetime) -> str:
    """Name a sweep by its start, so that names sort by time."""
    return started.strftime("%Y%m%dT%H%M%SZ")
