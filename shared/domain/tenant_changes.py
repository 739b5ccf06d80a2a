"""How what is watched in the tenant differs from what was last known of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, UnsetType, structs

from shared.domain.feed import TenantChange, Watched, WatchedKind
from shared.domain.tenant import Policy, RestoreSetting, StatusPage, TenantReading

SHOW_RESTORE_PAGE = "Show restore page"
"""What the admin center calls the restore setting, which has no name in Graph."""

WatchedObject: TypeAlias = RestoreSetting | StatusPage | Policy
Objects: TypeAlias = Sequence[WatchedObject] | UnsetType
W = TypeVar("W", bound=WatchedObject)


def watched_in(reading: TenantReading) -> Watched:
    """Take out of a whole reading of the tenant what is watched."""
    return Watched(
        reading.restore_setting,
        reading.status_pages,
        reading.backup_policies,
        reading.first_sign_in_policies,
    )


def known(old: Watched, new: Watched) -> Watched:
    """Return what is known now: what was read, and where it was not, what was known before."""
    setting = new.restore_setting
    return Watched(
        old.restore_setting if setting is UNSET else setting,
        _list_known(old.status_pages, new.status_pages),
        _list_known(old.backup_policies, new.backup_policies),
        _list_known(old.first_sign_in_policies, new.first_sign_in_policies),
    )


def differences(
    old: Watched, new: Watched, seen: datetime, last_known: datetime
) -> list[TenantChange]:
    """List what differs, in the order of kinds and ids.

    Only what was read both times can differ: a list or a property that could not be read is no
    change. The order in which Graph lists objects and assignments means nothing.
    """
    now = known(old, new)
    changes: list[TenantChange] = []
    for kind, was_there, is_there in _by_kind(old, now):
        if was_there is UNSET or is_there is UNSET:
            continue
        before = {each.id: each for each in was_there}
        after = {each.id: each for each in is_there}
        for id_ in sorted(before.keys() | after.keys()):
            was, is_ = _properties(before.get(id_)), _properties(after.get(id_))
            if _differ(was, is_):
                name = _name(after.get(id_) or before[id_])
                changes.append(TenantChange(kind, id_, name, was, is_, seen, last_known))
    return changes


def _by_kind(old: Watched, new: Watched) -> Sequence[tuple[WatchedKind, Objects, Objects]]:
    return (
        ("restore_setting", _alone(old.restore_setting), _alone(new.restore_setting)),
        ("status_page", old.status_pages, new.status_pages),
        ("backup_policy", old.backup_policies, new.backup_policies),
        ("first_sign_in_policy", old.first_sign_in_policies, new.first_sign_in_policies),
    )


def _alone(setting: RestoreSetting | UnsetType) -> Objects:
    return UNSET if setting is UNSET else (setting,)


def _list_known(
    old: tuple[W, ...] | UnsetType, new: tuple[W, ...] | UnsetType
) -> tuple[W, ...] | UnsetType:
    if old is UNSET or new is UNSET:
        return old if new is UNSET else new
    before = {each.id: each for each in old}
    return tuple(_completed(each, before.get(each.id, each)) for each in new)


def _completed(new: W, old: W) -> W:
    unread = {
        name: getattr(old, name) for name in new.__struct_fields__ if getattr(new, name) is UNSET
    }
    return structs.replace(new, **unread) if unread else new


def _properties(watched: WatchedObject | None) -> dict[str, Any] | None:
    """Return what was read of an object, its assignments in an order of their own."""
    if watched is None:
        return None
    properties: dict[str, Any] = msgspec.to_builtins(watched)
    if "targets" in properties:
        properties["targets"] = sorted(properties["targets"], key=msgspec.json.encode)
    return properties


def _differ(was: dict[str, Any] | None, is_: dict[str, Any] | None) -> bool:
    if was is None or is_ is None:
        return True
    return any(was[name] != is_[name] for name in was.keys() & is_.keys())


def _name(watched: WatchedObject) -> str:
    return SHOW_RESTORE_PAGE if isinstance(watched, RestoreSetting) else watched.name
