"""Follow what changed in Entra, from where the last poll came to, to the end."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import structs

from shared.domain.feed import OLDEST_LINK, FeedState, FreshStart
from shared.domain.known_device import entra_key
from shared.errors import (
    DeltaExpiredError,
    GraphError,
    GraphForbiddenError,
    GraphThrottledError,
    GraphUnavailableError,
)
from shared.ports import Changes, DeltaPage, Feed
from shared.use_cases.entra_objects import EntraObjects
from shared.use_cases.hints import Hints

log = logging.getLogger(__name__)

MOST_DIRECTORY_PAGES = 100
"""Pages of Entra's devices that one poll reads at most: a minute or so, for 100,000 devices. A
larger tenant is read over several polls, so that none of them keeps the changes waiting."""

AFRESH_AT_MOST = timedelta(days=1)
"""How often a link that Graph refuses for no known reason is given up, for each costs a sweep."""

SIGN_IN_FAILED = 401

REMOVED_UNKNOWN = "a device was removed from Entra before all its devices had been listed"


async def follow_entra(
    state: FeedState, now: datetime, *, changes: Changes, feed: Feed, hints: Hints
) -> FeedState:
    """Hint at every device that Entra tells of, and return the state that stands for it.

    The state holds once the hints are sent. Where Entra may not be read it says why, and whoever
    follows later starts afresh. Raises GraphError, and ConflictError when another poll was faster.
    """
    try:
        if reason := _why_afresh(state, now):
            return await _afresh(state, now, reason, changes)
        try:
            return await _follow(state, now, changes=changes, feed=feed, hints=hints)
        except DeltaExpiredError as error:
            return await _afresh(state, now, f"the delta link had expired: {error}", changes)
        except (GraphThrottledError, GraphUnavailableError, GraphForbiddenError):
            raise
        except GraphError as error:
            if error.status == SIGN_IN_FAILED or _began_afresh_lately(state, now):
                raise
            return await _afresh(state, now, f"the delta link could not be used: {error}", changes)
    except GraphForbiddenError as error:
        log.warning("Changes in Entra are not followed: %s", error)
        return structs.replace(state, delta_link=None, entra_refused=str(error))


def _began_afresh_lately(state: FeedState, now: datetime) -> bool:
    """Tell whether a fresh start has just been tried, so that another one would not help."""
    return state.fresh_start is not None and now - state.fresh_start.at < AFRESH_AT_MOST


def _why_afresh(state: FeedState, now: datetime) -> str | None:
    if state.delta_link is None and state.entra_refused is not None:
        return "changes in Entra could not be read before"
    if state.delta_link is None:
        return "the last sweep had left no delta link"
    if now - state.linked > OLDEST_LINK:
        return f"the delta link was older than {OLDEST_LINK.days} days"
    return None


async def _afresh(state: FeedState, now: datetime, reason: str, changes: Changes) -> FeedState:
    """Follow what changes from now on, and owe a sweep for what was missed.

    The directory is read again, because objects that came meanwhile are not in it.
    """
    link = await changes.latest()
    log.warning("Changes in Entra are followed afresh, and a sweep is owed: %s", reason)
    return structs.replace(
        state,
        delta_link=link,
        linked=now,
        directory_cursor=None,
        directory_whole=False,
        owed_sweep=reason,
        fresh_start=FreshStart(now, reason),
        entra_refused=None,
    )


async def _follow(
    state: FeedState, now: datetime, *, changes: Changes, feed: Feed, hints: Hints
) -> FeedState:
    """Read on in the directory, and then the changes.

    In that order, and with the directory only taken for whole when it was so before: an object
    that goes while it is being listed may be in neither.
    """
    assert state.delta_link is not None  # noqa: S101 - the caller has looked
    objects = await EntraObjects.read(feed)
    after = await _read_directory(state, objects, changes)
    unknown: set[str] = set()
    link = state.delta_link
    while True:
        page = await changes.since(link)
        unknown |= await _hint_at(page, objects, changes=changes, hints=hints)
        if page.delta_link is not None:
            break
        assert page.next is not None  # noqa: S101 - a page has one of the two
        link = page.next
    unknown = await _hint_at_removed(unknown, objects, hints)
    await objects.keep(feed)
    if unknown and not state.directory_whole:
        after = structs.replace(after, owed_sweep=REMOVED_UNKNOWN)
    return structs.replace(after, delta_link=page.delta_link, linked=now, entra_refused=None)


async def _hint_at(
    page: DeltaPage, objects: EntraObjects, *, changes: Changes, hints: Hints
) -> set[str]:
    """Hint at the devices of one page, and return the removed objects that are not known yet."""
    named = {object_: key for object_, given in page.changed.items() if (key := entra_key(given))}
    objects.learn(named)
    unnamed = [
        object_
        for object_ in page.changed
        if object_ not in named and objects.device_of(object_) is None
    ]
    if unnamed:
        objects.learn(await changes.device_ids(unnamed))
    for object_ in page.changed:
        device = named.get(object_) or objects.device_of(object_)
        if device is not None:
            await hints.add_entra(device)
    return await _hint_at_removed(page.removed, objects, hints)


async def _hint_at_removed(removed: Iterable[str], objects: EntraObjects, hints: Hints) -> set[str]:
    """Hint at the removed objects that are known, and return the others."""
    unknown = set()
    for object_ in removed:
        device = objects.device_of(object_)
        if device is None:
            unknown.add(object_)
        else:
            await hints.add_entra(device)
    return unknown


async def _read_directory(state: FeedState, objects: EntraObjects, changes: Changes) -> FeedState:
    """Read on in the directory. A refusal is tolerated: what cannot be matched owes a sweep."""
    if state.directory_whole:
        return state
    cursor = state.directory_cursor
    try:
        for _ in range(MOST_DIRECTORY_PAGES):
            page = await changes.directory(cursor)
            objects.learn(page.devices)
            cursor = page.next
            if cursor is None:
                return structs.replace(state, directory_cursor=None, directory_whole=True)
    except (GraphThrottledError, GraphUnavailableError):
        raise
    except GraphError as error:
        log.warning("Entra's devices cannot be listed, and will be from the start: %s", error)
        cursor = None
    return structs.replace(state, directory_cursor=cursor)
