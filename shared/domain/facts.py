"""What the rules may know of a device and of its tenant: no names, no ids."""

from typing import Literal, TypeAlias

from msgspec import UNSET, Struct, UnsetType

from shared.domain.clouds import Cloud

Text: TypeAlias = str | None | UnsetType
"""A string Graph returned (perhaps null or empty), or UNSET when it was not read."""

Number: TypeAlias = int | None | UnsetType
Flag: TypeAlias = bool | None | UnsetType

PolicyState: TypeAlias = Literal[
    "enabled", "disabled", "notConfigured", "depends_on_filter", "conflicting"
]
"""A policy as it reaches one device.

`depends_on_filter` and `conflicting` are read, yet do not answer: an assignment filter has to be
evaluated by Intune, and two policies that disagree leave the device in either state.
"""


class AutopilotProfile(Struct, frozen=True):
    """The Autopilot deployment profile assigned to a device, in Graph's own values."""

    type: Text = UNSET
    """`azureADWindowsAutopilotDeploymentProfile` or `activeDirectory...` (hybrid join)."""
    device_usage_type: Text = UNSET
    """`singleUser` (user-driven) or `shared` (self-deploying)."""
    preprovisioning_allowed: Flag = UNSET


class Facts(Struct, frozen=True, cache_hash=True):
    """Everything about one device that a rule may depend on.

    Hashable and free of identities, so one assessment serves every device with equal facts.
    UNSET means not read; None and "" are values that Graph returned.
    """

    operating_system: Text = UNSET
    os_version: Text = UNSET
    join_type: Text = UNSET
    """Intune's joinType: azureADJoined, hybridAzureADJoined, azureADRegistered, unknown."""
    trust_type: Text = UNSET
    """Entra's trustType: AzureAd, ServerAd, Workplace, in any case."""
    enrollment_type: Text = UNSET
    """Intune's deviceEnrollmentType, raw: a value unknown here must survive."""
    management_agent: Text = UNSET
    autopilot_enrolled: Flag = UNSET
    autopilot_event: Text = UNSET
    """enrollmentType of the newest Autopilot event; events age out, so None proves nothing."""
    autopilot_profile: AutopilotProfile | None | UnsetType = UNSET
    has_user: bool | UnsetType = UNSET
    """Whether a primary user's name was returned; an empty one is False."""
    sku_number: Number = UNSET
    sku_family: Text = UNSET
    hyper_v_guest: bool | UnsetType = UNSET
    reprovision_method: Literal["wipe_then_oobe", "as_enrolled", "autopilot_reset"] = (
        "wipe_then_oobe"
    )
    esp_quality_updates: bool | Literal["depends_on_filter"] | UnsetType = UNSET
    """installQualityUpdates of the enrolment status page that would apply to the device."""
    backup_policy: PolicyState | UnsetType = UNSET
    first_sign_in_policy: PolicyState | UnsetType = UNSET
    has_backup_profile: bool | UnsetType = UNSET


class TenantFacts(Struct, frozen=True, cache_hash=True):
    """What holds for every device of the tenant alike. UNSET: could not be read."""

    cloud: Cloud | UnsetType = UNSET
    restore_state: Literal["enabled", "disabled", "notConfigured"] | UnsetType = UNSET
    phishing_resistant_mfa: bool | UnsetType = UNSET
    region: Literal["DMA", "non-DMA"] | UnsetType = UNSET
