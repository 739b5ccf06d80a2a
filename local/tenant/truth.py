"""The facts a perfect reader of the simulated tenant would arrive at, told without reading it."""

from collections import Counter
from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import UNSET, UnsetType

from local.tenant.device import Device
from local.tenant.scenarios import BACKUP, FIRST_SIGN_IN, Profile, StatusPage, Target
from local.tenant.tenant import SimulatedTenant
from shared.domain.facts import AutopilotProfile, Facts, PolicyState, TenantFacts, Text

QualityUpdates: TypeAlias = bool | Literal["depends_on_filter"]

UNSUPPORTED_CLOUDS = ("gcchigh", "dod", "china")


class Truth:
    """The truth about a tenant as it is now, changes included.

    `broken` are the devices that a fault lists without id or with a wrong type: they are
    `unreadable` and have no facts. Where the region comes from is not Graph: it stays UNSET.
    """

    def __init__(self, tenant: SimulatedTenant, broken: frozenset[int] = frozenset()) -> None:
        self._tenant = tenant
        self._broken = broken
        self._profiles = {p.key: _blocking_profile(p) for p in tenant.scenario.profiles}

    @property
    def tenant(self) -> TenantFacts:
        """What holds for every device; of an unsupported cloud nothing else is read."""
        scenario = self._tenant.scenario
        if scenario.cloud in UNSUPPORTED_CLOUDS:
            return TenantFacts(cloud=scenario.cloud)
        return TenantFacts(
            cloud=scenario.cloud,
            restore_state=self._tenant.restore_state,
            phishing_resistant_mfa=any(
                policy.enabled and policy.grant == "phishing_resistant_mfa"
                for policy in scenario.access_policies
            ),
        )

    @property
    def unreadable(self) -> int:
        """How many devices are listed in a form that nobody can read."""
        return sum(self._listed(self._tenant.device(index)) for index in self._broken)

    def of(self, index: int) -> Facts | None:
        """Return the facts of a device; None where a perfect reader would not see one."""
        device = self._tenant.device(index)
        if device is None or not self._listed(device) or index in self._broken:
            return None
        return self._facts(device)

    def devices(self) -> Iterator[tuple[Device, Facts]]:
        """Return every device a perfect reader sees, by index, with its facts."""
        for device in self._tenant.devices():
            if self._listed(device) and device.index not in self._broken:
                yield device, self._facts(device)

    def count(self) -> Counter[Facts]:
        """Count the devices by their facts."""
        return Counter(facts for _, facts in self.devices())

    @staticmethod
    def _listed(device: Device | None) -> bool:
        return device is not None and device.operating_system == "Windows"

    def _facts(self, device: Device) -> Facts:
        events, profile = device.autopilot_events, device.autopilot_profile
        return Facts(
            operating_system=device.operating_system,
            os_version=device.os_version,
            join_type=device.join_type,
            trust_type=_trust_type(device),
            enrollment_type=device.enrollment_type,
            management_agent=device.agent,
            autopilot_enrolled=device.autopilot_enrolled,
            autopilot_event=events[-1] if events and _blocks(events[-1]) else None,
            autopilot_profile=self._profiles[profile] if profile else None,
            has_user=UNSET if device.user_name is UNSET else bool(device.user_name),
            sku_number=device.sku_number,
            sku_family=device.sku_family,
            hyper_v_guest=_hyper_v_guest(device),
            esp_quality_updates=self._quality_updates(device),
            backup_policy=self._policy(BACKUP, device),
            first_sign_in_policy=self._policy(FIRST_SIGN_IN, device),
        )

    def _policy(self, setting: str, device: Device) -> PolicyState:
        certain: set[bool] = set()
        possible: set[bool] = set()
        for policy in self._tenant.scenario.policies:
            value = policy.option(setting)
            if value is not None:
                answer = self._reached(policy.targets, device)
                if answer == "yes":
                    certain.add(value)
                elif answer == "filter":
                    possible.add(value)
        if len(certain) > 1:
            return "conflicting"
        if possible - certain:
            return "depends_on_filter"
        if not certain:
            return "notConfigured"
        return "enabled" if certain == {True} else "disabled"

    def _reached(self, targets: tuple[Target, ...], device: Device) -> str:
        hits = [target for target in targets if self._hit(target, device)]
        excluded = [target for target in hits if target.kind == "excluded_group"]
        included = [target for target in hits if target.kind != "excluded_group"]
        if not included or any(not target.filtered for target in excluded):
            return "no"
        if excluded or all(target.filtered for target in included):
            return "filter"
        return "yes"

    def _hit(self, target: Target, device: Device) -> bool:
        if target.kind == "all_devices":
            return True
        if target.kind == "all_users":
            return bool(device.user_id)
        group = target.group or ""
        membership = self._tenant.membership
        return membership.holds_device(group, device) or membership.holds_user(group, device)

    def _quality_updates(self, device: Device) -> QualityUpdates:
        pages = sorted(self._tenant.scenario.status_pages, key=lambda p: (p.default, p.priority))
        return self._first_of(pages, device)

    def _first_of(self, pages: list[StatusPage], device: Device) -> QualityUpdates:
        page, *others = pages
        if page.default:
            return page.quality_updates
        answer = self._reached(tuple(t for t in page.targets if self._aims(t, device)), device)
        if answer == "yes":
            return page.quality_updates
        otherwise = self._first_of(others, device)
        if answer == "no" or otherwise == page.quality_updates:
            return otherwise
        return "depends_on_filter"

    def _aims(self, target: Target, device: Device) -> bool:
        """Tell whether a status page's target counts: users never, groups only with Autopilot."""
        if target.kind in ("all_devices", "all_users"):
            return target.kind == "all_devices"
        group = self._tenant.membership.group(target.group or "")
        return group.of == "devices" and (
            device.autopilot_enrolled or target.kind == "excluded_group"
        )


def _blocking_profile(profile: Profile) -> AutopilotProfile | None:
    if not (profile.hybrid or profile.self_deploying):
        return None
    kind = "activeDirectory" if profile.hybrid else "azureAD"
    return AutopilotProfile(
        type=f"{kind}WindowsAutopilotDeploymentProfile",
        device_usage_type="shared" if profile.self_deploying else "singleUser",
        preprovisioning_allowed=profile.preprovisioning_allowed,
    )


def _blocks(event: str) -> bool:
    return (
        "WhiteGlove" in event
        or "UsingDeviceAuth" in event
        or event.startswith("offlineDomainJoined")
    )


def _trust_type(device: Device) -> Text:
    answered = device.join_type not in (UNSET, None, "unknown")
    return device.trust_type if not answered and device.linked else UNSET


def _hyper_v_guest(device: Device) -> bool | UnsetType:
    if device.manufacturer is UNSET or device.model is UNSET:
        return UNSET
    return (device.manufacturer, device.model) == ("Microsoft Corporation", "Virtual Machine")
