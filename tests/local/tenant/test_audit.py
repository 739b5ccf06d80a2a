from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.tenant.audit import Actor
from local.tenant.calls import Caller
from local.tenant.changes import Change, apply
from local.tenant.enrollment import RESTORE_TYPE, restore_id
from local.tenant.scenarios import Target
from tests.local.tenant.asked import Ask, Asked, Clock

EVENTS = "/v1.0/deviceManagement/auditEvents"
CONFIGURATIONS = "/beta/deviceManagement/deviceEnrollmentConfigurations"
APPLICATION = Actor(application="0c2f6a3e-59a8-4b1e-8f0d-6f2b7c9e4d15", name="Baseline as code")


def events(asked: Asked) -> list[Any]:
    return asked.every(EVENTS)


def values(event: Any) -> dict[str, tuple[str, str]]:
    (resource,) = event["resources"]
    return {
        p["displayName"]: (p["oldValue"], p["newValue"]) for p in resource["modifiedProperties"]
    }


def test_a_change_of_the_restore_setting_names_who_and_from_what_to_what(ask: Ask) -> None:
    asked = ask()
    apply(asked.graph, Change(restore_state="enabled"))
    (event,) = events(asked)
    assert event["actor"]["userPrincipalName"] == "admin@contoso.example"
    assert event["actor"]["auditActorType"] == "ItPro"
    assert event["resources"][0]["resourceId"] == restore_id(asked.tenant)
    assert values(event)["State"] == ("notConfigured", "enabled")
    assert datetime.fromisoformat(event["activityDateTime"]) == asked.tenant.clock()


def test_an_application_is_named_by_its_id_and_no_user(ask: Ask) -> None:
    asked = ask()
    apply(asked.graph, Change(status_page="quality", quality_updates=False, by=APPLICATION))
    (event,) = events(asked)
    actor = event["actor"]
    assert (actor["auditActorType"], actor["userPrincipalName"]) == ("Application", None)
    assert (actor["applicationId"], actor["applicationDisplayName"]) == (
        APPLICATION.application,
        APPLICATION.name,
    )
    assert values(event)["InstallQualityUpdates"] == ("True", "False")
    (page,) = [
        page
        for page in asked.get(CONFIGURATIONS)["value"]
        if page["displayName"] == "Update during setup"
    ]
    assert event["resources"][0]["resourceId"] == page["id"]
    assert page["installQualityUpdates"] is False
    assert page["lastModifiedDateTime"] == asked.tenant.now()


def test_an_assignment_names_the_policy(ask: Ask) -> None:
    asked = ask()
    apply(asked.graph, Change(policy="backup", targets=(Target("all_devices"),)))
    (event,) = events(asked)
    assert event["resources"][0]["resourceId"] == asked.tenant.guid("policy", "backup")
    assert event["activityOperationType"] == "Assign"


@pytest.mark.parametrize(("app_only", "user"), [(True, None), (False, "admin@contoso.example")])
def test_a_write_through_graph_is_its_callers(ask: Ask, app_only: bool, user: str | None) -> None:
    asked = ask(caller=Caller(app_only=app_only))
    body = {"@odata.type": RESTORE_TYPE, "state": "enabled"}
    assert asked.call("PATCH", f"{CONFIGURATIONS}/{restore_id(asked.tenant)}", body).status == 200
    (event,) = events(asked)
    assert event["actor"]["applicationId"] == Caller().application_id
    assert event["actor"]["userPrincipalName"] == user


def test_the_newest_comes_first_and_older_ones_can_be_left_out(ask: Ask) -> None:
    clock = Clock(datetime(2026, 11, 22, 12, 0, 0, 500_000, tzinfo=UTC))
    asked = ask(clock=clock)
    for state in ("enabled", "disabled", "notConfigured"):
        apply(asked.graph, Change(restore_state=state))
        clock.forward(timedelta(minutes=1))
    found = asked.every(f"{EVENTS}?$top=2")
    assert [values(event)["State"][1] for event in found] == [
        "notConfigured",
        "disabled",
        "enabled",
    ]
    assert len({event["id"] for event in found}) == 3
    for condition, number in (
        ("gt 2026-11-22T12:01:00Z", 2),
        ("gt 2026-11-22T12:01:00.5Z", 1),
        ("ge 2026-11-22T12:01:00.5Z", 2),
        ("le 2026-11-22T12:00:00.5Z", 1),
        ("gt never", 3),
    ):
        assert len(asked.every(f"{EVENTS}?$filter=activityDateTime {condition}")) == number


@pytest.mark.parametrize(
    ("permission", "status"),
    [("DeviceManagementApps.Read.All", 200), ("DeviceManagementConfiguration.Read.All", 403)],
)
def test_the_log_has_a_permission_of_its_own(ask: Ask, permission: str, status: int) -> None:
    asked = ask(caller=Caller(permissions=frozenset({permission})))
    for version in ("v1.0", "beta"):
        assert asked.call("GET", EVENTS.replace("v1.0", version)).status == status
