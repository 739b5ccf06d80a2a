"""See what the gates of a change look at, as it is now."""

from datetime import UTC, datetime

import msgspec
from msgspec import UNSET, UnsetType, structs

from shared.domain.feed import FeedState
from shared.domain.gates import Fleet, Observed
from shared.domain.sweep import Sweep
from shared.domain.tenant import RestoreSetting, StatusPage
from shared.errors import GraphError, GraphThrottledError, GraphUnavailableError
from shared.ports import Setting, Snapshots, Telling
from shared.report.summary import Summary
from shared.report.tenant_findings import applying
from shared.use_cases.restore_control import Control
from shared.use_cases.start_sweep import LONGEST_SWEEP


async def observe(now: datetime, *, control: Control) -> tuple[Observed, RestoreSetting | None]:
    """Read what the gates look at, and the restore setting; None where it cannot be made out.

    Raises GraphThrottledError and GraphUnavailableError, after which another try may tell, and
    StorageError.
    """
    seen, setting = await _setting(control.setting)
    fleet = await _fleet(control.snapshots)
    sweep = None if fleet is None else await control.sweeps.read(fleet.sweep)
    state, _ = await control.feed.read()
    pages = _status_pages(state, sweep)
    return structs.replace(
        seen,
        cloud=UNSET if sweep is None else sweep.reading.facts.cloud,
        fleet=fleet,
        last_sweep_wrong=_what_is_wrong(await control.sweeps.last(), now),
        status_pages_off=UNSET if pages is UNSET else _without_updates(pages),
        storm=await _storm(control.telling),
    ), setting


async def _setting(port: Setting) -> tuple[Observed, RestoreSetting | None]:
    """Read the setting, and see when it was last changed."""
    try:
        setting = await port.read()
    except (GraphThrottledError, GraphUnavailableError):
        raise
    except GraphError as error:
        return Observed(wrong=str(error)), None
    return Observed(settings=1, last_modified=_time(setting.last_modified)), setting


async def _fleet(snapshots: Snapshots) -> Fleet | None:
    """Return how the devices stand for restore, by the current snapshot."""
    pointer, _ = await snapshots.current()
    if pointer is None:
        return None
    summary = msgspec.json.decode(await snapshots.summary(pointer.sweep), type=Summary)
    restore = next(each for each in summary.capabilities if each.capability == "restore")
    return Fleet(
        sweep=summary.sweep,
        started=summary.started,
        devices=summary.devices,
        eligible=restore.eligible,
        ineligible=restore.ineligible,
        unknown=restore.unknown,
        by_reason={b.reason: b.devices for b in restore.blockers if b.affects == "verdict"},
        backup=summary.backup_reach,
    )


def _what_is_wrong(last: Sweep | None, now: datetime) -> str | None:
    """Say why the newest sweep is not complete; None while one is under way, and before any."""
    if last is None or last.state == "complete":
        return None
    if last.state != "paging":
        return f"{last.id} is {last.state}" + (f" ({last.reason})" if last.reason else "")
    overdue = now - last.started >= LONGEST_SWEEP
    return f"{last.id} has been running since {last.started:%d %b, %H:%M} UTC" if overdue else None


def _status_pages(
    feed: FeedState | None, sweep: Sweep | None
) -> tuple[StatusPage, ...] | UnsetType:
    """Return the status pages as a poll last saw them, or else the sweep."""
    if feed is not None and feed.watched.status_pages is not UNSET:
        return feed.watched.status_pages
    return UNSET if sweep is None else sweep.reading.status_pages


def _without_updates(pages: tuple[StatusPage, ...]) -> tuple[str, ...] | UnsetType:
    """Name the status pages in use that install no quality updates.

    UNSET where that is not known of one, or of whether it is in use, and where there is none.
    """
    used = tuple(applying(pages))
    off = tuple(sorted(page.name for page in used if page.quality_updates is False))
    perhaps = (page for page in pages if _is_perhaps_used(page))
    known = all(page.quality_updates is True for page in (*used, *perhaps))
    return off if off or (used and known) else UNSET


def _is_perhaps_used(page: StatusPage) -> bool:
    if page.targets is UNSET:
        return not page.default
    return any(target.kind == "unrecognised" for target in page.targets)


async def _storm(telling: Telling) -> str | None:
    state, _ = await telling.state()
    if state is None or state.storm is None:
        return None
    storm = state.storm
    return f"{storm.devices:,} devices changed at once, as of the sweep {storm.sweep}"


def _time(text: str) -> datetime | UnsetType:
    """Read a time of Graph's, which is in UTC unless it says otherwise; UNSET for no time."""
    try:
        time = datetime.fromisoformat(text)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return UNSET
