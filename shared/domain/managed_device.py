"""Graph's managed device, reduced to the properties this product reads, under Graph's names."""

from msgspec import UNSET, Struct, UnsetType, field

from shared.domain.facts import Flag, Number, Text


class ManagedDevice(Struct, frozen=True, gc=False):
    """One Intune managed device as read; an absent property stays UNSET.

    `trustType` is Entra's, added where Intune's joinType did not answer.
    Source: Graph beta managedDevice, as listed in facts/graph.md, 2026-11-22.
    """

    operating_system: Text = field(default=UNSET, name="operatingSystem")
    join_type: Text = field(default=UNSET, name="joinType")
    enrollment_type: Text = field(default=UNSET, name="deviceEnrollmentType")
    management_agent: Text = field(default=UNSET, name="managementAgent")
    autopilot_enrolled: Flag = field(default=UNSET, name="autopilotEnrolled")
    sku_number: Number = field(default=UNSET, name="skuNumber")
    sku_family: Text = field(default=UNSET, name="skuFamily")
    trust_type: Text = field(default=UNSET, name="trustType")
    os_version: Text = field(default=UNSET, name="osVersion")
    id: Text = UNSET
    device_name: Text = field(default=UNSET, name="deviceName")
    entra_device_id: Text = field(default=UNSET, name="azureADDeviceId")
    user_id: Text = field(default=UNSET, name="userId")
    user_name: Text = field(default=UNSET, name="userPrincipalName")
    serial_number: Text = field(default=UNSET, name="serialNumber")
    manufacturer: Text = UNSET
    model: Text = UNSET
    category: Text = field(default=UNSET, name="deviceCategoryDisplayName")
    enrollment_profile: Text = field(default=UNSET, name="enrollmentProfileName")
    enrolled: Text = field(default=UNSET, name="enrolledDateTime")
    last_sync: Text = field(default=UNSET, name="lastSyncDateTime")


SELECTED: tuple[str, ...] = tuple(
    name for name in ManagedDevice.__struct_encode_fields__ if name != "trustType"
)
"""The properties asked of Graph, no more and no fewer."""


def has_user(user_name: Text) -> bool | UnsetType:
    """Tell whether a primary user was returned; null and empty are the answer no."""
    return UNSET if user_name is UNSET else bool(user_name)


def hyper_v_guest(manufacturer: Text, model: Text) -> bool | UnsetType:
    """Tell a Hyper-V guest from a Surface, which has the same manufacturer."""
    if manufacturer is UNSET or model is UNSET:
        return UNSET
    return manufacturer == "Microsoft Corporation" and model == "Virtual Machine"


def may_be_windows(operating_system: object) -> bool:
    """Tell whether a device could be one of Windows; where that is not said, it could."""
    return not isinstance(operating_system, str) or operating_system.lower() in ("", "windows")
