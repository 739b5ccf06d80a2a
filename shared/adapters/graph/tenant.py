"""Reads the tenant: its settings, its policies, and who they reach."""

from collections.abc import Mapping
from typing import Literal, TypeVar

from msgspec import UNSET, UnsetType

from shared.adapters.graph import (
    access_policies,
    autopilot,
    cloud,
    groups,
    policies,
    restore_setting,
    status_pages,
)
from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.outcomes import Ledger
from shared.adapters.graph.waits import Meter
from shared.domain.clouds import UNSUPPORTED, Cloud
from shared.domain.facts import TenantFacts
from shared.domain.feed import Watched
from shared.domain.guid_set import GuidSet
from shared.domain.tenant import AccessPolicy, Policy, StatusPage, TenantReading
from shared.domain.tenant_sets import AUTOPILOT_EVENTS, groups_of

BUDGET = 180.0
"""Seconds the whole reading may spend waiting; it makes tens of calls where a page makes few."""

Assigned = TypeVar("Assigned", Policy, StatusPage)


class GraphTenant:
    """Reads one tenant.

    `login` asks the sign-in host, anonymously. `region` is what the operator set: Graph does not
    tell whether the EU Digital Markets Act applies.
    """

    def __init__(
        self,
        graph: GraphClient,
        login: GraphClient,
        tenant_id: str,
        region: Literal["DMA", "non-DMA"] | UnsetType = UNSET,
    ) -> None:
        self._graph = graph
        self._login = login
        self._tenant_id = tenant_id
        self._region = region

    async def read(self) -> tuple[TenantReading, Mapping[str, GuidSet]]:
        """Read everything, list by list; a list that fails is UNSET, and its outcome says why.

        In a cloud without the feature nothing but the cloud is read. Raises GraphThrottledError,
        and GraphError when nobody could sign in or Graph was unavailable for every list.
        """
        meter = Meter(BUDGET)
        ledger = Ledger()
        found = await ledger.attempt(
            cloud.NAME,
            cloud.read_cloud(self._login, self._tenant_id, self._graph.host, meter),
        )
        if found in UNSUPPORTED:
            facts = TenantFacts(cloud=found, region=self._region)
            return TenantReading(facts, outcomes=tuple(ledger.outcomes)), {}
        return await self._read_lists(found, ledger, meter)

    async def watch(self) -> Watched:
        """Read only what is watched between sweeps; what was not read completely is UNSET.

        So a passing failure never looks like a change. Raises GraphThrottledError, and GraphError
        when nobody could sign in.
        """
        meter = Meter(BUDGET)
        graph, attempt = self._graph, Ledger().attempt
        setting = await attempt(
            restore_setting.NAME, restore_setting.read_restore_setting(graph, meter)
        )
        pages = await attempt(status_pages.NAME, status_pages.read_status_pages(graph, meter))
        catalog = await attempt(policies.NAME, policies.read_policies(graph, meter)) or None
        return Watched(
            restore_setting=setting,
            status_pages=_whole(pages),
            backup_policies=_whole(catalog.backup) if catalog else UNSET,
            first_sign_in_policies=_whole(catalog.first_sign_in) if catalog else UNSET,
        )

    async def _read_lists(
        self, found: Cloud | UnsetType, ledger: Ledger, meter: Meter
    ) -> tuple[TenantReading, Mapping[str, GuidSet]]:
        graph, attempt = self._graph, ledger.attempt
        setting = await attempt(
            restore_setting.NAME, restore_setting.read_restore_setting(graph, meter)
        )
        pages = await attempt(status_pages.NAME, status_pages.read_status_pages(graph, meter))
        profiles = await attempt(autopilot.PROFILES, autopilot.read_profiles(graph, meter))
        profile_sets: Mapping[str, GuidSet] | UnsetType = UNSET
        if profiles:
            profile_sets = await attempt(
                autopilot.PROFILE_DEVICES, autopilot.read_profile_devices(graph, profiles, meter)
            )
        event_sets = await attempt(AUTOPILOT_EVENTS, autopilot.read_events(graph, meter))
        catalog = await attempt(policies.NAME, policies.read_policies(graph, meter)) or None
        by_user = groups_of(catalog.backup + catalog.first_sign_in) if catalog else ()
        by_device = tuple(dict.fromkeys((*by_user, *groups_of(pages or ()))))
        group_sets: Mapping[str, GuidSet] | UnsetType = UNSET
        if by_device:
            group_sets = await attempt(
                groups.NAME, groups.read_groups(graph, by_device, by_user, meter)
            )
        access = await attempt(
            access_policies.NAME, access_policies.read_access_policies(graph, meter)
        )
        ledger.insist()

        reading = TenantReading(
            TenantFacts(
                cloud=found,
                restore_state=setting.state if setting else UNSET,
                phishing_resistant_mfa=_phishing_resistant(access),
                region=self._region,
            ),
            restore_setting=setting,
            backup_policies=catalog.backup if catalog else UNSET,
            first_sign_in_policies=catalog.first_sign_in if catalog else UNSET,
            companion_policies=catalog.companions if catalog else UNSET,
            status_pages=pages,
            profiles=profiles,
            access_policies=access,
            outcomes=tuple(ledger.outcomes),
        )
        return reading, {**(profile_sets or {}), **(event_sets or {}), **(group_sets or {})}


def _phishing_resistant(policies: tuple[AccessPolicy, ...] | UnsetType) -> bool | UnsetType:
    return UNSET if policies is UNSET else any(p.phishing_resistant_mfa for p in policies)


def _whole(assigned: tuple[Assigned, ...] | UnsetType) -> tuple[Assigned, ...] | UnsetType:
    if assigned is UNSET or any(each.targets is UNSET for each in assigned):
        return UNSET
    return assigned
