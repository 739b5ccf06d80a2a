from typing import Any

import msgspec
import pytest

from local.tenant.calls import Answer, Caller
from tests.local.tenant.asked import Ask, Asked

LIST = "/beta/deviceManagement/deviceEnrollmentConfigurations"
TYPE = "#microsoft.graph.windowsRestoreDeviceEnrollmentConfiguration"
ONLY_RESTORE = f"{LIST}?$filter=deviceEnrollmentConfigurationType eq 'windowsRestore'"
ENABLE = {"@odata.type": TYPE, "state": "enabled"}


def restore(asked: Asked) -> Any:
    (setting,) = asked.get(ONLY_RESTORE)["value"]
    return setting


def patch(asked: Asked, body: object = ENABLE, **headers: str) -> Answer:
    return asked.call("PATCH", f"{LIST}/{restore(asked)['id']}", body, headers)


def message(answered: Answer) -> str:
    outer = msgspec.json.decode(answered.body)["error"]["message"]
    return str(msgspec.json.decode(outer)["Message"])


def test_the_restore_setting_is_one_untouched_object(ask: Ask) -> None:
    setting = restore(ask())
    assert setting["@odata.type"] == TYPE
    assert setting["id"].endswith("_WindowsRestore")
    assert (setting["state"], setting["version"]) == ("notConfigured", 0)
    assert setting["lastModifiedDateTime"].startswith("2025")


def test_the_list_has_the_other_built_in_kinds_and_the_status_pages(ask: Ask) -> None:
    kinds = [c["deviceEnrollmentConfigurationType"] for c in ask().get(LIST)["value"]]
    assert kinds.count("windows10EnrollmentCompletionPageConfiguration") == 3
    assert {"limit", "platformRestrictions", "windowsHelloForBusiness"} <= set(kinds)


def test_assignments_come_expanded_or_on_their_own(ask: Ask) -> None:
    asked = ask()
    for page in asked.get(f"{LIST}?$expand=assignments")["value"]:
        assert asked.get(f"{LIST}/{page['id']}/assignments")["value"] == page["assignments"]
    targets = [a["target"] for a in page_named(asked, "Update during setup")["assignments"]]
    assert [t["@odata.type"].rpartition(".")[2] for t in targets] == [
        "groupAssignmentTarget",
        "exclusionGroupAssignmentTarget",
    ]


def page_named(asked: Asked, name: str) -> Any:
    pages = asked.get(f"{LIST}?$expand=assignments")["value"]
    return next(page for page in pages if page["displayName"] == name)


def test_v1_knows_neither_the_restore_setting_nor_quality_updates(ask: Ask) -> None:
    found = ask().get(LIST.replace("beta", "v1.0"))["value"]
    assert not any(c["@odata.type"] == TYPE or "installQualityUpdates" in c for c in found)


def test_a_write_changes_the_state_and_the_date_and_nothing_else(ask: Ask) -> None:
    asked = ask()
    before = restore(asked)
    answered = patch(asked)
    assert answered.status == 200
    assert "ETag" not in answered.headers
    changed = {"state": "enabled", "lastModifiedDateTime": "2026-11-22T12:00:00Z"}
    assert restore(asked) == {**before, **changed}
    (event,) = asked.get("/beta/deviceManagement/auditEvents")["value"]
    assert event["resources"][0]["resourceId"].endswith("_WindowsRestore")


@pytest.mark.parametrize(
    "body",
    [
        {"state": "enabled"},
        {**ENABLE, "version": 0},
        {**ENABLE, "state": "on"},
        {"@odata.type": "#microsoft.graph.other", "state": "enabled"},
    ],
)
def test_a_write_with_any_other_body_is_refused(ask: Ask, body: object) -> None:
    asked = ask()
    assert patch(asked, body).status == 400
    assert restore(asked)["state"] == "notConfigured"


def test_an_application_without_the_role_may_not_write(ask: Ask) -> None:
    asked = ask(caller=Caller(roles=frozenset()))
    answered = patch(asked)
    assert answered.status == 403
    assert message(answered).startswith(
        "Tenant is not Global Admin or Intune Service Admin. Operation is restricted."
    )
    assert restore(asked)["state"] == "notConfigured"


def test_reading_permissions_do_not_allow_a_write(ask: Ask) -> None:
    reading = frozenset({"DeviceManagementServiceConfig.Read.All"})
    answered = patch(ask(caller=Caller(permissions=reading)))
    assert answered.status == 403
    assert message(answered).startswith("Insufficient privileges")


def test_a_second_administrator_has_to_approve_where_that_is_on(ask: Ask) -> None:
    asked = ask()
    asked.graph.approvals = {}
    assert patch(asked).status == 403
    why = {"x-msft-approval-justification": "roll-out"}
    first = patch(asked, **why)
    code = first.headers["x-msft-approval-code"]
    assert first.status == 403
    again = {**why, "x-msft-approval-code": code}
    assert patch(asked, **again).headers["x-msft-approval-code"] == code
    asked.graph.approved.add(code)
    other = patch(asked, {**ENABLE, "state": "disabled"}, **again)
    assert other.status == 403
    assert patch(asked, **again).status == 200
    assert restore(asked)["state"] == "enabled"
    assert patch(asked, **again).status == 403
