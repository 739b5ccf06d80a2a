from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from shared.adapters.graph.device_page import decode_page
from tests.adapters.graph.samples import needs_samples, sample


def body(*devices: Any, **more: Any) -> bytes:
    return msgspec.json.encode({"value": devices} | more)


def device(id_: str = "a", **more: Any) -> dict[str, Any]:
    return {"id": id_, "deviceName": f"PC-{id_}", "operatingSystem": "Windows"} | more


def ids(page: bytes) -> list[object]:
    return [d.id for d in decode_page(page).devices]


def test_a_page_is_decoded_with_its_nextlink() -> None:
    page = decode_page(
        body(device("a", skuNumber=4, joinType=None), **{"@odata.nextLink": "https://next"})
    )
    [found] = page.devices
    assert (found.id, found.sku_number, found.join_type) == ("a", 4, None)
    assert found.os_version is UNSET
    assert page.next == "https://next"


def test_an_empty_last_page_is_a_page() -> None:
    page = decode_page(body())
    assert (page.devices, page.next) == ([], None)


@pytest.mark.parametrize("id_", [None, ""])
def test_a_device_without_id_is_counted_and_the_page_goes_on(id_: str | None) -> None:
    page = decode_page(body(device("a"), {"id": id_, "deviceName": "LOST"}, device("b")))
    assert [d.id for d in page.devices] == ["a", "b"]
    assert page.unreadable == ("a device named 'LOST' has no id",)


def test_every_device_whose_id_is_absent_is_counted() -> None:
    page = decode_page(body({"deviceName": "ONE"}, {"deviceName": "TWO"}, device("b")))
    assert len(page.unreadable) == 2
    assert [d.id for d in page.devices] == ["b"]


def test_one_odd_device_is_named_and_does_not_cost_the_others() -> None:
    page = decode_page(
        body(device("a"), device("odd", skuNumber="many"), device("c"), **{"@odata.nextLink": "n"})
    )
    assert [d.id for d in page.devices] == ["a", "c"]
    [said] = page.unreadable
    assert said.startswith("device odd named 'PC-odd' cannot be read:")
    assert "skuNumber" in said
    assert page.next == "n"


def test_an_entry_that_is_no_object_is_counted() -> None:
    page = decode_page(body(device("a"), None, 7, "x"))
    assert len(page.unreadable) == 3
    assert ids(body(device("a"), None)) == ["a"]


def test_a_device_that_stands_twice_on_a_page_is_kept_once() -> None:
    assert ids(body(device("a"), device("b"), device("a"))) == ["a", "b"]


def test_other_platforms_are_left_out_and_counted() -> None:
    page = decode_page(
        body(
            device("a", operatingSystem="WINDOWS"),
            device("b", operatingSystem="iOS"),
            device("c", operatingSystem=None),
            {"id": "d"},
        )
    )
    assert [d.id for d in page.devices] == ["a", "c", "d"]
    assert page.other_platforms == 1


@pytest.mark.parametrize("bad", [b"", b"<html>", b'{"value": [{"id": "a"', b"{}", b'{"value": 1}'])
def test_what_is_no_page_is_refused_and_never_empty(bad: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_page(bad)


@needs_samples
def test_a_real_device_is_read() -> None:
    [found] = decode_page(body(sample("managedDevice_v1_entity_vm.real.json"))).devices
    assert found.os_version == "10.0.22621.3447"
    assert found.entra_device_id == "e7f59723-3b4c-4783-89bf-9e42d492f4ac"
    assert found.sku_number is UNSET


@needs_samples
def test_the_documented_shape_is_read() -> None:
    shape = sample("managedDevice_beta_entity_shape.doc.json")["value"]
    page = decode_page(body(shape | {"operatingSystem": "Windows"}))
    assert page.unreadable == ()
    assert page.devices[0].autopilot_enrolled is True
