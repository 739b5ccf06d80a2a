"""Findings of the tenant: each speaks when it should, and is silent when all is well."""

from typing import Any, Literal

import pytest
from msgspec import UNSET

from shared.domain.tenant import (
    AccessPolicy,
    Outcome,
    Policy,
    RestoreSetting,
    StatusPage,
    Target,
    TenantReading,
)
from shared.report.tenant_findings import TenantFinding, tenant_findings
from tests.builders import tenant

EVERYBODY = (Target("all_devices"),)
PILOT = (Target("group", "pilot"),)
FILTERED = (Target("all_devices", filtered=True),)
ONLY_EXCLUDED = (Target("excluded_group", "kiosks"),)

Value = Literal["enabled", "disabled", "unrecognised"]


def policy(
    value: Value = "enabled",
    targets: Any = EVERYBODY,
    name: str = "Win - Backup",
    setting: str = "EnableWindowsBackup",
) -> Policy:
    return Policy(name, name, setting, value, targets)


def page(
    name: str, priority: int, quality_updates: Any, targets: Any = (), *, default: bool = False
) -> StatusPage:
    return StatusPage(name, name, priority, default, quality_updates, targets)


def reading(**differing: Any) -> TenantReading:
    """Build a tenant where all is well and all was read."""
    values: dict[str, Any] = {
        "facts": tenant(),
        "restore_setting": RestoreSetting("x", "enabled", "2026-11-01T00:00:00Z"),
        "backup_policies": (policy(),),
        "first_sign_in_policies": (policy(setting="EnableWindowsRestore"),),
        "companion_policies": (policy(setting="EnableCDP"),),
        "status_pages": (page("Default", 0, True, default=True),),
        "profiles": (),
        "access_policies": (AccessPolicy("mfa", "Require MFA", False, True),),
        "outcomes": (Outcome("restore_setting", "complete", 1),),
    }
    return TenantReading(**(values | differing))


def found(**differing: Any) -> list[str]:
    return [finding.code for finding in tenant_findings(reading(**differing))]


def only(**differing: Any) -> TenantFinding:
    (finding,) = tenant_findings(reading(**differing))
    return finding


def test_nothing_is_said_of_a_tenant_where_all_is_well() -> None:
    assert found() == []


def test_nothing_is_said_of_what_was_not_read_besides_that_it_was_not() -> None:
    nothing_read = TenantReading(tenant(cloud=UNSET))

    assert tenant_findings(nothing_read) == ()


@pytest.mark.parametrize("cloud", ["gcchigh", "dod", "china"])
def test_a_cloud_without_the_feature_blocks(cloud: str) -> None:
    finding = only(facts=tenant(cloud=cloud))

    assert (finding.code, finding.severity) == ("cloud_unsupported", "blocks")
    assert cloud in finding.detail


@pytest.mark.parametrize("cloud", ["commercial", "gcc"])
def test_a_cloud_with_the_feature_is_no_finding(cloud: str) -> None:
    assert found(facts=tenant(cloud=cloud)) == []


@pytest.mark.parametrize("state", ["disabled", "notConfigured"])
def test_a_restore_setting_that_is_not_enabled_blocks(state: Any) -> None:
    finding = only(restore_setting=RestoreSetting("x", state, "2026-11-01"))

    assert (finding.code, finding.severity) == ("restore_setting_off", "blocks")
    assert state in finding.detail
    assert ("behaves as off" in finding.detail) == (state == "notConfigured")


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("backup_policies", "backup_policy_missing"),
        ("first_sign_in_policies", "first_sign_in_policy_missing"),
    ],
)
@pytest.mark.parametrize(
    "policies",
    [(), (policy("disabled"),), (policy(targets=()),), (policy(targets=ONLY_EXCLUDED),)],
    ids=["none", "disabled", "unassigned", "excluded"],
)
def test_a_policy_that_enables_for_nobody_is_missing(
    field: str, code: str, policies: tuple[Policy, ...]
) -> None:
    assert found(**{field: policies}) == [code]


@pytest.mark.parametrize(
    "possible",
    [
        policy(targets=PILOT),
        policy(targets=UNSET),
        policy("unrecognised"),
        policy(targets=(Target("unrecognised"),)),
    ],
    ids=["a group", "assignments not read", "a new value", "a new target"],
)
def test_a_policy_that_may_enable_for_somebody_is_not_called_missing(possible: Policy) -> None:
    assert found(backup_policies=(policy("disabled"), possible)) == []


