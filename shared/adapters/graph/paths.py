"""The Graph paths this product reads, with their version roots (facts/graph.md, 2026-11-22)."""

from urllib.parse import quote

MANAGED_DEVICES = "/beta/deviceManagement/managedDevices"
ENROLMENT_CONFIGURATIONS = "/beta/deviceManagement/deviceEnrollmentConfigurations"
AUTOPILOT_PROFILES = "/beta/deviceManagement/windowsAutopilotDeploymentProfiles"
AUTOPILOT_EVENTS = "/beta/deviceManagement/autopilotEvents"
CONFIGURATION_POLICIES = "/beta/deviceManagement/configurationPolicies"
ACCESS_POLICIES = "/v1.0/identity/conditionalAccess/policies"
GROUPS = "/v1.0/groups"


def segment(id_: object) -> str:
    """Quote an id, so that it is one segment of a path whatever it holds."""
    return quote(str(id_), safe="")
