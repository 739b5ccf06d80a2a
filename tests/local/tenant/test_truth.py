from itertools import product
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from local.tenant.device import Device
from local.tenant.scenarios import (
    BACKUP,
    TYPICAL,
    Group,
    Policy,
    Scenario,
    StatusPage,
    Target,
)
from local.tenant.tenant import SimulatedTenant
from local.tenant.truth import Truth
from shared.domain.facts import Facts, TenantFacts

EVERYBODY = Group("everybody", "Everybody", "devices", 1000)
NOBODY = Group("nobody", "Nobody", "devices", 0)
STAFF = Group("staff", "Staff", "users", 1000)
EMPTY = Scenario(
    name="empty",
    groups=(EVERYBODY, NOBODY, STAFF),
    status_pages=(StatusPage("default", "Default", 0, quality_updates=False),),
)
JOINED: dict[str, Any] = {
    "operatingSystem": "Windows",
    "joinType": "azureADJoined",
    "inEntra": True,
    "autopilotEnrolled": True,
    "autopilotProfile": None,
    "autopilotEvents": (),
    "userPrincipalName": "a@contoso.example",
}


def facts(scenario: Scenario = EMPTY, **properties: object) -> Facts:
    tenant = SimulatedTenant(devices=1, scenario=scenario)
    device: Device = tenant.change(0, {**JOINED, **properties})
    tenant.change(0, {"azureADDeviceId": properties.get("azureADDeviceId", device.id)})
    tenant.change(0, {"userId": properties.get("userId", tenant.fleet.users.guid(0))})
    found = Truth(tenant).of(0)
    assert found is not None
    return found


def policy(key: str, option: str, *targets: Target) -> Policy:
    return Policy(key, key, ((BACKUP, option),), targets)


def backup(*policies: Policy, **properties: object) -> object:
    return facts(replace(EMPTY, policies=policies), **properties).backup_policy


def esp(*targets: Target, **properties: object) -> object:
    pages = (*EMPTY.status_pages, StatusPage("quality", "Quality", 1, True, targets))
    return facts(replace(EMPTY, status_pages=pages), **properties).esp_quality_updates


def test_entra_is_asked_only_where_intune_does_not_know_the_join() -> None:
    assert facts(joinType="azureADJoined", trustType="ServerAd").trust_type is UNSET
    for unanswered in ("unknown", None, UNSET):
        assert facts(joinType=unanswered, trustType="ServerAd").trust_type == "ServerAd"
    assert facts(joinType=None, trustType="ServerAd", inEntra=False).trust_type is UNSET
    assert facts(joinType=None, trustType="ServerAd", azureADDeviceId=None).trust_type is UNSET


def test_only_blocking_newest_events_are_told() -> None:
    assert facts(autopilotEvents=("azureADJoinedWithAutopilotProfile",)).autopilot_event is None
    white = "azureADJoinedWithWhiteGlove"
    assert facts(autopilotEvents=(white,)).autopilot_event == white
    assert facts(autopilotEvents=(white, "azureADJoinedOther")).autopilot_event is None


def test_only_profiles_that_can_block_are_told() -> None:
    typical = {name: facts(TYPICAL, autopilotProfile=name) for name in ("user-driven", "kiosk")}
    kiosk = typical["kiosk"].autopilot_profile
    assert typical["user-driven"].autopilot_profile is None
    assert kiosk
    assert kiosk.device_usage_type == "shared"


def test_a_user_is_there_absent_or_not_told() -> None:
    assert facts().has_user is True
    assert facts(userPrincipalName="").has_user is False
    assert facts(userPrincipalName=None).has_user is False
    assert facts(userPrincipalName=UNSET).has_user is UNSET


def test_a_policy_reaches_by_devices_users_and_groups_and_exclusion_wins() -> None:
    assert backup() == "notConfigured"
    assert backup(policy("a", "1", Target("all_devices"))) == "enabled"
    assert backup(policy("a", "0", Target("all_devices"))) == "disabled"
    assert backup(policy("a", "1", Target("group", "everybody"))) == "enabled"
    assert backup(policy("a", "1", Target("group", "nobody"))) == "notConfigured"
    assert backup(policy("a", "1", Target("group", "staff"))) == "enabled"
    assert backup(policy("a", "1", Target("group", "staff")), userId="") == "notConfigured"
    excluded = (Target("group", "staff"), Target("excluded_group", "everybody"))
    assert backup(policy("a", "1", *excluded)) == "notConfigured"


def test_filters_and_disagreeing_policies_leave_the_answer_open() -> None:
    certain = policy("a", "1", Target("all_devices"))
    filtered = Target("all_devices", filtered=True)
    assert backup(policy("b", "1", filtered)) == "depends_on_filter"
    assert backup(certain, policy("b", "1", filtered)) == "enabled"
    assert backup(certain, policy("b", "0", filtered)) == "depends_on_filter"
    assert backup(certain, policy("b", "0", Target("all_devices"))) == "conflicting"


def test_the_status_page_of_highest_priority_that_targets_the_device_counts() -> None:
    assert esp() is False
    assert esp(Target("all_devices")) is True
    assert esp(Target("all_devices"), autopilotEnrolled=False) is True
    assert esp(Target("group", "everybody")) is True
    assert esp(Target("group", "everybody"), autopilotEnrolled=False) is False
    assert esp(Target("group", "staff")) is False
    assert esp(Target("all_users")) is False
    assert esp(Target("all_devices"), Target("excluded_group", "everybody")) is False
    assert esp(Target("all_devices", filtered=True)) == "depends_on_filter"


def test_of_an_unsupported_cloud_nothing_but_the_cloud_is_read() -> None:
    tenant = SimulatedTenant(devices=5, scenario="gcchigh")
    assert Truth(tenant).tenant == TenantFacts(cloud="gcchigh")


def test_the_typical_tenant_has_every_answer_in_it() -> None:
    found = Truth(SimulatedTenant(devices=2_000)).count()
    assert {f.backup_policy for f in found} == {"enabled", "notConfigured", "depends_on_filter"}
    assert {
        (f.backup_policy, f.first_sign_in_policy, f.esp_quality_updates)
        for f in found
        if f.backup_policy != "depends_on_filter"
    } == set(product(("enabled", "notConfigured"), ("enabled", "notConfigured"), (True, False)))