def test_policies_that_depend_on_a_filter_are_named() -> None:
    finding = only(
        backup_policies=(
            policy(name="Plain"),
            policy(name="Lab", targets=FILTERED),
            policy(name="Attic", targets=FILTERED),
            policy("disabled", name="Off", targets=FILTERED),
        )
    )

    assert finding.code == "backup_policy_depends_on_filter"
    assert "with a filter: Attic, Lab." in finding.detail


def test_long_lists_of_names_are_cut_and_counted() -> None:
    policies = tuple(policy(name=f"P{n}", targets=FILTERED) for n in range(8))

    assert "P0, P1, P2, P3, P4 and 3 more" in only(backup_policies=policies).detail


def test_a_status_page_that_some_device_gets_without_quality_updates_is_named() -> None:
    finding = only(
        status_pages=(
            page("Default", 0, False, default=True),
            page("Pilot", 1, True, PILOT),
            page("Kiosks", 2, False, (Target("group", "kiosks"),)),
        )
    )

    assert finding.code == "esp_quality_updates_off"
    assert "Off in: Default, Kiosks." in finding.detail


@pytest.mark.parametrize(
    "targets",
    [FILTERED, (*EVERYBODY, Target("excluded_group", "kiosks")), PILOT],
    ids=["filtered", "all but a group", "a group"],
)
def test_behind_a_page_for_some_devices_the_default_one_still_counts(targets: Any) -> None:
    pages = (page("Default", 0, False, default=True), page("Some", 1, True, targets))

    assert found(status_pages=pages) == ["esp_quality_updates_off"]


def test_behind_a_page_for_all_devices_no_other_counts() -> None:
    pages = (
        page("Default", 0, False, default=True),
        page("Later", 2, False, EVERYBODY),
        page("All", 1, True, EVERYBODY),
    )

    assert found(status_pages=pages) == []


def test_pages_for_users_or_for_nobody_do_not_count() -> None:
    pages = (
        page("Default", 0, True, default=True),
        page("Users", 1, False, (Target("all_users"),)),
        page("Nobody", 2, False),
        page("Unread", 3, False, UNSET),
    )

    assert found(status_pages=pages) == []


def test_each_disabled_companion_policy_is_a_finding_of_its_setting() -> None:
    findings = tenant_findings(
        reading(
            companion_policies=(
                policy("disabled", name="Hardening", setting="EnableCDP"),
                policy("disabled", name="Baseline", setting="EnableCDP", targets=PILOT),
                policy("disabled", name="Privacy", setting="UploadUserActivities"),
                policy("disabled", name="Draft", setting="EnableActivityFeed", targets=()),
            )
        )
    )

    assert [f.code for f in findings] == [
        "companion_policy_disabled_enablecdp",
        "companion_policy_disabled_uploaduseractivities",
    ]
    assert findings[0].detail == "Disabled by: Baseline, Hardening."


def test_conditional_access_in_the_way_of_restore_is_named() -> None:
    finding = only(access_policies=(AccessPolicy("b", "Block restore", True, False),))

    assert finding.code == "conditional_access_blocks_restore"
    assert "Block restore" in finding.detail


def test_a_list_that_was_refused_names_the_missing_permission() -> None:
    outcome = Outcome("access_policies", "failed", 0, "Forbidden (request id 1)", "Policy.Read.All")
    finding = only(access_policies=UNSET, outcomes=(outcome,))

    assert (finding.code, finding.severity) == ("unread_access_policies", "unreadable")
    assert finding.title == "Access policies could not be read"
    assert finding.detail == "Forbidden (request id 1)"
    assert "Policy.Read.All" in finding.fix


def test_a_list_read_in_part_says_so_and_what_to_do() -> None:
    finding = only(outcomes=(Outcome("groups", "partial", 3, None),))

    assert finding.title == "Groups could not be read to the end"
    assert finding.detail == "Graph did not answer."
    assert "Run the sweep again" in finding.fix


def test_the_gravest_come_first() -> None:
    findings = tenant_findings(
        reading(
            outcomes=(Outcome("groups", "failed"),),
            backup_policies=(),
            restore_setting=RestoreSetting("x", "disabled", "2026-11-01"),
        )
    )

    assert [f.severity for f in findings] == ["blocks", "limits", "unreadable"]
