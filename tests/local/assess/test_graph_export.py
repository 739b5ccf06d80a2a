"""Managed devices saved from Graph are read in any wrapping Graph gives them."""

import io
import json
from typing import Any

import pytest
from msgspec import UNSET

from local.assess.graph_export import read_graph_export
from local.assess.subject import Found, Note, Unread
from shared.errors import InputError

PC = {"id": "1", "deviceName": "PC-1", "operatingSystem": "Windows", "skuNumber": 4}
OTHER = {"id": "2", "deviceName": "PC-2", "operatingSystem": "Windows", "skuNumber": None}


def read(*documents: Any) -> list[Found | Unread | Note]:
    return list(read_graph_export(io.StringIO("\n".join(map(json.dumps, documents)))))


def names(found: list[Found | Unread | Note]) -> list[object]:
    return [item.device.device_name for item in found if isinstance(item, Found)]


@pytest.mark.parametrize(
    "documents",
    [
        [{"@odata.context": "https://graph...", "@odata.count": 2, "value": [PC, OTHER]}],
        [{"value": [PC, OTHER], "note": {"value": [1]}}],
        [[PC, OTHER]],
        [PC, OTHER],
        [{"value": PC}, {"@odata.context": "...", **OTHER}],
        [{"value": [PC], "@odata.nextLink": "https://graph..."}, {"value": [OTHER]}],
    ],
    ids=["list answer", "value first", "bare list", "a device a line", "single answers", "pages"],
)
def test_every_wrapping_holds_the_same_devices(documents: list[Any]) -> None:
    found = read(*documents)

    assert names(found) == ["PC-1", "PC-2"]
    assert [item.where for item in found if isinstance(item, Found)] == ["device 1", "device 2"]
    assert len(found) == 2


def test_a_null_was_returned_and_an_absent_property_was_not_read() -> None:
    (found,) = read({"value": [OTHER]})

    assert isinstance(found, Found)
    assert found.device.sku_number is None
    assert found.device.join_type is UNSET


def test_an_export_that_ends_before_the_last_page_says_so() -> None:
    *_, note = read({"@odata.nextLink": "https://graph.microsoft.com/...", "value": [PC]})

    assert isinstance(note, Note)
    assert "next page" in note.text


def test_a_device_that_cannot_be_read_is_named_and_the_rest_goes_on() -> None:
    odd = {**PC, "skuNumber": "4"}
    first, *unread, last = read({"value": [PC, odd, 7, None, {"id": "x"}, OTHER]})

    assert names([first, last]) == ["PC-1", "PC-2"]
    assert [item.where for item in unread if isinstance(item, Unread)] == [
        "device 2",
        "device 3",
        "device 4",
        "device 5",
    ]
    assert isinstance(unread[0], Unread)
    assert "skuNumber" in unread[0].why


def test_a_name_with_half_a_surrogate_pair_is_made_whole() -> None:
    text = '{"value": [{"deviceName": "PC-\\ud800"}]}'
    (found,) = read_graph_export(io.StringIO(text))

    assert names([found]) == ["PC-\ufffd"]


def test_no_devices_are_an_answer_too() -> None:
    assert read({"value": []}) == []


@pytest.mark.parametrize(
    "document", [{"error": {"code": "Forbidden"}}, {"displayName": "a group", "id": "1"}, {}]
)
def test_something_else_from_graph_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="no managed device"):
        read(document)


def test_a_file_that_breaks_off_gives_the_devices_before_the_break() -> None:
    reading = read_graph_export(io.StringIO('{"value": [' + json.dumps(PC) + ', {"id": "2"'))

    assert names([next(reading)]) == ["PC-1"]
    with pytest.raises(InputError, match="damaged"):
        next(reading)
