"""How the product itself is doing: its sweeps, its feed of changes, and drift in the tenant."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from shared.domain.feed import OLDEST_LINK, FeedState, TenantChange
from shared.domain.sweep import ActiveSweep, Pointer, Sweep
from shared.report.drift import described

LATEST_SWEEP = timedelta(hours=36)
"""A snapshot older than this is out of date: a whole night's sweep is missing."""

SLOW_SWEEP = timedelta(hours=6)
LATEST_POLL = timedelta(hours=1)
"""Polls come every 15 minutes unless POLL_SCHEDULE says otherwise."""

LINK_EXPIRES_SOON = OLDEST_LINK - timedelta(days=1)
FRESH_START_SHOWN = timedelta(days=7)
DRIFT_SHOWN = timedelta(days=1)

Standing: TypeAlias = Literal["ok", "attention", "failing"]
WORST_FIRST: tuple[Standing, ...] = ("failing", "attention", "ok")


class Check(Struct, frozen=True):
    """One thing that was looked at: a sentence, since when, and what to do about it.

    `settled` is False for what is ok as long as it lasts, and may still fail. `count` is how many
    there are of what should not be there.
    """

    name: str
    state: Standing
    says: str
    since: datetime | None = None
    do: str | None = None
    settled: bool = True
    count: int = 0


class Health(Struct, frozen=True):
    """All checks, and the worst of their states; it is `failing` when answers cannot be trusted."""

    state: Standing
    at: datetime
    checks: tuple[Check, ...]

    def to_json(self) -> bytes:
        """Write it as GET /api/health answers it."""
        return msgspec.json.encode(self)


def health_of(
    now: datetime,
    *,
    pointer: Pointer | None,
    last: Sweep | None,
    active: ActiveSweep,
    feed: FeedState | None,
    changes: Sequence[TenantChange],
    poison: Mapping[str, int],
    restore: Iterable[Check] = (),
) -> Health:
    """Judge what storage says of sweeps, polls and messages, as of `now` in UTC.

    `last` is the record of the newest sweep, whatever became of it. `poison` counts the messages
    that were given up, by queue. `restore` are the checks of changes of the restore setting.
    """
    checks = (
        _snapshot(now, pointer, last),
        _sweep(now, last, active),
        *_feed(now, feed, pointer),
        *(_given_up(queue, count) for queue, count in poison.items() if count),
        *(_drift(change) for change in changes if _is_drift(now, change)),
        *restore,
    )
    state = min((check.state for check in checks), key=WORST_FIRST.index)
    return Health(state, now, checks)


def _snapshot(now: datetime, pointer: Pointer | None, last: Sweep | None) -> Check:
    if pointer is None:
        never = last is None or last.state == "paging"
        return Check(
            "snapshot",
            "attention" if never else "failing",
            "No sweep has been completed yet, so nothing is known of any device.",
            do="Wait for the first sweep to end, or start one: fire nightly_sweep by hand.",
        )
    says = f"The last complete sweep began {_span(now - pointer.started)} ago."
    if now - pointer.started <= LATEST_SWEEP:
        return Check("snapshot", "ok", says, pointer.started)
    return Check(
        "snapshot",
        "failing",
        says,
        pointer.started,
        "See why no sweep has been completed since, and fire nightly_sweep by hand.",
    )


def _sweep(now: datetime, last: Sweep | None, active: ActiveSweep) -> Check:
    if active.sweep is not None and active.started is not None:
        return _running(now, active.sweep, active.started)
    if last is None:
        return Check("sweep", "ok", "No sweep is running, and none has run yet.")
    if last.state == "paging":
        return _running(now, last.id, last.started)
    if last.state == "complete":
        return Check("sweep", "ok", "No sweep is running; the last one is complete.")
    return Check(
        "sweep",
        "attention",
        f"Sweep {last.id} ended {last.state}: {last.reason or 'its record does not say why'}",
        last.started,
        "Remove what the reason names; the next sweep comes by SWEEP_SCHEDULE, or fire"
        " nightly_sweep by hand.",
    )


