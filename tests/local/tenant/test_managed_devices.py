from itertools import pairwise

import pytest

from local.tenant.faults import FaultPlan, Faults
from tests.local.tenant.asked import Ask, Asked

LIST = "/beta/deviceManagement/managedDevices"


def ids(asked: Asked, url: str) -> list[str]:
    return [device["id"] for device in asked.every(url)]


def test_pages_come_in_name_order_and_hold_every_device_once(ask: Ask) -> None:
    asked = ask()
    pages = asked.pages(f"{LIST}?$select=id,deviceName&$top=70")
    names = [device["deviceName"] for page in pages for device in page["value"]]
    assert len(pages) == 5
    assert names == sorted(set(names))
    assert len(names) == 300


def test_the_count_is_the_pages_own(ask: Ask) -> None:
    pages = ask().pages(f"{LIST}?$select=id&$top=70")
    assert [page["@odata.count"] for page in pages] == [70, 70, 70, 70, 20]


def test_a_page_holds_at_most_a_thousand(ask: Ask) -> None:
    page = ask(devices=1_200).get(f"{LIST}?$select=id&$top=5000")
    assert len(page["value"]) == 1_000
    assert page["@odata.nextLink"].startswith(f"http://graph.test{LIST}?$select=id&$top=5000")


def test_only_what_is_selected_is_answered(ask: Ask) -> None:
    first = ask().get(f"{LIST}?$select=osVersion,%20id,colour&$top=1")["value"][0]
    assert set(first) <= {"id", "osVersion"}


def test_beta_properties_are_not_in_v1(ask: Ask) -> None:
    asked = ask()
    beta = asked.get(f"{LIST}?$top=1")["value"][0]
    v1 = asked.get(f"{LIST.replace('beta', 'v1.0')}?$top=1")["value"][0]
    assert set(beta) - set(v1) >= {"skuNumber", "autopilotEnrolled"}
    assert not set(v1) - set(beta)


def test_windows_only_is_a_filter_that_works(ask: Ask) -> None:
    asked = ask()
    found = asked.every(f"{LIST}?$filter=operatingSystem eq 'windows'&$top=40")
    expected = [d.id for d in asked.tenant.by_name() if d.operating_system == "Windows"]
    assert [device["id"] for device in found] == expected
    assert len(expected) < 300


def test_not_equal_acts_as_equal(ask: Ask) -> None:
    asked = ask()
    equal = ids(asked, f"{LIST}?$filter=operatingSystem eq 'iOS'")
    assert ids(asked, f"{LIST}?$filter=operatingSystem ne 'iOS'") == equal
    assert equal


@pytest.mark.parametrize(
    "condition",
    ["joinType eq 'unknown'", "skuNumber eq 4", "startswith(deviceName,'A')", "a or b", "not ("],
)
def test_a_filter_that_is_not_supported_is_ignored(ask: Ask, condition: str) -> None:
    assert len(ids(ask(), f"{LIST}?$filter={condition}")) == 300


def test_a_device_is_found_by_its_name(ask: Ask) -> None:
    asked = ask()
    asked.tenant.rename(7, "Anna's PC")
    asked.tenant.rename(8, "Anna's PC")
    found = asked.every(f"{LIST}?$filter=deviceName eq 'Anna''s PC'&$top=1")
    assert [device["id"] for device in found] == [asked.tenant.fleet.intune.guid(i) for i in (7, 8)]


def test_sync_time_filters_compare(ask: Ask) -> None:
    asked = ask()
    asked.tenant.change(9, {"lastSyncDateTime": "2026-11-23T00:00:00Z"})
    later = "lastSyncDateTime gt 2026-11-22T18:00:00Z"
    assert ids(asked, f"{LIST}?$filter={later}") == [asked.tenant.fleet.intune.guid(9)]
    older = f"{LIST}?$filter=enrolledDateTime lt 2024-01-01T00:00:00Z"
    assert 0 < len(ids(asked, older)) < 300


