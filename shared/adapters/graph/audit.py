"""Who changed the tenant, by Intune's audit log."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct, field

from shared.adapters.graph.client import GraphClient, list_of
from shared.adapters.graph.paths import AUDIT_EVENTS
from shared.adapters.graph.restore_setting import ID_SUFFIX
from shared.adapters.graph.times import read_time, write_time
from shared.adapters.graph.waits import Meter
from shared.domain.feed import Actor, TenantChange
from shared.errors import GraphAnswerError, GraphError, GraphForbiddenError

CLOCKS_APART = timedelta(minutes=5)
"""How much earlier than the last known state a change may be dated, or later than it was seen: for
clocks differ, and a change made while a poll runs is seen by it."""

MOST_PAGES = 20
"""Pages read at most; Intune may ignore the filter, and the log goes back a year."""

BUDGET = 30.0
"""Seconds spent waiting for what is only a courtesy."""

SILENT = "Intune's audit log names nobody who changed it in that time"


class _Who(Struct):
    user: str | None = field(default=None, name="userPrincipalName")
    service_principal: str | None = field(default=None, name="servicePrincipalName")
    application: str | None = field(default=None, name="applicationDisplayName")
    application_id: str | None = field(default=None, name="applicationId")


class _Property(Struct):
    name: str | None = field(default=None, name="displayName")
    old: object = field(default=None, name="oldValue")
    new: object = field(default=None, name="newValue")


class _Resource(Struct):
    id: str | None = field(default=None, name="resourceId")
    modified: list[_Property] | None = field(default=None, name="modifiedProperties")


class _Event(Struct):
    at: str | None = field(default=None, name="activityDateTime")
    result: str | None = field(default=None, name="activityResult")
    who: _Who | None = field(default=None, name="actor")
    resources: list[_Resource] | None = None


class _Deed(Struct, frozen=True):
    """What one event tells: who touched what, and when; `touched` is in lower case."""

    at: datetime
    who: _Who
    touched: frozenset[str]


async def with_actors(
    client: GraphClient, changes: Sequence[TenantChange]
) -> Sequence[TenantChange]:
    """Add to each change who made it, or why that is not known. Asks nothing for no changes."""
    if not changes:
        return ()
    try:
        deeds = await _read(client, min(c.last_known for c in changes) - CLOCKS_APART)
    except GraphForbiddenError as refused:
        return _unknown(
            changes,
            "Intune's audit log may not be read: grant the app's identity"
            f" {refused.permission} to learn who changes settings",
        )
    except GraphError as error:
        return _unknown(changes, f"Intune's audit log was not read: {error}")
    return [_explained(change, deeds) for change in changes]


async def _read(client: GraphClient, since: datetime) -> list[_Deed]:
    meter = Meter(BUDGET)
    link = f"{AUDIT_EVENTS}?$filter=activityDateTime gt {write_time(since)}"
    deeds: list[_Deed] = []
    for _ in range(MOST_PAGES):
        page = await client.get(link, list_of(_Event), meter)
        deeds += (deed for event in page.value if (deed := _deed(event)) and deed.at > since)
        if not page.next:
            return deeds
        link = page.next
    raise GraphAnswerError(f"it has more than {MOST_PAGES} pages since {write_time(since)}")


def _deed(event: _Event) -> _Deed | None:
    at = read_time(event.at)
    failed = (event.result or "").lower().startswith("fail")
    if at is None or event.who is None or failed:
        return None
    touched = frozenset(name for resource in event.resources or () for name in _names(resource))
    return _Deed(at, event.who, touched)


def _names(resource: _Resource) -> Iterator[str]:
    """Name a resource in all ways: an id's suffix may stand among its properties alone."""
    yield (resource.id or "").lower()
    for changed in resource.modified or ():
        if (changed.name or "").lower() == "id":
            yield from (str(value).lower() for value in (changed.old, changed.new) if value)


def _explained(change: TenantChange, deeds: Sequence[_Deed]) -> TenantChange:
    earliest, latest = change.last_known - CLOCKS_APART, change.seen + CLOCKS_APART
    matching = [d for d in deeds if earliest < d.at <= latest and _touches(d, change)]
    if not matching:
        return msgspec.structs.replace(change, who=None, who_unknown=SILENT)
    deed = max(matching, key=lambda d: d.at)
    who = deed.who
    actor = Actor(
        name=who.user or who.service_principal or who.application or None,
        application=who.application,
        application_id=who.application_id,
        at=deed.at,
    )
    return msgspec.structs.replace(change, who=actor, who_unknown=None)


def _touches(deed: _Deed, change: TenantChange) -> bool:
    if change.id.lower() in deed.touched:
        return True
    suffix = ID_SUFFIX.lower()
    return change.kind == "restore_setting" and any(name.endswith(suffix) for name in deed.touched)


def _unknown(changes: Sequence[TenantChange], reason: str) -> list[TenantChange]:
    return [msgspec.structs.replace(change, who=None, who_unknown=reason) for change in changes]
