"""Where a message leads to."""

from urllib.parse import quote

from msgspec import Struct

from shared.domain.feed import WatchedKind

INTUNE = "https://intune.microsoft.com/#view"
BLADES: dict[WatchedKind, str] = {
    "restore_setting": "enrollment",
    "status_page": "enrollment",
    "backup_policy": "configuration",
    "first_sign_in_policy": "configuration",
}


class Links(Struct, frozen=True):
    """The pages behind a message. `dashboard` is this product's own, where there is one."""

    dashboard: str | None = None

    @property
    def devices(self) -> str:
        """All Windows devices in the Intune admin center."""
        return f"{INTUNE}/Microsoft_Intune_DeviceSettings/DevicesWindowsMenu/~/windowsDevices"

    @property
    def more(self) -> str:
        """Where to read on when a message cannot hold everything."""
        return self.dashboard or self.devices

    def setting(self, kind: WatchedKind) -> str:
        """The blade of the Intune admin center where a watched setting or policy is found."""
        return f"{INTUNE}/Microsoft_Intune_DeviceSettings/DevicesMenu/~/{BLADES[kind]}"

    def device(self, device: str) -> str:
        """One device in the Intune admin center, by its Intune id."""
        blade = "Microsoft_Intune_Devices/DeviceSettingsMenuBlade/~/overview/mdmDeviceId"
        return f"{INTUNE}/{blade}/{quote(device, safe='')}"
