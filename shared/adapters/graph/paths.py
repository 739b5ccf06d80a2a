"""The Graph paths this product reads, with their version roots (facts/graph.md, 2026-11-22)."""

from urllib.parse import quote

MANAGED_DEVICES = "/beta/deviceManagement/managedDevices"
SYNCED_DEVICES = "/v1.0/deviceManagement/managedDevices"
"""The same devices where what is asked of them is in v1.0, which does not change under us."""

DEVICES = "/v1.0/devices"
DELTA = f"{DEVICES}/delta"
AUDIT_EVENTS = "/v1.0/deviceManagement/auditEvents"
ENROLMENT_CONFIGURATIONS = "/beta/deviceManagement/deviceEnrollmentConfigurations"
AUTOPILOT_PROFILES = "/beta/deviceManagement/windowsAutopilotDeploymentProfiles"
AUTOPILOT_EVENTS = "/beta/deviceManagement/autopilotEvents"
CONFIGURATION_POLICIES = "/beta/deviceManagement/configurationPolicies"
ACCESS_POLICIES = "/v1.0/identity/conditionalAccess/policies"
GROUPS = "/v1.0/groups"
ROLE_ASSIGNMENTS = "/v1.0/roleManagement/directory/roleAssignments"


def segment(id_: object) -> str:
    """Quote an id, so that it is one segment of a path whatever it holds."""
    return quote(str(id_), safe="")


def narrowed(path: str, select: str, condition: str, top: int | None = None) -> str:
    """Write a list's path with its query, quoted as the requests of a batch have to be."""
    quoted = quote(condition, safe="'(),")
    return f"{path}?$select={select}&$filter={quoted}" + (f"&$top={top}" if top else "")
