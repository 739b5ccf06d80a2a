"""The least application permission that each Graph path needs."""

import re

LEAST: tuple[tuple[str, str], ...] = (
    ("/deviceManagement/managedDevices", "DeviceManagementManagedDevices.Read.All"),
    ("/deviceManagement/autopilotEvents", "DeviceManagementManagedDevices.Read.All"),
    (
        "/deviceManagement/deviceEnrollmentConfigurations",
        "DeviceManagementServiceConfig.Read.All",
    ),
    (
        "/deviceManagement/windowsAutopilotDeploymentProfiles",
        "DeviceManagementServiceConfig.Read.All",
    ),
    ("/deviceManagement/configurationPolicies", "DeviceManagementConfiguration.Read.All"),
    ("/identity/conditionalAccess", "Policy.Read.All"),
    ("/groups", "GroupMember.Read.All"),
    ("/devices", "Device.Read.All"),
)
"""Source: the permission tables of Microsoft Graph's reference, read 2026-11-22."""

OPTIONAL: tuple[tuple[str, str], ...] = (
    ("/deviceManagement/auditEvents", "DeviceManagementApps.Read.All"),
)
"""What the app goes without where it is not granted: nobody is named as the one who changed it."""


def least_permission(path: str) -> str | None:
    """Name the permission for a path such as `/beta/deviceManagement/managedDevices/...`."""
    bare = re.sub(r"^/(beta|v1\.0)(?=/)", "", path).lower()
    return next(
        (name for start, name in (*LEAST, *OPTIONAL) if bare.startswith(start.lower())), None
    )
