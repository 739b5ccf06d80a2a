import msgspec
import pytest

from local.tenant.device import Device
from tests.local.tenant.asked import Ask, Asked

LISTING = "/v1.0/devices?$select=id,deviceId&$top=999"


def entra_ids(asked: Asked, condition: str) -> list[str]:
    found = asked.every(f"{LISTING.replace('999', '100')}&$filter={condition}")
    return [item["deviceId"] for item in found]


def test_a_device_is_found_by_intunes_reference(ask: Ask) -> None:
    asked = ask()
    device = next(d for d in asked.tenant.devices() if d.linked)
    key = device.entra_device_id
    alone = asked.get(f"/v1.0/devices(deviceId='{key}')?$select=deviceId,trustType")
    listed = asked.get(f"/v1.0/devices?$filter=deviceId eq '{key}'&$select=deviceId,trustType")
    assert alone["trustType"] == device.trust_type
    assert listed["value"] == [{"deviceId": key, "trustType": device.trust_type}]


def test_fifteen_devices_are_found_at_once_and_no_more(ask: Ask) -> None:
    asked = ask()
    keys = [d.entra_device_id for d in asked.tenant.devices() if d.linked and d.in_entra][:16]
    conditions = [f"deviceId eq '{key}'" for key in keys]
    listed = asked.get(f"/v1.0/devices?$filter={' or '.join(conditions[:15])}&$select=deviceId")
    assert {d["deviceId"] for d in listed["value"]} == set(keys[:15])
    refused = asked.call("GET", f"/v1.0/devices?$filter={' or '.join(conditions)}")
    assert refused.status == 400


def test_different_properties_joined_by_or_are_refused(ask: Ask) -> None:
    mixed = "deviceId eq 'a' or operatingSystem eq 'Windows'"
    assert ask().call("GET", f"/v1.0/devices?$filter={mixed}").status == 400


def test_devices_are_listed_by_the_beginning_of_their_system(ask: Ask) -> None:
    asked = ask()
    listed = asked.every(
        "/v1.0/devices?$filter=startswith(operatingSystem,'win')&$select=operatingSystem"
    )
    assert {d["operatingSystem"] for d in listed} == {"Windows"}
    windows = [d for d in asked.tenant.devices() if d.operating_system == "Windows" and d.in_entra]
    assert len(listed) == len(windows)


def test_a_device_that_left_entra_is_not_found(ask: Ask) -> None:
    asked = ask()
    device = asked.tenant.change(0, {"inEntra": False})
    answered = asked.call("GET", f"/v1.0/devices(deviceId='{device.entra_device_id}')")
    assert answered.status == 404
    assert b"Request_ResourceNotFound" in answered.body


def test_autopilot_devices_carry_their_mark(ask: Ask) -> None:
    asked = ask()
    devices = [d for d in asked.tenant.devices() if d.in_entra]
    listed = asked.every("/v1.0/devices?$top=100")
    marked = [any(i.startswith("[ZTDID]") for i in d["physicalIds"]) for d in listed]
    assert marked == [d.autopilot_enrolled for d in devices]


def test_the_list_pairs_every_object_with_its_device_id(ask: Ask) -> None:
    asked = ask(devices=1_200)
    pages = asked.pages(LISTING)
    fleet, there = asked.tenant.fleet, [d.index for d in asked.tenant.devices() if d.in_entra]
    assert [len(page["value"]) for page in pages] == [999, len(there) - 999]
    assert [(item["id"], item["deviceId"]) for page in pages for item in page["value"]] == [
        (fleet.objects.guid(n), fleet.entra.guid(n)) for n in there
    ]


def test_devices_are_found_by_several_ids_at_once(ask: Ask) -> None:
    asked = ask()
    fleet, there = asked.tenant.fleet, [d for d in asked.tenant.devices() if d.in_entra][:3]
    ids = [fleet.entra.guid(d.index) for d in there]
    listed = ",".join(f"'{guid}'" for guid in (*ids, "nobody"))
    assert entra_ids(asked, f"deviceId in ({listed})") == ids
    objects = ", ".join(f"'{fleet.objects.guid(d.index)}'" for d in there)
    assert entra_ids(asked, f"id in ({objects})") == ids
    assert entra_ids(asked, "id eq 'nobody'") == []


def test_only_one_operating_system_is_listed_where_it_is_asked_for(ask: Ask) -> None:
    asked = ask()
    wanted = [d for d in asked.tenant.devices() if d.in_entra and d.operating_system == "Windows"]
    found = entra_ids(asked, "operatingSystem eq 'Windows'")
    assert found == [asked.tenant.fleet.entra.guid(d.index) for d in wanted]
    assert len(found) < len(entra_ids(asked, "operatingSystem in ('Windows','iOS','Android')"))


@pytest.mark.parametrize(
    "condition",
    [
        "displayName eq 'x'",
        "deviceId ne 'x'",
        "not a filter",
        f"id in ({','.join(['%27x%27'] * 16)})",
    ],
)
def test_a_filter_that_entra_does_not_support_is_refused(ask: Ask, condition: str) -> None:
    answered = ask().call("GET", f"{LISTING}&$filter={condition}")
    assert answered.status == 400
    assert msgspec.json.decode(answered.body)["error"]["code"] == "Request_UnsupportedQuery"


def test_an_object_outlives_its_enrolment(ask: Ask) -> None:
    asked = ask()
    device = linked(asked)
    path = f"/v1.0/devices(deviceId='{device.entra_device_id}')?$select=isManaged"
    assert asked.get(path)["isManaged"] is True
    asked.tenant.retire(device.index)
    assert asked.get(path)["isManaged"] is False


def test_a_device_enrolled_again_keeps_its_object(ask: Ask) -> None:
    asked = ask()
    device = linked(asked)
    again = asked.tenant.enroll_again(device.index)
    asked.tenant.change(again.index, {"deviceName": "Again"})
    object_id = asked.tenant.fleet.objects.guid(device.index)
    for path in (f"devices/{object_id}", f"devices(deviceId='{device.entra_device_id}')"):
        found = asked.get(f"/v1.0/{path}?$select=id,displayName")
        assert (found["id"], found["displayName"]) == (object_id, "Again")
    assert len(asked.every(LISTING)) == sum(d.in_entra for d in asked.tenant.devices())


def linked(asked: Asked) -> Device:
    return next(d for d in asked.tenant.devices() if d.linked)
