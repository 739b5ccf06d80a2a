"""Windows Autopilot: deployment profiles, the devices they are assigned to, and events."""

from collections.abc import Iterator
from datetime import timedelta

from local.tenant.calls import BETA, Answer, Call, Context, route
from local.tenant.device import Device
from local.tenant.odata import collection, page
from local.tenant.refusals import not_found
from local.tenant.scenarios import Profile
from local.tenant.targets import assignments
from local.tenant.tenant import UNTOUCHED, SimulatedTenant

EVENTS_LIMIT = 8
"""Events a device may have, so that each has a number of its own."""


def _profile(tenant: SimulatedTenant, profile: Profile) -> dict[str, object]:
    kind = "activeDirectory" if profile.hybrid else "azureAD"
    return {
        "@odata.type": f"#microsoft.graph.{kind}WindowsAutopilotDeploymentProfile",
        "id": tenant.guid("profile", profile.key),
        "displayName": profile.name,
        "description": "",
        "locale": "os-default",
        "createdDateTime": UNTOUCHED,
        "lastModifiedDateTime": UNTOUCHED,
        "deviceType": "windowsPc",
        "deviceNameTemplate": "",
        "preprovisioningAllowed": profile.preprovisioning_allowed,
        "outOfBoxExperienceSetting": {
            "userType": "standard",
            "deviceUsageType": "shared" if profile.self_deploying else "singleUser",
        },
    }


def list_profiles(graph: Context, call: Call) -> Answer:
    """Answer all deployment profiles."""
    tenant = graph.tenant
    rows = []
    for profile in tenant.scenario.profiles:
        row = _profile(tenant, profile)
        if call.query.get("$expand") == "assignments":
            row["assignments"] = assignments(tenant, str(row["id"]), profile.targets)
        rows.append(row)
    return collection(call, rows)


def list_profile_assignments(graph: Context, call: Call, profile_id: str) -> Answer:
    """Answer to whom a profile is assigned."""
    profile = _find(graph.tenant, profile_id)
    if profile is None:
        return not_found(call, profile_id)
    return collection(call, assignments(graph.tenant, profile_id, profile.targets))


def list_assigned_devices(graph: Context, call: Call, profile_id: str) -> Answer:
    """Answer the Autopilot identities that a profile is assigned to."""
    tenant = graph.tenant
    profile = _find(tenant, profile_id)
    if profile is None:
        return not_found(call, profile_id)

    def rest(start: int) -> Iterator[tuple[int, Device]]:
        key = profile.key
        return ((d.index, d) for d in tenant.devices(start) if d.autopilot_profile == key)

    return page(call, rest, lambda device: _identity(tenant, device))


def _find(tenant: SimulatedTenant, profile_id: str) -> Profile | None:
    named = {tenant.guid("profile", p.key): p for p in tenant.scenario.profiles}
    return named.get(profile_id)


def _identity(tenant: SimulatedTenant, device: Device) -> dict[str, object]:
    return {
        "id": tenant.fleet.autopilot.guid(device.index),
        "serialNumber": device.serial_number,
        "manufacturer": device.manufacturer or "",
        "model": device.model or "",
        "enrollmentState": "enrolled",
        "managedDeviceId": device.id,
        "azureActiveDirectoryDeviceId": tenant.fleet.entra.guid(device.entra_index),
    }


def list_events(graph: Context, call: Call) -> Answer:
    """Answer deployments of the last weeks, in no particular order of time.

    Events are numbered by device and then by event.
    """
    tenant = graph.tenant

    def rest(start: int) -> Iterator[tuple[int, tuple[Device, int]]]:
        first, skipped = divmod(start, EVENTS_LIMIT)
        for device in tenant.devices(first):
            for number in range(len(device.autopilot_events)):
                if device.index > first or number >= skipped:
                    yield device.index * EVENTS_LIMIT + number, (device, number)

    return page(call, rest, lambda item: _event(tenant, *item))


def _event(tenant: SimulatedTenant, device: Device, number: int) -> dict[str, object]:
    days = 20 - 10 * number - device.index % 7
    when = f"{tenant.fleet.today - timedelta(days=days)}T08:00:00Z"
    return {
        "id": tenant.fleet.events.guid(device.index * EVENTS_LIMIT + number),
        "deviceId": device.id,
        "eventDateTime": when,
        "enrollmentStartDateTime": when,
        "enrollmentType": device.autopilot_events[number],
        "deviceSerialNumber": device.serial_number,
        "managedDeviceName": device.name,
        "userPrincipalName": device.user_name or "",
        "windowsAutopilotDeploymentProfileDisplayName": device.enrollment_profile,
        "enrollmentState": "enrolled",
        "deploymentState": "success",
        "osVersion": device.os_version or "",
    }


_READ = (
    "DeviceManagementServiceConfig.Read.All",
    "DeviceManagementServiceConfig.ReadWrite.All",
)
_EVENTS = ("DeviceManagementManagedDevices.Read.All", *_READ)
_PATH = "/deviceManagement/windowsAutopilotDeploymentProfiles"

ROUTES = (
    route(_PATH, list_profiles, *_READ, versions=BETA),
    route(f"{_PATH}/{{}}/assignments", list_profile_assignments, *_READ, versions=BETA),
    route(f"{_PATH}/{{}}/assignedDevices", list_assigned_devices, *_READ, versions=BETA),
    route("/deviceManagement/autopilotEvents", list_events, *_EVENTS, versions=BETA),
)
