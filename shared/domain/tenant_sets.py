"""The names of the GUID sets that go with a reading of the tenant, and which are needed."""

from collections.abc import Iterable

from shared.domain.tenant import Policy, Profile, StatusPage, TenantReading

AUTOPILOT_EVENTS = "autopilot_events"
"""The name of the outcome that tells whether every Autopilot event was read."""

EVENT_DEVICES = "event-devices-"
USER_DRIVEN_JOIN = ("azureADWindowsAutopilotDeploymentProfile", "singleUser")


def group_devices(group: str) -> str:
    """Name the set of the Entra device ids in a group."""
    return f"group-devices-{group}"


def group_users(group: str) -> str:
    """Name the set of the user ids in a group."""
    return f"group-users-{group}"


def profile_devices(profile: str) -> str:
    """Name the set of the devices an Autopilot profile is assigned to, by either of their ids."""
    return f"profile-devices-{profile}"


def event_devices(enrollment_type: str) -> str:
    """Name the set of the devices whose newest Autopilot event is of this enrolment type."""
    return f"{EVENT_DEVICES}{enrollment_type}"


def may_block(profile: Profile) -> bool:
    """Tell whether it matters which devices have this profile.

    A user-driven Entra join is what restore asks for, so having such a profile changes no answer.
    """
    return (profile.type, profile.device_usage_type) != USER_DRIVEN_JOIN


def is_blocking(enrollment_type: str) -> bool:
    """Tell whether an Autopilot event of this type bears on restore.

    Source: the provisioning table of facts/windows-backup.md, 2026-11-22.
    """
    return (
        "WhiteGlove" in enrollment_type
        or "UsingDeviceAuth" in enrollment_type
        or enrollment_type.startswith("offlineDomainJoined")
    )


def policies_by_group(reading: TenantReading) -> tuple[Policy, ...]:
    """Return the policies whose reach must be known device by device."""
    return (reading.backup_policies or ()) + (reading.first_sign_in_policies or ())


def status_pages(reading: TenantReading) -> tuple[StatusPage, ...]:
    """Return the enrolment status pages that were read."""
    return reading.status_pages or ()


def groups_of(assigned: Iterable[Policy | StatusPage]) -> tuple[str, ...]:
    """Name the groups that assignments include or exclude, each once, in order."""
    targets = [t for a in assigned for t in a.targets or ()]
    return tuple(dict.fromkeys(t.group for t in targets if t.group is not None))
