"""Which policies, status page and Autopilot history reach one device."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeAlias

from msgspec import UNSET, Struct, UnsetType

from shared.domain.assignment import Answer, QualityUpdates, Standing, policy_state, quality_updates
from shared.domain.facts import AutopilotProfile, Facts, Flag, PolicyState, Text
from shared.domain.guid_index import NO_ID, Bits, GuidIndex
from shared.domain.guid_set import GuidSet
from shared.domain.managed_device import ManagedDevice, has_user, hyper_v_guest
from shared.domain.tenant import Profile, TenantReading
from shared.domain.tenant_sets import (
    AUTOPILOT_EVENTS,
    EVENT_DEVICES,
    group_devices,
    group_users,
    groups_of,
    may_block,
    policies_by_group,
    profile_devices,
    status_pages,
)

REMEMBERED = 50_000
"""Distinct places kept, so that memory stays flat whatever the groups are like."""


class Reached(Struct, frozen=True, cache_hash=True):
    """The group-dependent facts of one device, resolved."""

    autopilot_event: Text = UNSET
    autopilot_profile: AutopilotProfile | UnsetType | None = UNSET
    esp_quality_updates: QualityUpdates = UNSET
    backup_policy: PolicyState | UnsetType = UNSET
    first_sign_in_policy: PolicyState | UnsetType = UNSET


Place: TypeAlias = tuple[Bits, Bits, Bits]
"""Where a device stands: the sets that its Entra device id, its Intune id and its user's id are
in."""


class Reach:
    """Resolves assignments device by device, from one reading of the tenant.

    Devices that stand alike share one Reached, worked out once.
    """

    def __init__(self, reading: TenantReading, sets: Mapping[str, GuidSet]) -> None:
        self._reading = reading
        self._groups = groups_of((*policies_by_group(reading), *status_pages(reading)))
        profiles = [p for p in reading.profiles or () if may_block(p)]
        self._profiles = {profile_devices(p.id): _facts_of_profile(p) for p in profiles}
        self._events = sorted(name for name in sets if name.startswith(EVENT_DEVICES))

        in_groups = [group_devices(g) for g in self._groups]
        self._by_entra = _index(sets, [*in_groups, *self._profiles, *self._events])
        self._by_intune = _index(sets, [*self._profiles, *self._events])
        self._by_user = _index(sets, [group_users(g) for g in self._groups])
        self.indexes = self._by_entra.bits, self._by_intune.bits, self._by_user.bits
        """Tell where a device stands, from its Entra device id, its Intune id and its user's id.

        Devices that stand alike are reached alike, given that they agree in having a user's name
        and in being in Autopilot.
        """

        events_read = any(
            o.name == AUTOPILOT_EVENTS and o.state == "complete" for o in reading.outcomes
        )
        self._no_event: Text = None if events_read else UNSET
        profiles_read = reading.profiles is not UNSET and all(p in sets for p in self._profiles)
        self._no_profile: UnsetType | None = None if profiles_read else UNSET
        self._resolved = lru_cache(maxsize=REMEMBERED)(self._resolve)

    def of(self, device: ManagedDevice) -> Reached:
        """Resolve what reaches this device."""
        by_entra, by_intune, by_user = self.indexes
        place = by_entra(device.entra_device_id), by_intune(device.id), by_user(device.user_id)
        somebody = has_user(device.user_name) if place[2] is UNSET else place[2] != NO_ID
        return self._resolved(device.autopilot_enrolled, somebody, place)

    def _resolve(self, autopilot: Flag, somebody: bool | UnsetType, place: Place) -> Reached:
        entra, intune, user = place
        by_entra, by_user = self._by_entra, self._by_user
        held = _held(by_entra, entra) | _held(self._by_intune, intune)
        standing = Standing(
            has_user=somebody,
            autopilot=UNSET if autopilot is None else autopilot,
            by_device={g: _answer(by_entra, group_devices(g), entra) for g in self._groups},
            by_user={g: _answer(by_user, group_users(g), user) for g in self._groups},
        )
        return Reached(
            autopilot_event=next(
                (name.removeprefix(EVENT_DEVICES) for name in self._events if name in held),
                self._no_event,
            ),
            autopilot_profile=next(
                (facts for name, facts in self._profiles.items() if name in held),
                self._no_profile,
            ),
            esp_quality_updates=quality_updates(self._reading.status_pages, standing),
            backup_policy=policy_state(self._reading.backup_policies, standing),
            first_sign_in_policy=policy_state(self._reading.first_sign_in_policies, standing),
        )


def facts_of(device: ManagedDevice, reached: Reached) -> Facts:
    """Put together what the rules may know of a device."""
    return Facts(
        operating_system=device.operating_system,
        os_version=device.os_version,
        join_type=device.join_type,
        trust_type=device.trust_type,
        enrollment_type=device.enrollment_type,
        management_agent=device.management_agent,
        autopilot_enrolled=device.autopilot_enrolled,
        autopilot_event=reached.autopilot_event,
        autopilot_profile=reached.autopilot_profile,
        has_user=has_user(device.user_name),
        sku_number=device.sku_number,
        sku_family=device.sku_family,
        hyper_v_guest=hyper_v_guest(device.manufacturer, device.model),
        esp_quality_updates=reached.esp_quality_updates,
        backup_policy=reached.backup_policy,
        first_sign_in_policy=reached.first_sign_in_policy,
    )


def _facts_of_profile(profile: Profile) -> AutopilotProfile:
    return AutopilotProfile(
        profile.type, profile.device_usage_type, profile.preprovisioning_allowed
    )


def _index(sets: Mapping[str, GuidSet], names: Iterable[str]) -> GuidIndex:
    return GuidIndex({name: sets[name] for name in names if name in sets})


def _held(index: GuidIndex, bits: Bits) -> set[str]:
    if not bits or bits == NO_ID:
        return set()
    return {name for n, name in enumerate(index.names) if bits >> n & 1}


def _answer(index: GuidIndex, name: str, bits: Bits) -> Answer:
    """Tell whether a set holds the id that gave these bits."""
    if bits is UNSET:
        return Answer.UNREAD
    if bits == NO_ID:
        return Answer.NO
    if name not in index.names:
        return Answer.UNREAD
    return Answer.YES if name in _held(index, bits) else Answer.NO
