"""Look what changed since the last poll, and hand the changed devices on."""

import logging
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct, structs

from shared.domain.feed import FeedState
from shared.domain.sweep import Pointer, Sweep
from shared.domain.tenant_changes import watched_in
from shared.errors import ConflictError, GraphThrottledError, GraphUnavailableError
from shared.ports import Audit, Changes, Feed, Queue, Snapshots, Sweeps, Tenant
from shared.use_cases.follow_entra import follow_entra
from shared.use_cases.follow_intune import follow_intune
from shared.use_cases.hints import Hints
from shared.use_cases.owed_sweep import begin_owed_sweep, owed_still
from shared.use_cases.start_sweep import Started, SweepTerms
from shared.use_cases.watch_tenant import watch_tenant

log = logging.getLogger(__name__)


class PollOutcome(Struct, frozen=True):
    """What came of a poll: how many devices it hinted at in how many messages, and its sweep.

    Only a poll that `followed` moved the feed on. One that was `put_off` by Graph or `overtaken`
    by another poll is as if it had not been: what it hinted at will be hinted at again.
    """

    result: Literal["no_snapshot", "followed", "put_off", "overtaken"]
    entra: int = 0
    intune: int = 0
    messages: int = 0
    sweep: Started | None = None


async def poll_device_changes(
    now: datetime,
    terms: SweepTerms,
    reread_after: timedelta,
    *,
    audit: Audit,
    changes: Changes,
    feed: Feed,
    snapshots: Snapshots,
    sweeps: Sweeps,
    tenant: Tenant,
    queue: Queue,
) -> PollOutcome:
    """Follow what changed in the tenant, in Entra and in Intune up to `now`, in UTC.

    The state is written once, when everything it stands for is on the queue and in storage, so
    that a poll may die anywhere. Raises GraphError where waiting will not help.
    """
    pointer, _ = await snapshots.current()
    if pointer is None:
        log.info("There is nothing to compare with before the first sweep; no changes are read.")
        return PollOutcome("no_snapshot")
    before, etag = await feed.read()
    record = await sweeps.read(pointer.sweep)
    state = await owed_still(before or _first_state(pointer, record), now, sweeps=sweeps)
    hints = Hints(queue)
    try:
        state = await watch_tenant(
            state,
            now,
            pointer,
            record,
            reread_after,
            user_names=terms.user_names,
            audit=audit,
            changes=changes,
            feed=feed,
            tenant=tenant,
        )
        state = await follow_entra(state, now, changes=changes, feed=feed, hints=hints)
        state = await follow_intune(state, now, changes=changes, hints=hints)
        await hints.send_rest()
        state = structs.replace(state, polled=now)
        etag = await feed.write(state, etag)
    except (GraphThrottledError, GraphUnavailableError) as error:
        log.warning("The poll ends early, and the next one begins where it did: %s", error)
        return _outcome("put_off", hints)
    except ConflictError as error:
        log.info("Another poll was faster, and what it has stored stands: %s", error)
        return _outcome("overtaken", hints)
    log.info(
        "The poll told of %d devices changed in Entra and %d in Intune, in %d messages.%s",
        hints.entra,
        hints.intune,
        hints.messages,
        f" A sweep is owed: {state.owed_sweep}." if state.owed_sweep else "",
    )
    started = await begin_owed_sweep(
        now,
        terms,
        state,
        etag,
        changes=changes,
        feed=feed,
        tenant=tenant,
        sweeps=sweeps,
        queue=queue,
    )
    return _outcome("followed", hints, started)


def _first_state(pointer: Pointer, record: Sweep | None) -> FeedState:
    """Begin where the sweep of the current snapshot did; without its record, as far as is known."""
    state = FeedState(delta_link=None, linked=pointer.started, watermark=pointer.started)
    if record is None:
        return state
    return structs.replace(
        state,
        delta_link=record.delta_link,
        watched=watched_in(record.reading),
        watched_at=record.started,
    )


def _outcome(
    result: Literal["followed", "put_off", "overtaken"],
    hints: Hints,
    sweep: Started | None = None,
) -> PollOutcome:
    return PollOutcome(result, hints.entra, hints.intune, hints.messages, sweep)
