"""One device of the simulated tenant: the latent truth that Intune and Entra both show parts of."""

from typing import Literal

from msgspec import Struct, field

from shared.domain.facts import Number, Text

ZERO_GUID = "00000000-0000-0000-0000-000000000000"


class Device(Struct, frozen=True, kw_only=True):
    """A device under Graph's names; the last block is known to Entra or Autopilot only.

    UNSET is a property that Graph leaves out of its answers. `entra_index` is the number of the
    Entra object, which a device that is enrolled again keeps while its `index` is a new one.
    """

    index: int
    entra_index: int = field(name="entraIndex")
    id: str
    name: str = field(name="deviceName")
    operating_system: str = field(name="operatingSystem")
    os_version: Text = field(name="osVersion")
    join_type: Text = field(name="joinType")
    enrollment_type: Text = field(name="deviceEnrollmentType")
    agent: Text = field(name="managementAgent")
    autopilot_enrolled: bool = field(name="autopilotEnrolled")
    sku_number: Number = field(name="skuNumber")
    sku_family: Text = field(name="skuFamily")
    sku_in_lists: Literal["same", "zero", "null"] = "same"
    entra_device_id: str | None = field(name="azureADDeviceId")
    user_id: str = field(name="userId")
    user_name: Text = field(name="userPrincipalName")
    serial_number: str = field(name="serialNumber")
    manufacturer: Text
    model: Text
    category: str = field(name="deviceCategoryDisplayName")
    enrollment_profile: str = field(name="enrollmentProfileName")
    enrolled: str = field(name="enrolledDateTime")
    last_sync: str = field(name="lastSyncDateTime")
    owner: str = field(name="managedDeviceOwnerType")
    chassis: str = field(name="chassisType")
    architecture: str = field(name="processorArchitecture")

    in_entra: bool = field(name="inEntra")
    trust_type: str | None = field(name="trustType")
    profile_type: str | None = field(name="profileType")
    autopilot_profile: str | None = field(default=None, name="autopilotProfile")
    autopilot_events: tuple[str, ...] = field(default=(), name="autopilotEvents")

    @property
    def listed_sku(self) -> Number:
        """The SKU number as a list shows it."""
        if self.sku_in_lists == "same":
            return self.sku_number
        return 0 if self.sku_in_lists == "zero" else None

    @property
    def registered(self) -> bool:
        """What v1.0 calls azureADRegistered, which is no join type."""
        return self.in_entra

    @property
    def linked(self) -> bool:
        """Whether Intune's record leads to an Entra device."""
        return self.in_entra and self.entra_device_id not in (None, "", ZERO_GUID)


ATTRIBUTES: dict[str, str] = dict(
    zip(Device.__struct_encode_fields__, Device.__struct_fields__, strict=True)
)
"""Graph's name of each property, and ours."""
