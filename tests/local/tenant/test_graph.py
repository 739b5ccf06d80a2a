from typing import Any

import msgspec
import pytest

from local.tenant.calls import Caller
from local.tenant.faults import Faults
from tests.local.tenant.asked import Ask, Asked

DEVICE = "/deviceManagement/managedDevices/{}?$select=id,skuNumber"


def batch(asked: Asked, urls: list[str], version: str = "beta") -> list[Any]:
    requests = [{"id": str(n), "method": "GET", "url": url} for n, url in enumerate(urls)]
    answered = asked.call("POST", f"/{version}/$batch", {"requests": requests})
    assert answered.status == 200, answered.body
    responses: list[Any] = msgspec.json.decode(answered.body)["responses"]
    return responses


def test_a_batch_answers_each_request_on_its_own_and_in_any_order(ask: Ask) -> None:
    asked = ask()
    device = next(asked.tenant.devices())
    urls = [DEVICE.format(device.id), DEVICE.format("nobody"), "/organization", "/nothing"]
    responses = batch(asked, urls * 4)
    by_id = {r["id"]: r for r in responses}
    assert [by_id[str(n)]["status"] for n in range(4)] == [200, 404, 200, 400]
    assert by_id["0"]["body"]["id"] == device.id
    assert list(by_id) != sorted(by_id, key=int)


def test_a_batch_has_one_version_root(ask: Ask) -> None:
    asked = ask()
    device = next(asked.tenant.devices())
    (v1,) = batch(asked, [DEVICE.format(device.id)], version="v1.0")
    assert "skuNumber" not in v1["body"]
    (other,) = batch(asked, ["/v1.0/organization"])
    assert other["status"] == 400


def test_requests_in_a_batch_are_throttled_one_by_one(ask: Ask) -> None:
    asked = ask(faults=Faults(throttle=0.5, retry_after="2.128"))
    urls = [DEVICE.format(d.id) for d in list(asked.tenant.devices())[:20]]
    responses = batch(asked, urls)
    throttled = [r for r in responses if r["status"] == 429]
    assert 0 < len(throttled) < 20
    assert all(r["headers"]["Retry-After"] == "2.128" for r in throttled)


@pytest.mark.parametrize(
    ("requests", "says"),
    [
        ([{"id": str(n), "method": "GET", "url": "/devices"} for n in range(21)], b"value of 20"),
        ([{"id": "1", "method": "GET", "url": "/devices"}] * 2, b"unique"),
        ([{"id": "1"}], b"payload"),
    ],
)
def test_a_batch_that_is_too_long_or_malformed_is_refused(
    ask: Ask, requests: object, says: bytes
) -> None:
    answered = ask().call("POST", "/beta/$batch", {"requests": requests})
    assert answered.status == 400
    assert says in answered.body


def test_what_is_beta_only_is_not_in_v1(ask: Ask) -> None:
    asked = ask()
    for path in ("configurationPolicies", "autopilotEvents", "windowsAutopilotDeploymentProfiles"):
        assert asked.call("GET", f"/beta/deviceManagement/{path}").status == 200
        assert asked.call("GET", f"/v1.0/deviceManagement/{path}").status == 400


def test_a_method_that_a_path_does_not_have_is_refused(ask: Ask) -> None:
    assert ask().call("DELETE", "/beta/deviceManagement/managedDevices").status == 405


@pytest.mark.parametrize(
    ("path", "permission", "code"),
    [
        (
            "/deviceManagement/managedDevices",
            "DeviceManagementManagedDevices.Read.All",
            "Forbidden",
        ),
        ("/devices", "Device.Read.All", "Authorization_RequestDenied"),
        (
            "/deviceManagement/deviceEnrollmentConfigurations",
            "DeviceManagementServiceConfig.Read.All",
            "Forbidden",
        ),
        (
            "/deviceManagement/configurationPolicies",
            "DeviceManagementConfiguration.Read.All",
            "Forbidden",
        ),
        ("/identity/conditionalAccess/policies", "Policy.Read.All", "Authorization_RequestDenied"),
    ],
)
def test_a_missing_permission_is_refused_without_being_named(
    ask: Ask, path: str, permission: str, code: str
) -> None:
    asked = ask(caller=Caller(permissions=frozenset()))
    answered = asked.call("GET", f"/beta{path}")
    error = msgspec.json.decode(answered.body)["error"]
    assert (answered.status, error["code"]) == (403, code)
    assert "Insufficient privileges" in error["message"]
    assert permission.encode() not in answered.body
    held = ask(caller=Caller(permissions=frozenset({permission})))
    assert held.call("GET", f"/beta{path}").status == 200
