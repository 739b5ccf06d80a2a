from typing import Any

import msgspec
import pytest

from shared.adapters.graph.delta import decode_delta
from shared.errors import GraphAnswerError
from shared.ports import DeltaPage
from tests.adapters.graph.samples import needs_samples, sample

LINK = "https://graph.test/v1.0/devices/delta?$deltatoken=2"
DEVICE = "11111111-2222-3333-4444-555555555555"
DELETED = {"@removed": {"reason": "deleted"}}
SOFT_DELETED = {"@removed": {"reason": "changed"}}


def page(*items: Any, **links: str) -> DeltaPage:
    links = links or {"deltaLink": LINK}
    body = {"value": items} | {f"@odata.{name}": link for name, link in links.items()}
    return decode_delta(msgspec.json.encode(body))


def test_what_changed_comes_with_its_device_id_where_the_page_has_it() -> None:
    found = page(
        {"id": "a", "deviceId": DEVICE},
        {"id": "b"},
        {"id": "c", "deviceId": None},
        {"id": "d", "deviceId": "00000000-0000-0000-0000-000000000000"},
        {"id": "e", "deviceId": 5},
    )
    assert found.changed == {"a": DEVICE, "b": None, "c": None, "d": None, "e": None}
    assert (found.removed, found.next, found.delta_link) == (frozenset(), None, LINK)


@pytest.mark.parametrize("how", [DELETED, SOFT_DELETED, {"@removed": "odd"}])
def test_what_was_removed_is_no_change_unless_it_still_has_a_device_id(how: Any) -> None:
    found = page({"id": "a", **how}, {"id": "b", "deviceId": DEVICE, **how})
    assert found.removed == {"a", "b"}
    assert found.changed == {"b": DEVICE}


def test_an_object_changed_and_removed_on_one_page_is_both() -> None:
    found = page({"id": "a", "trustType": "AzureAd"}, {"id": "a", **DELETED})
    assert found.changed == {"a": None}
    assert found.removed == {"a"}


def test_of_duplicates_the_last_wins_and_no_device_id_is_forgotten() -> None:
    other = DEVICE.replace("1", "9")
    found = page({"id": "a", "deviceId": DEVICE}, {"id": "a", "deviceId": other}, {"id": "a"})
    assert found.changed == {"a": other}


def test_an_empty_page_is_a_page() -> None:
    assert page(nextLink="on").next == "on"
    assert page().changed == {}


def test_a_page_with_more_to_come_has_no_delta_link() -> None:
    found = page(nextLink="on", deltaLink=LINK)
    assert (found.next, found.delta_link) == ("on", None)


def test_odd_properties_nobody_reads_lose_no_change() -> None:
    found = page({"id": "a", "displayName": 7, "physicalIds": {"odd": []}, "trustType": [None]})
    assert found.changed == {"a": None}


@pytest.mark.parametrize(
    ("system", "kept"),
    [
        ("Windows", True),
        ("Windows 10 Enterprise", True),
        ("", True),
        (None, True),
        (10, True),
        ("Android", False),
        ("MacMDM", False),
    ],
)
def test_what_is_known_to_be_no_windows_device_is_left_out(system: Any, kept: bool) -> None:
    found = page({"id": "a", "operatingSystem": system})
    assert ("a" in found.changed) is kept


@pytest.mark.parametrize("item", [{"deviceId": DEVICE}, {"id": None}, {"id": ""}, {"id": 4}])
def test_a_change_of_nobody_knows_what_is_a_failed_read(item: Any) -> None:
    with pytest.raises(GraphAnswerError, match="item 1 of a page"):
        page({"id": "a"}, item)


def test_an_entry_that_is_no_object_is_a_failed_read() -> None:
    with pytest.raises(msgspec.DecodeError, match=r"value\[1\]"):
        page({"id": "a"}, "b")


def test_a_page_that_leads_nowhere_is_a_failed_read() -> None:
    with pytest.raises(GraphAnswerError, match="neither"):
        page(deltaLink="")


@needs_samples
def test_the_documented_page_is_read() -> None:
    body = msgspec.json.encode(sample("device_delta_page1.doc.json"))
    found = decode_delta(body)
    assert found.next is not None
    assert found.changed == {}, "the documented device runs Linux"