def _running(now: datetime, sweep: str, started: datetime) -> Check:
    says = f"Sweep {sweep} has been running for {_span(now - started)}."
    if now - started <= SLOW_SWEEP:
        return Check("sweep", "ok", says, started, settled=False)
    return Check(
        "sweep",
        "attention",
        says,
        started,
        "See in the log whether Graph throttles it; the next start gives it up if it stands still.",
    )


def _feed(now: datetime, feed: FeedState | None, pointer: Pointer | None) -> Iterator[Check]:
    if feed is None:
        yield _polls(now, pointer.started if pointer else None, None)
        return
    yield _polls(now, feed.polled or feed.linked, feed.polled)
    yield _link(now, feed)
    if feed.owed_sweep is not None:
        yield _owed(feed.owed_sweep, feed.sweep_failed)
    if feed.fresh_start is not None and now - feed.fresh_start.at <= FRESH_START_SHOWN:
        healed = pointer is not None and pointer.started >= feed.fresh_start.at
        yield Check(
            "fresh_start",
            "ok" if healed else "attention",
            f"The feed of changes began anew: {feed.fresh_start.reason}",
            feed.fresh_start.at,
            None if healed else "Nothing: the next complete sweep finds what was missed.",
        )


def _owed(reason: str, failed: datetime | None) -> Check:
    says = f"A sweep has to begin for what the feed cannot tell: {reason}"
    if failed is None:
        return Check(
            "owed_sweep", "attention", says, do="Nothing: the next poll tries to start it."
        )
    return Check(
        "owed_sweep",
        "attention",
        f"{says}; the last try to start it has failed",
        failed,
        "See in the check of the last sweep why; polls try again once an hour.",
    )


def _polls(now: datetime, since: datetime | None, polled: datetime | None) -> Check:
    """Judge by `since` how long no poll has come, which counts from when one could have."""
    if since is None:
        return Check("polls", "ok", "Changes are followed once a first sweep is complete.")
    span = _span(now - since)
    if now - since > LATEST_POLL:
        return Check(
            "polls",
            "failing",
            f"No poll has looked for changes for {span}, so devices are as of the last sweep.",
            since,
            "See in the log why poll_device_changes fails, and that POLL_SCHEDULE lets it run at"
            " least once an hour.",
        )
    if polled is None:
        return Check("polls", "ok", "The first poll for changes is about to come.", since)
    return Check("polls", "ok", f"The last poll for changes was {span} ago.", polled)


def _link(now: datetime, feed: FeedState) -> Check:
    if feed.delta_link is None or feed.entra_refused is not None:
        why = feed.entra_refused or "there is no delta link yet"
        return Check(
            "entra",
            "attention",
            f"Changes in Entra are not followed, only those in Intune: {why}",
            do="Grant the permission that is named (infra/grant-graph-permissions.sh), if one is.",
        )
    age = now - feed.linked
    says = f"The delta link to Entra's changes is {_span(age)} old."
    if age <= LINK_EXPIRES_SOON:
        return Check("delta_link", "ok", says, feed.linked)
    return Check(
        "delta_link",
        "attention",
        says,
        feed.linked,
        f"See in the log why polls do not renew it; past {_span(OLDEST_LINK)} the feed begins"
        " anew, with a sweep.",
    )


def _given_up(queue: str, count: int) -> Check:
    messages = "1 message" if count == 1 else f"{count} messages"
    return Check(
        f"poison:{queue}",
        "attention",
        f"Of the queue {queue}, {messages} could not be handled and were given up.",
        do=f"See why (python -m local poison list {queue}), then replay or drop what is there.",
        count=count,
    )


def _is_drift(now: datetime, change: TenantChange) -> bool:
    return change.ours is None and now - change.seen <= DRIFT_SHOWN


def _drift(change: TenantChange) -> Check:
    subject = described(change)
    return Check(
        "drift",
        "attention",
        f"The {subject}.",
        change.seen,
        "Check that this was meant; devices are judged by it from now on, and a sweep follows.",
    )


def _span(span: timedelta) -> str:
    """Say how long, in the largest unit that fits at least twice."""
    seconds = max(span, timedelta()).total_seconds()
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length:.0f} {unit}"
    return f"{seconds:.0f} seconds"
