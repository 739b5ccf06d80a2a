"""Named tenants: their settings, policies and groups, as an administrator would have made them."""

from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

Cloud: TypeAlias = Literal["commercial", "gcc", "gcchigh", "dod", "china"]
RestoreState: TypeAlias = Literal["notConfigured", "enabled", "disabled"]

BACKUP = "device_vendor_msft_policy_config_settingssync_enablewindowsbackup"
FIRST_SIGN_IN = "device_vendor_msft_windowsbackupandrestore_enablewindowsrestore"
CONNECTED_DEVICES = "device_vendor_msft_policy_config_connectivity_allowconnecteddevices"

RESTORE_APP = "d32c68ad-72d2-4acb-a0c7-46bb2cf93873"
"""The application through which Conditional Access can block restore."""


class Group(Struct, frozen=True):
    """A group of `per_mille` thousandths of all devices or all users, picked by chance."""

    key: str
    name: str
    of: Literal["devices", "users"]
    per_mille: int


class Target(Struct, frozen=True):
    """Whom a policy is assigned to; `filtered` puts an assignment filter into the target."""

    kind: Literal["all_devices", "all_users", "group", "excluded_group"]
    group: str | None = None
    filtered: bool = False


class Policy(Struct, frozen=True):
    """A settings-catalog policy; `options` are its settings and the option chosen for each."""

    key: str
    name: str
    options: tuple[tuple[str, str], ...]
    targets: tuple[Target, ...]
    platforms: str = "windows10"

    def option(self, setting: str) -> bool | None:
        """Tell whether the policy turns a setting on, or off; None where it leaves it alone."""
        for definition, suffix in self.options:
            if definition == setting:
                return suffix in ("1", "true")
        return None


class StatusPage(Struct, frozen=True):
    """An enrolment status page; the default one has priority 0 and no targets."""

    key: str
    name: str
    priority: int
    quality_updates: bool
    targets: tuple[Target, ...] = ()

    @property
    def default(self) -> bool:
        """Whether this is the last resort that every tenant has."""
        return self.priority == 0


class Profile(Struct, frozen=True):
    """A Windows Autopilot deployment profile."""

    key: str
    name: str
    hybrid: bool = False
    self_deploying: bool = False
    preprovisioning_allowed: bool = False
    targets: tuple[Target, ...] = ()


class AccessPolicy(Struct, frozen=True):
    """A Conditional Access policy for all users, granting by `grant`, on `apps`."""

    key: str
    name: str
    grant: Literal["mfa", "block", "phishing_resistant_mfa"]
    apps: tuple[str, ...] = ("All",)
    enabled: bool = True


class Scenario(Struct, frozen=True):
    """A whole tenant besides its devices."""

    name: str
    cloud: Cloud = "commercial"
    restore_state: RestoreState = "notConfigured"
    groups: tuple[Group, ...] = ()
    policies: tuple[Policy, ...] = ()
    status_pages: tuple[StatusPage, ...] = ()
    profiles: tuple[Profile, ...] = ()
    access_policies: tuple[AccessPolicy, ...] = ()


_ALL_DEVICES = (Target("all_devices"),)
_PROFILES = (
    Profile("user-driven", "AP-UserDriven", targets=_ALL_DEVICES),
    Profile("pre-provisioned", "AP-PreProvisioned", preprovisioning_allowed=True),
    Profile("kiosk", "AP-Kiosk", self_deploying=True),
    Profile("hybrid", "AP-Hybrid", hybrid=True),
)
_GROUPS = (
    Group("workstations", "All managed workstations", "devices", 720),
    Group("frontline", "Frontline devices", "devices", 120),
    Group("upgrade-ring", "Quality updates during setup", "devices", 350),
    Group("pilot", "First sign-in restore pilot", "devices", 60),
    Group("lab", "Lab devices", "devices", 30),
    Group("finance", "Finance staff", "users", 80),
)
_UNRELATED = (
    Policy(
        "encryption",
        "Win - BitLocker",
        (("device_vendor_msft_bitlocker_requiredeviceencryption", "1"),),
        _ALL_DEVICES,
    ),
    Policy("mac", "macOS - FileVault", (("com.apple.mcx.filevault2_enable", "0"),), (), "macOS"),
)

TYPICAL = Scenario(
    name="typical",
    groups=_GROUPS,
    policies=(
        *_UNRELATED,
        Policy(
            "backup",
            "Win - Windows Backup",
            ((BACKUP, "1"),),
            (
                Target("group", "workstations"),
                Target("excluded_group", "frontline"),
                Target("group", "finance"),
            ),
        ),
        Policy(
            "backup-lab",
            "Win - Windows Backup (lab laptops)",
            ((BACKUP, "1"),),
            (Target("group", "lab", filtered=True),),
        ),
        Policy(
            "first-sign-in",
            "Win - Restore at first sign-in (pilot)",
            ((FIRST_SIGN_IN, "true"),),
            (Target("group", "pilot"),),
        ),
        Policy(
            "hardening",
            "Win - Hardening",
            ((CONNECTED_DEVICES, "0"),),
            (Target("group", "frontline"),),
        ),
    ),
    status_pages=(
        StatusPage("default", "All users and all devices", 0, quality_updates=False),
        StatusPage(
            "quality",
            "Update during setup",
            1,
            quality_updates=True,
            targets=(Target("group", "upgrade-ring"), Target("excluded_group", "frontline")),
        ),
        StatusPage(
            "finance",
            "Finance staff",
            2,
            quality_updates=True,
            targets=(Target("group", "finance"),),
        ),
    ),
    profiles=_PROFILES,
    access_policies=(
        AccessPolicy("mfa", "Require MFA everywhere", "mfa"),
        AccessPolicy("strong", "Phishing-resistant MFA for all", "phishing_resistant_mfa"),
        AccessPolicy("restore", "Block restore", "block", (RESTORE_APP,)),
        AccessPolicy("trial", "Block everything (trial)", "block", enabled=False),
    ),
)

READY = Scenario(
    name="ready",
    restore_state="enabled",
    groups=_GROUPS,
    policies=(
        *_UNRELATED,
        Policy("backup", "Win - Windows Backup", ((BACKUP, "1"),), _ALL_DEVICES),
        Policy(
            "first-sign-in",
            "Win - Restore at first sign-in",
            ((FIRST_SIGN_IN, "true"),),
            _ALL_DEVICES,
        ),
    ),
    status_pages=(
        StatusPage("default", "All users and all devices", 0, quality_updates=False),
        StatusPage("quality", "Update during setup", 1, True, _ALL_DEVICES),
    ),
    profiles=_PROFILES,
    access_policies=(AccessPolicy("mfa", "Require MFA everywhere", "mfa"),),
)

SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (TYPICAL, READY, replace(READY, name="gcchigh", cloud="gcchigh"))
}
