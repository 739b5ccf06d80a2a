from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from local.tenant.faults import Faults
from tests.local.tenant.asked import Ask, Asked

DELTA = "/v1.0/devices/delta"


def local(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def follow(asked: Asked, url: str) -> tuple[list[Any], str]:
    pages = asked.pages(local(url))
    return [d for page in pages for d in page["value"]], pages[-1]["@odata.deltaLink"]


def test_a_device_is_found_by_intunes_reference(ask: Ask) -> None:
    asked = ask()
    device = next(d for d in asked.tenant.devices() if d.linked)
    key = device.entra_device_id
    alone = asked.get(f"/v1.0/devices(deviceId='{key}')?$select=deviceId,trustType")
    listed = asked.get(f"/v1.0/devices?$filter=deviceId eq '{key}'&$select=deviceId,trustType")
    assert alone["trustType"] == device.trust_type
    assert listed["value"] == [{"deviceId": key, "trustType": device.trust_type}]


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
