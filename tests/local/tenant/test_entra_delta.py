from collections import Counter
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from local.tenant.faults import Faults
from tests.local.tenant.asked import Ask, Asked, Clock

DELTA = "/v1.0/devices/delta"
FROM_NOW_ON = f"{DELTA}?$deltatoken=latest&$select=id,deviceId,displayName,trustType"


def local(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def follow(asked: Asked, url: str) -> tuple[list[Any], str]:
    pages = asked.pages(local(url))
    return [d for page in pages for d in page["value"]], pages[-1]["@odata.deltaLink"]


def test_the_first_round_tells_of_every_device(ask: Ask) -> None:
    asked = ask()
    found, link = follow(asked, f"{DELTA}?$select=trustType&$top=90")
    assert len(found) == sum(d.in_entra for d in asked.tenant.devices())
    assert set(found[0]) == {"id", "trustType"}
    assert follow(asked, link)[0] == []


def test_from_now_on_means_only_what_changes_later(ask: Ask) -> None:
    asked = ask()
    asked.tenant.change(1, {"trustType": "ServerAd"})
    found, link = follow(asked, f"{DELTA}?$deltatoken=latest&$select=trustType")
    assert found == []
    asked.tenant.change(2, {"trustType": "ServerAd"})
    asked.tenant.delete(3)
    objects = asked.tenant.fleet.objects
    found, link = follow(asked, link)
    assert found == [
        {"id": objects.guid(2), "trustType": "ServerAd"},
        {"id": objects.guid(3), "@removed": {"reason": "deleted"}},
    ]
    assert follow(asked, link)[0] == []


def test_many_changes_come_in_pages(ask: Ask) -> None:
    asked = ask()
    _, link = follow(asked, f"{DELTA}?$deltatoken=latest")
    for _ in range(2):
        for index in range(150):
            asked.tenant.change(index, {"trustType": "AzureAd"})
    pages = asked.pages(local(link))
    assert [len(page["value"]) for page in pages] == [200, 100]


@pytest.mark.parametrize("code", ["syncStateNotFound", "resyncRequired"])
def test_an_expired_token_asks_to_start_afresh(ask: Ask, code: Any) -> None:
    asked = ask(faults=Faults(delta_expired=code))
    _, link = follow(asked, f"{DELTA}?$deltatoken=latest")
    answered = asked.call("GET", local(link))
    assert answered.status == 400
    assert msgspec.json.decode(answered.body)["error"]["code"] == code


def test_a_gone_token_says_where_to_start_afresh(ask: Ask) -> None:
    asked = ask(faults=Faults(delta_expired="gone"))
    _, link = follow(asked, f"{DELTA}?$deltatoken=latest")
    answered = asked.call("GET", local(link))
    assert answered.status == 410
    assert len(follow(asked, answered.headers["Location"])[0]) > 200


def test_what_only_intune_knows_is_not_told(ask: Ask) -> None:
    asked = ask()
    _, link = follow(asked, FROM_NOW_ON)
    asked.tenant.change(1, {"joinType": "unknown", "skuNumber": 4})
    asked.tenant.change(2, {"userId": "", "userPrincipalName": ""})
    asked.tenant.change(3, {})
    assert follow(asked, link)[0] == []


def test_a_device_that_entra_does_not_know_goes_unseen(ask: Ask) -> None:
    asked = ask()
    asked.tenant.change(1, {"inEntra": False})
    _, link = follow(asked, FROM_NOW_ON)
    asked.tenant.change(1, {"osVersion": "10.0.26100.1"})
    asked.tenant.delete(1)
    assert follow(asked, link)[0] == []


def test_sparse_items_tell_what_changed_and_not_which_device(ask: Ask) -> None:
    asked = ask(faults=Faults(delta_sparse=True))
    _, link = follow(asked, FROM_NOW_ON)
    asked.tenant.change(1, {"trustType": "ServerAd"})
    added = asked.tenant.add({"trustType": "AzureAd", "deviceName": "New"})
    objects, entra = asked.tenant.fleet.objects, asked.tenant.fleet.entra
    assert follow(asked, link)[0] == [
        {"id": objects.guid(1), "trustType": "ServerAd"},
        {
            "id": objects.guid(added.index),
            "deviceId": entra.guid(added.index),
            "displayName": "New",
            "trustType": "AzureAd",
        },
    ]


def test_replays_bring_an_item_of_an_earlier_page_again(ask: Ask) -> None:
    asked = ask(faults=Faults(delta_replays=1.0))
    _, link = follow(asked, FROM_NOW_ON)
    for index in range(250):
        asked.tenant.change(index, {"deviceName": f"N{index}"})
    asked.tenant.delete(7)
    pages = asked.pages(local(link))
    earlier = {item["id"] for item in pages[0]["value"]}
    assert pages[1]["value"][0]["id"] in earlier
    changed = [d for d in asked.tenant.devices() if d.index < 250 and d.in_entra]
    told = Counter(item["id"] for page in pages for item in page["value"])
    assert len(told) == len(changed) + 1
    found, _ = follow(asked, pages[-1]["@odata.deltaLink"])
    assert len(found) == 1
    assert found[0]["id"] in told


@pytest.mark.parametrize("start", [f"{DELTA}?$select=id&$top=90", FROM_NOW_ON])
def test_empty_pages_lead_on_to_the_same_items(ask: Ask, start: str) -> None:
    plain, halting = ask(), ask(faults=Faults(delta_empty_pages=1.0))
    told = []
    for asked in (plain, halting):
        found, link = follow(asked, start)
        asked.tenant.change(3, {"deviceName": "Three"})
        pages = asked.pages(local(link))
        told.append((found, [item for page in pages for item in page["value"]]))
    assert told[0] == told[1]
    first, second = halting.pages(local(link))
    assert first["value"] == []
    assert "@odata.deltaLink" not in first
    assert len(second["value"]) == 1


def test_a_token_lives_for_seven_days_of_the_tenants_clock(ask: Ask) -> None:
    clock = Clock()
    asked = ask(clock=clock)
    _, link = follow(asked, FROM_NOW_ON)
    clock.forward(timedelta(days=7))
    _, renewed = follow(asked, link)
    clock.forward(timedelta(seconds=1))
    answered = asked.call("GET", local(link))
    assert answered.status == 410
    assert answered.headers["Location"].endswith("/v1.0/devices/delta?$deltatoken=")
    assert follow(asked, renewed)[0] == []


def test_a_device_enrolled_again_shows_as_the_same_object(ask: Ask) -> None:
    asked = ask()
    device = next(d for d in asked.tenant.devices() if d.linked)
    _, link = follow(asked, FROM_NOW_ON)
    again = asked.tenant.enroll_again(device.index, beside=True)
    found, link = follow(asked, link)
    assert {item["id"] for item in found} == {asked.tenant.fleet.objects.guid(device.index)}
    assert {item["deviceId"] for item in found} == {device.entra_device_id}
    asked.tenant.retire(device.index)
    assert len(follow(asked, link)[0]) == 1
    asked.tenant.delete(again.index)
    assert follow(asked, link)[0][-1]["@removed"] == {"reason": "deleted"}


def test_a_device_that_rejoined_shows_as_one_object_gone_and_one_that_came(ask: Ask) -> None:
    asked = ask()
    device = next(d for d in asked.tenant.devices() if d.linked)
    _, link = follow(asked, FROM_NOW_ON)
    again = asked.tenant.enroll_again(device.index, rejoined=True)
    came, gone = sorted(follow(asked, link)[0], key=lambda item: "@removed" in item)
    objects = asked.tenant.fleet.objects
    assert (came["id"], gone["id"]) == (objects.guid(again.index), objects.guid(device.index))
    assert came["deviceId"] == again.entra_device_id != device.entra_device_id
