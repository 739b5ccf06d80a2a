"""Where the feed of changes stands, and what it saw of the tenant."""

from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from msgspec import UNSET, Struct, UnsetType

from shared.domain.tenant import Policy, RestoreSetting, StatusPage, TenantReading

OLDEST_LINK = timedelta(days=6)
"""Delta tokens live seven days (facts/graph.md, Devices, 2026-11-22); an older link is not used."""

OVERLAP = timedelta(minutes=5)
"""How far the question for synced devices reaches back behind the watermark: Intune's clocks and
replicas may lag, and a hint that comes twice does no harm."""


class Watched(Struct, frozen=True):
    """What a poll looks at in the tenant; UNSET where it could not be read."""

    restore_setting: RestoreSetting | UnsetType = UNSET
    status_pages: tuple[StatusPage, ...] | UnsetType = UNSET
    backup_policies: tuple[Policy, ...] | UnsetType = UNSET
    first_sign_in_policies: tuple[Policy, ...] | UnsetType = UNSET


class FreshStart(Struct, frozen=True):
    """The feed could not go on from where it stood, and began anew."""

    at: datetime
    reason: str


class FeedState(Struct, frozen=True):
    """feed/state.json: how far changes have been handed on.

    `delta_link` is None where Entra's changes may not be read; `linked` is when it was obtained.
    `watermark` is the newest lastSyncDateTime that was handed on. `directory_cursor` is where the
    reading of the directory goes on, and `directory_whole` says that it has been read to its end.
    `watched_at` is when all that is known of the tenant was last seen. `owed_sweep` is why a sweep
    must begin, until one has begun; `sweep_failed` is when it failed last. `begun_sweep` names the
    one that began for that, until it is complete, and `begun_for` why.
    """

    delta_link: str | None
    linked: datetime
    watermark: datetime
    polled: datetime | None = None
    watched: Watched = Watched()
    watched_at: datetime | None = None
    directory_cursor: str | None = None
    directory_whole: bool = False
    owed_sweep: str | None = None
    sweep_failed: datetime | None = None
    begun_sweep: str | None = None
    begun_for: str | None = None
    fresh_start: FreshStart | None = None
    entra_refused: str | None = None
    """Why Entra's changes are not followed, such as a permission that is missing."""


WatchedKind: TypeAlias = Literal[
    "restore_setting", "status_page", "backup_policy", "first_sign_in_policy"
]


class Actor(Struct, frozen=True):
    """Who changed something, by Intune's audit log."""

    name: str | None
    application: str | None
    application_id: str | None
    at: datetime | None


class TenantChange(Struct, frozen=True):
    """A watched object that differs from the last known one; None where it was not there.

    `old` and `new` are its properties, under the names of domain/tenant.py.
    `seen` is when the poll saw it. `who` is None where the audit log may not be read or is silent;
    `who_unknown` then says why. It is drift unless a change of our own made it, which `ours` names.
    """

    kind: WatchedKind
    id: str
    name: str
    old: dict[str, object] | None
    new: dict[str, object] | None
    seen: datetime
    last_known: datetime
    who: Actor | None = None
    who_unknown: str | None = None
    ours: str | None = None


class Reread(Struct, frozen=True):
    """The tenant as read again between two sweeps, and the names of its GUID sets."""

    read_at: datetime
    reading: TenantReading
    sets: tuple[str, ...] = ()
