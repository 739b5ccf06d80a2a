"""A case line: the facts of one device and its tenant, written down by a person."""

from datetime import date
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType, field, structs

from shared.domain.editions import EDITIONS
from shared.domain.facts import AutopilotProfile, Facts, Flag, TenantFacts, Text
from shared.domain.managed_device import ManagedDevice
from shared.domain.reach import Reached, facts_of
from shared.errors import InputError


class DeviceCase(Struct, frozen=True):
    """One device to judge; `expected` is what the line says of the answer, undecoded.

    `edition` is the id of an edition. It and `as_of` are None where the line leaves them open.
    """

    id: str
    facts: Facts
    tenant: TenantFacts
    edition: str | None = None
    as_of: date | None = None
    expected: Raw = Raw(b"null")


def read_case(line: bytes) -> DeviceCase:
    """Read one line. Raises InputError naming the field that cannot be read.

    A key that is absent was not read, and neither was a tenant or user fact that is null. Words
    unknown here are kept, for the rules to call them unknown.
    """
    try:
        case = msgspec.json.decode(line, type=_Line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"the case line cannot be read: {error}") from error
    if case.edition not in (None, *EDITIONS):
        known = ", ".join(EDITIONS)
        raise InputError(f"the case line's edition is {case.edition!r}, and must be one of {known}")
    return DeviceCase(
        case.id, _facts(case), _tenant_facts(case.tenant), case.edition, case.as_of, case.expected
    )


class _Profile(Struct, frozen=True):
    type: Text = UNSET
    device_usage_type: Text = field(default=UNSET, name="deviceUsageType")
    preprovisioning_allowed: Flag = field(default=UNSET, name="preprovisioningAllowed")


class _Device(ManagedDevice, frozen=True):
    autopilot_event: Text = field(default=UNSET, name="autopilotEventEnrollmentType")
    autopilot_profile: _Profile | UnsetType | None = field(default=UNSET, name="autopilotProfile")
    reprovision_method: Literal["wipe_then_oobe", "as_enrolled", "autopilot_reset"] = field(
        default="wipe_then_oobe", name="reprovisionMethod"
    )


class _Tenant(Struct, frozen=True, rename="camel"):
    cloud: Text = UNSET
    restore_state: Text = UNSET
    esp_install_quality_updates: Flag = UNSET
    backup_policy: Text = UNSET
    first_sign_in_restore_policy: Text = UNSET
    phishing_resistant_mfa_enforced: Flag = UNSET
    region: Text = UNSET


class _User(Struct, frozen=True, rename="camel"):
    has_backup_profile: Flag = UNSET


class _Line(Struct, frozen=True):
    id: str
    device: _Device
    tenant: _Tenant = _Tenant()
    user: _User = _User()
    edition: str | None = None
    as_of: date | None = None
    expected: Raw = Raw(b"null")


def _facts(case: _Line) -> Facts:
    device, tenant = case.device, case.tenant
    reached = Reached(
        autopilot_event=device.autopilot_event,
        autopilot_profile=_profile(device.autopilot_profile),
        **_read(
            esp_quality_updates=tenant.esp_install_quality_updates,
            backup_policy=tenant.backup_policy,
            first_sign_in_policy=tenant.first_sign_in_restore_policy,
        ),
    )
    return structs.replace(
        facts_of(device, reached),
        reprovision_method=device.reprovision_method,
        **_read(has_backup_profile=case.user.has_backup_profile),
    )


def _tenant_facts(tenant: _Tenant) -> TenantFacts:
    return TenantFacts(
        **_read(
            cloud=tenant.cloud,
            restore_state=tenant.restore_state,
            phishing_resistant_mfa=tenant.phishing_resistant_mfa_enforced,
            region=tenant.region,
        )
    )


def _profile(profile: _Profile | UnsetType | None) -> AutopilotProfile | UnsetType | None:
    if not isinstance(profile, _Profile):
        return profile
    return AutopilotProfile(**structs.asdict(profile))


def _read(**facts: Text | Flag) -> dict[str, Any]:
    return {name: UNSET if fact is None else fact for name, fact in facts.items()}
