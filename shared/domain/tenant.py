"""What one reading of the tenant found: its settings, policies, and who they are assigned to."""

from typing import Literal, TypeAlias

from msgspec import UNSET, Struct, UnsetType

from shared.domain.facts import TenantFacts

State: TypeAlias = Literal["complete", "partial", "failed"]


class Outcome(Struct, frozen=True):
    """How the reading of one list went; only a complete one may conclude that something is not.

    `permission` is the least Graph permission that was missing, where that was the reason.
    """

    name: str
    state: State
    items: int = 0
    reason: str | None = None
    permission: str | None = None


class Target(Struct, frozen=True):
    """One assignment of a policy, from Graph's assignment target."""

    kind: Literal["all_devices", "all_users", "group", "excluded_group", "unrecognised"]
    group: str | None = None
    filtered: bool = False
    """An assignment filter decides further, and only Intune can evaluate it."""


class Policy(Struct, frozen=True):
    """A settings-catalog policy that sets one setting this product cares for.

    `value` is `unrecognised` where the policy holds the setting with a value unknown here.
    """

    id: str
    name: str
    setting: str
    value: Literal["enabled", "disabled", "unrecognised"]
    targets: tuple[Target, ...] | UnsetType = UNSET


class StatusPage(Struct, frozen=True):
    """An enrolment status page (ESP); the lowest priority number wins, the default comes last."""

    id: str
    name: str
    priority: int
    default: bool
    quality_updates: bool | UnsetType = UNSET
    targets: tuple[Target, ...] | UnsetType = UNSET


class Profile(Struct, frozen=True):
    """A Windows Autopilot deployment profile, in Graph's own values."""

    id: str
    name: str
    type: str
    device_usage_type: str | None | UnsetType = UNSET
    preprovisioning_allowed: bool | None | UnsetType = UNSET


class RestoreSetting(Struct, frozen=True):
    """The tenant's "Show restore page" object; (state, last_modified) is its only version."""

    id: str
    state: Literal["enabled", "disabled", "notConfigured"]
    last_modified: str


class AccessPolicy(Struct, frozen=True):
    """A Conditional Access policy that could stop restore, or that enforces strong MFA."""

    id: str
    name: str
    blocks_restore: bool
    phishing_resistant_mfa: bool


class TenantReading(Struct, frozen=True):
    """Everything read of the tenant at the start of a sweep; UNSET where a list could not be read.

    The members of groups and the devices of Autopilot profiles and events are kept apart, as GUID
    sets by name: `group-devices-{id}`, `group-users-{id}`, `profile-devices-{id}`,
    `event-devices-{enrollmentType}`. A set that could not be read completely is not there.
    """

    facts: TenantFacts
    restore_setting: RestoreSetting | UnsetType = UNSET
    backup_policies: tuple[Policy, ...] | UnsetType = UNSET
    first_sign_in_policies: tuple[Policy, ...] | UnsetType = UNSET
    companion_policies: tuple[Policy, ...] | UnsetType = UNSET
    status_pages: tuple[StatusPage, ...] | UnsetType = UNSET
    profiles: tuple[Profile, ...] | UnsetType = UNSET
    access_policies: tuple[AccessPolicy, ...] | UnsetType = UNSET
    outcomes: tuple[Outcome, ...] = ()
