"""Whether a policy or status page reaches a device, where that can be told at all."""

from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Literal, TypeAlias

from msgspec import UNSET, Struct, UnsetType

from shared.domain.facts import PolicyState
from shared.domain.tenant import Policy, StatusPage, Target

QualityUpdates: TypeAlias = bool | Literal["depends_on_filter"] | UnsetType


class Answer(IntEnum):
    """Whether something holds: no, if an assignment filter says so, not known, or yes.

    Of several answers to "does any of these hold?" the greatest one is the answer to all.
    """

    NO = 0
    FILTERED = 1
    UNREAD = 2
    YES = 3


class Standing(Struct, frozen=True):
    """All that assignments may ask about one device.

    `has_user` and `autopilot` are UNSET where they were not read. The two mappings hold every
    group that an assignment names: whether the device is in it itself, and whether its user is.
    """

    has_user: bool | UnsetType
    autopilot: bool | UnsetType
    by_device: Mapping[str, Answer]
    by_user: Mapping[str, Answer]


def policy_state(
    policies: tuple[Policy, ...] | UnsetType, device: Standing
) -> PolicyState | UnsetType:
    """Tell what policies that set one setting come to on a device.

    UNSET where something that would decide was not read, or sets a value unknown here.
    """
    if policies is UNSET:
        return UNSET
    values: dict[Answer, set[str]] = {answer: set() for answer in Answer}
    for policy in policies:
        values[_policy_reaches(policy, device)].add(policy.value)
    certain, filtered, unread = values[Answer.YES], values[Answer.FILTERED], values[Answer.UNREAD]
    if certain >= {"enabled", "disabled"}:
        return "conflicting"
    if "unrecognised" in certain | filtered or unread - certain:
        return UNSET
    if filtered - certain:
        return "depends_on_filter"
    if "enabled" in certain:
        return "enabled"
    return "disabled" if certain else "notConfigured"


def quality_updates(pages: tuple[StatusPage, ...] | UnsetType, device: Standing) -> QualityUpdates:
    """Tell whether the status page that would apply to a device installs quality updates.

    The device-targeted page of the lowest priority number applies, else the default one. Outside
    Autopilot only an assignment to all devices counts, less the groups it excludes; assignments to
    users never do. Source: facts/windows-backup.md, section 3, Quality updates, 2026-11-22.
    """
    if pages is UNSET:
        return UNSET
    if device.autopilot is not UNSET:
        return _first_page(pages, device, with_groups=device.autopilot)
    inside = _first_page(pages, device, with_groups=True)
    outside = _first_page(pages, device, with_groups=False)
    return inside if inside == outside else UNSET


def _first_page(
    pages: tuple[StatusPage, ...], device: Standing, *, with_groups: bool
) -> QualityUpdates:
    assigned = sorted((p for p in pages if not p.default), key=lambda p: p.priority)
    before: list[tuple[Answer, bool | UnsetType]] = []
    last: bool | UnsetType = next((p.quality_updates for p in pages if p.default), UNSET)
    for page in assigned:
        answer = _page_reaches(page, device, with_groups=with_groups)
        if answer is Answer.YES:
            last = page.quality_updates
            break
        before.append((answer, page.quality_updates))
    possible = {last}
    for answer, value in reversed(before):
        if answer is Answer.UNREAD and possible != {value}:
            return UNSET
        if answer is not Answer.NO:
            possible.add(value)
    if UNSET in possible:
        return UNSET
    return last if len(possible) == 1 else "depends_on_filter"


def _policy_reaches(policy: Policy, device: Standing) -> Answer:
    def holds(target: Target) -> Answer:
        if target.kind == "all_devices":
            return Answer.YES
        if target.kind == "all_users":
            if device.has_user is UNSET:
                return Answer.UNREAD
            return Answer.YES if device.has_user else Answer.NO
        if target.group is None:
            return Answer.UNREAD
        return max(device.by_device[target.group], device.by_user[target.group])

    return _reaches(policy.targets, holds)


def _page_reaches(page: StatusPage, device: Standing, *, with_groups: bool) -> Answer:
    def holds(target: Target) -> Answer:
        if target.kind == "all_devices":
            return Answer.YES
        if target.kind == "all_users":
            return Answer.NO
        if target.group is None:
            return Answer.UNREAD
        counts = with_groups or target.kind == "excluded_group"
        return device.by_device[target.group] if counts else Answer.NO

    return _reaches(page.targets, holds)


def _reaches(targets: tuple[Target, ...] | UnsetType, holds: Callable[[Target], Answer]) -> Answer:
    if targets is UNSET:
        return Answer.UNREAD

    def any_of(excluded: bool) -> Answer:
        asked = (t for t in targets if (t.kind == "excluded_group") == excluded)
        return max((_filtered(t, holds(t)) for t in asked), default=Answer.NO)

    included, excluded = any_of(excluded=False), any_of(excluded=True)
    if included is Answer.NO or excluded is Answer.YES:
        return Answer.NO
    if included is Answer.YES and excluded is Answer.NO:
        return Answer.YES
    return Answer.UNREAD if Answer.UNREAD in (included, excluded) else Answer.FILTERED


def _filtered(target: Target, answer: Answer) -> Answer:
    return Answer.FILTERED if target.filtered and answer is Answer.YES else answer
