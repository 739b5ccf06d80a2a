"""Autopilot, policies and groups, read page by page and compared with the tenant's truth."""

from typing import Any

from local.tenant.fleet import user_index
from local.tenant.scenarios import BACKUP, CONNECTED_DEVICES
from tests.local.tenant.asked import Ask, Asked

INTUNE = "/beta/deviceManagement"


def named(items: list[Any], name: str) -> Any:
    return next(item for item in items if name in (item.get("name"), item.get("displayName")))


def test_profiles_tell_their_kind_and_their_devices(ask: Ask) -> None:
    asked = ask()
    profiles = asked.get(f"{INTUNE}/windowsAutopilotDeploymentProfiles?$expand=assignments")
    kiosk = named(profiles["value"], "AP-Kiosk")
    assert kiosk["outOfBoxExperienceSetting"]["deviceUsageType"] == "shared"
    path = f"{INTUNE}/windowsAutopilotDeploymentProfiles/{kiosk['id']}/assignedDevices"
    found = asked.every(f"{path}?$top=3")
    expected = [d.id for d in asked.tenant.devices() if d.autopilot_profile == "kiosk"]
    assert [identity["managedDeviceId"] for identity in found] == expected
    assert len(expected) > 3
    hybrid = named(profiles["value"], "AP-Hybrid")
    assert hybrid["@odata.type"].endswith("activeDirectoryWindowsAutopilotDeploymentProfile")


def test_a_device_enrolled_again_keeps_its_profile_and_its_entra_id(ask: Ask) -> None:
    asked = ask()
    old = next(d for d in asked.tenant.devices() if d.linked and d.autopilot_profile == "kiosk")
    new = asked.tenant.enroll_again(old.index)
    profile = asked.tenant.guid("profile", "kiosk")
    path = f"{INTUNE}/windowsAutopilotDeploymentProfiles/{profile}/assignedDevices"
    found = {i["managedDeviceId"]: i["azureActiveDirectoryDeviceId"] for i in asked.every(path)}
    assert old.id not in found
    assert found[new.id] == old.entra_device_id


def test_a_device_may_have_two_events_of_which_the_newer_counts(ask: Ask) -> None:
    asked = ask(devices=1_200)
    events = asked.every(f"{INTUNE}/autopilotEvents?$top=7")
    assert len({event["id"] for event in events}) == len(events)
    expected = [(d.id, kind) for d in asked.tenant.devices() for kind in d.autopilot_events]
    assert [(e["deviceId"], e["enrollmentType"]) for e in events] == expected
    newest = {}
    for event in sorted(events, key=lambda e: str(e["eventDateTime"])):
        newest[event["deviceId"]] = event["enrollmentType"]
    twice = [d for d in asked.tenant.devices() if len(d.autopilot_events) == 2]
    assert twice
    assert all(newest[d.id] == d.autopilot_events[-1] for d in twice)


def test_policies_tell_their_settings_and_assignments_expanded_or_apart(ask: Ask) -> None:
    asked = ask()
    path = f"{INTUNE}/configurationPolicies"
    listed = asked.get(f"{path}?$filter=platforms eq 'windows10'&$expand=settings,assignments")
    for policy in listed["value"]:
        assert asked.get(f"{path}/{policy['id']}/settings")["value"] == policy["settings"]
        assert asked.get(f"{path}/{policy['id']}/assignments")["value"] == policy["assignments"]
    assert not any(policy["platforms"] == "macOS" for policy in listed["value"])
    (setting,) = named(listed["value"], "Win - Windows Backup")["settings"]
    assert setting["settingInstance"]["choiceSettingValue"]["value"] == f"{BACKUP}_1"
    (outer,) = named(listed["value"], "Win - Hardening")["settings"]
    (child,) = outer["settingInstance"]["choiceSettingValue"]["children"]
    assert child["choiceSettingValue"]["value"] == f"{CONNECTED_DEVICES}_0"


def test_a_filter_stands_inside_the_target(ask: Ask) -> None:
    listed = ask().get(f"{INTUNE}/configurationPolicies?$expand=assignments")["value"]
    (assignment,) = named(listed, "Win - Windows Backup (lab laptops)")["assignments"]
    target = assignment["target"]
    assert target["deviceAndAppManagementAssignmentFilterType"] == "include"
    assert target["deviceAndAppManagementAssignmentFilterId"]


def members(asked: Asked, key: str, kind: str) -> list[Any]:
    group = asked.tenant.guid("group", key)
    select = "deviceId" if kind == "device" else "id"
    path = f"/v1.0/groups/{group}/transitiveMembers/microsoft.graph.{kind}"
    return [item[select] for item in asked.every(f"{path}?$select={select}&$top=20")]


def test_group_members_are_those_the_truth_counts(ask: Ask) -> None:
    asked = ask()
    membership = asked.tenant.membership
    devices = [d for d in asked.tenant.devices() if membership.holds_device("workstations", d)]
    listed = members(asked, "workstations", "device")
    assert {d.entra_device_id for d in devices} <= set(listed)
    assert len(listed) == len(set(listed)) >= len(devices) > 150
    users = {d.user_id for d in asked.tenant.devices() if membership.holds_user("finance", d)}
    owners = {asked.tenant.fleet.users.guid(user_index(n)) for n in range(asked.tenant.count)}
    assert users
    assert users <= set(members(asked, "finance", "user")) <= owners
    assert members(asked, "finance", "device") == members(asked, "pilot", "user") == []


def test_an_unknown_group_profile_or_policy_is_not_found(ask: Ask) -> None:
    asked = ask()
    for path in (
        "/v1.0/groups/x/transitiveMembers/microsoft.graph.device",
        "/v1.0/groups/x/transitiveMembers/microsoft.graph.user",
        f"{INTUNE}/windowsAutopilotDeploymentProfiles/x/assignedDevices",
        f"{INTUNE}/configurationPolicies/x/settings",
    ):
        assert asked.call("GET", path).status == 404


def test_conditional_access_shows_what_blocks_and_what_asks_for_strong_sign_in(ask: Ask) -> None:
    policies = ask().get("/v1.0/identity/conditionalAccess/policies")["value"]
    assert named(policies, "Block restore")["grantControls"]["builtInControls"] == ["block"]
    strong = named(policies, "Phishing-resistant MFA for all")["grantControls"]
    assert strong["authenticationStrength"]["id"].endswith("0004")
    assert named(policies, "Block everything (trial)")["state"] != "enabled"