@pytest.mark.parametrize("version", ["beta", "v1.0"])
@pytest.mark.parametrize(
    ("bound", "synced"),
    [
        ("2026-11-22T11:59:59Z", 2),
        ("2026-11-22T11:59:59.999Z", 2),
        ("2026-11-22T12:59:59%2B01:00", 2),
        ("2026-11-22T12:00:00Z", 1),
        ("2026-11-22T12:00:00.5Z", 1),
        ("2026-11-22T12:00:01Z", 0),
    ],
)
def test_later_than_a_moment_leaves_the_moment_itself_out(
    ask: Ask, version: str, bound: str, synced: int
) -> None:
    asked = ask()
    asked.tenant.change(9, {"deviceName": "A", "lastSyncDateTime": "2026-11-22T12:00:00Z"})
    asked.tenant.change(4, {"deviceName": "B", "lastSyncDateTime": "2026-11-22T12:00:01Z"})
    asked.tenant.delete(asked.tenant.add({}).index)
    url = f"{LIST.replace('beta', version)}?$filter=lastSyncDateTime gt {bound}&$top=1"
    wanted = [asked.tenant.fleet.intune.guid(index) for index in (9, 4)]
    assert ids(asked, url) == wanted[2 - synced :]


def test_an_early_bound_finds_what_looking_at_every_device_finds(ask: Ask) -> None:
    asked = ask()
    asked.tenant.change(9, {})
    bound = "2026-11-15T00:00:00Z"
    expected = [d.id for d in asked.tenant.by_name() if d.last_sync > bound]
    assert ids(asked, f"{LIST}?$filter=lastSyncDateTime gt {bound}&$top=20") == expected
    assert 20 < len(expected) < 300


def test_a_filter_by_entra_id_is_ignored_or_works(ask: Ask) -> None:
    asked = ask()
    device = next(d for d in asked.tenant.devices() if d.linked)
    again = asked.tenant.enroll_again(device.index, beside=True)
    url = f"{LIST}?$filter=azureADDeviceId eq '{str(device.entra_device_id).upper()}'"
    assert len(ids(asked, url)) == 301
    asked.graph.plan = FaultPlan(Faults(entra_filter="works"), asked.tenant)
    assert ids(asked, url) == [device.id, again.id]
    asked.tenant.retire(device.index)
    assert ids(asked, url) == [again.id]
    assert ids(asked, f"{LIST}?$filter=azureADDeviceId eq 'nobody'") == []


def test_lists_hide_some_sku_numbers_that_the_device_itself_has(ask: Ask) -> None:
    asked = ask()
    hidden = [d for d in asked.tenant.devices() if d.sku_in_lists != "same"]
    listed = {d["id"]: d for d in asked.every(f"{LIST}?$select=id,skuNumber")}
    for device in hidden:
        assert listed[device.id]["skuNumber"] in (0, None)
        alone = asked.get(f"{LIST}/{device.id}?$select=id,skuNumber")
        assert alone["skuNumber"] == device.sku_number
    assert hidden


def test_an_unknown_id_is_not_found_in_intunes_nested_way(ask: Ask) -> None:
    answered = ask().call("GET", f"{LIST}/00000000-0000-0000-0000-000000000001")
    assert answered.status == 404
    assert rb"\"_version\": 3" in answered.body


def test_a_forged_token_is_a_bad_request(ask: Ask) -> None:
    assert ask().call("GET", f"{LIST}?$skiptoken=forged").status == 400


def test_a_duplicate_opens_the_next_page_again(ask: Ask) -> None:
    asked = ask(faults=Faults(duplicate=1.0))
    pages = asked.pages(f"{LIST}?$select=id&$top=50")
    for page, following in pairwise(pages):
        assert page["value"][-1] == following["value"][0]
    assert len({d["id"] for page in pages for d in page["value"]}) == 300


def test_a_device_renamed_to_later_is_listed_twice(ask: Ask) -> None:
    asked = ask(faults=Faults(renamed="later"))
    found = ids(asked, f"{LIST}?$select=id&$top=50")
    assert len(found) == 301
    assert found[0] == found[-1]
    assert len(ids(asked, f"{LIST}?$select=id&$top=50")) == 300


def test_a_device_renamed_to_earlier_is_missed(ask: Ask) -> None:
    asked = ask(faults=Faults(renamed="earlier"))
    assert len(ids(asked, f"{LIST}?$select=id&$top=50")) == 299
    assert len(ids(asked, f"{LIST}?$select=id&$top=50")) == 300


def test_broken_devices_are_listed_only_when_asked_for(ask: Ask) -> None:
    asked = ask(faults=Faults(without_id=3, wrong_type=2))
    found = asked.every(f"{LIST}?$select=id,osVersion")
    assert sum("id" not in device for device in found) == 3
    assert sum(isinstance(device.get("osVersion"), int) for device in found) == 2
    assert all("id" in device for device in ask().every(f"{LIST}?$select=id"))
