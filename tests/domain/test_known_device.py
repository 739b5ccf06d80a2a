"""Who a device is, and which of two readings of it is newer."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from shared.domain.guid_index import NIL
from shared.domain.known_device import (
    NO_SERIALS,
    DeviceRecord,
    entra_key,
    is_fresher,
    record_of,
    serial_key,
)
from shared.domain.managed_device import ManagedDevice

NINE = datetime(2026, 11, 22, 9, tzinfo=UTC)
TEN = datetime(2026, 11, 22, 10, tzinfo=UTC)

times = st.sampled_from([NINE, TEN, TEN + timedelta(hours=1)])
readings = st.tuples(times, times | st.none())


@pytest.mark.parametrize("nobody", [None, "", NIL])
def test_no_id_is_equal_to_nothing(nobody: str | None) -> None:
    assert entra_key(nobody) is None


@given(st.uuids())
def test_an_entra_id_is_the_same_in_either_case(guid: object) -> None:
    assert entra_key(str(guid).upper()) == entra_key(str(guid)) == str(guid)


@pytest.mark.parametrize(
    "serial",
    [
        *(None, "", " ", "-", "0", "00000000", "0000-0000", "XXXXXXX", "........", "漢字"),
        *("123456789", "0123456789", "12345", "1234567890"),
        *("None", "N/A", "n.a.", "Unknown", "INVALID", "Default string", "(null string)"),
        *("To be filled by O.E.M.", "To Be Filled By O.E.M", "System Serial Number"),
        *("Not Specified", "Not Applicable", "Not Available", "Chassis Serial Number"),
        *("Serial Number", "SYS-1234567890"),
    ],
)
def test_what_firmware_says_in_place_of_a_serial_number_is_none(serial: str | None) -> None:
    assert serial_key(serial) is None


@pytest.mark.parametrize(
    "serial", ["5CG0000AAA", "PF-3X 9K2", "0000001", "1234-5678-9012-34", "OEM1"]
)
def test_a_serial_number_is_the_same_in_either_case_and_between_spaces(serial: str) -> None:
    assert serial_key(f"  {serial.lower()}\r\n") == serial_key(serial) == serial.lower()


def test_different_serial_numbers_stay_different() -> None:
    assert serial_key("PF-123X") != serial_key("PF123X")


@given(st.text())
def test_the_key_of_a_serial_number_is_its_own_key(serial: str) -> None:
    key = serial_key(serial)
    assert key is None or serial_key(key) == key


def test_every_placeholder_is_written_as_it_is_compared() -> None:
    assert [p for p in NO_SERIALS if serial_key(p) is not None] == []


@given(readings, readings)
def test_of_two_readings_at_most_one_is_fresher(
    one: tuple[datetime, datetime | None], other: tuple[datetime, datetime | None]
) -> None:
    assert not (is_fresher(*one, *other) and is_fresher(*other, *one))
    assert is_fresher(*one, *other) or is_fresher(*other, *one) or one[0] == other[0]


def test_the_last_sync_decides_even_against_the_time_of_reading() -> None:
    assert is_fresher(NINE, TEN, TEN, NINE)
    assert not is_fresher(TEN, NINE, NINE, TEN)


@pytest.mark.parametrize(
    ("sync", "than_sync"), [(NINE, NINE), (None, TEN), (TEN, None), (None, None)]
)
def test_where_the_last_sync_says_nothing_the_later_reading_is_fresher(
    sync: datetime | None, than_sync: datetime | None
) -> None:
    assert is_fresher(TEN, sync, NINE, than_sync)
    assert not is_fresher(NINE, sync, NINE, than_sync)
    assert not is_fresher(NINE, sync, TEN, than_sync)


def test_a_device_is_reduced_to_what_is_shown_of_it() -> None:
    device = ManagedDevice(
        id="1",
        device_name="PC-1",
        entra_device_id="e",
        user_id="u",
        user_name="anna@contoso.com",
        serial_number="S1",
        manufacturer="LENOVO",
        model="21HM",
        category="Loan",
        enrollment_profile="Users",
        os_version="10.0.26100.9550",
        enrolled="2024-05-15T14:13:19.3769415Z",
        last_sync="2026-11-22T11:00:00+02:00",
    )
    expected = DeviceRecord(
        id="1",
        name="PC-1",
        entra_id="e",
        user_id="u",
        user_name="anna@contoso.com",
        serial="S1",
        manufacturer="LENOVO",
        model="21HM",
        category="Loan",
        profile="Users",
        os_version="10.0.26100.9550",
        enrolled=datetime(2024, 5, 15, 14, 13, 19, 376941, UTC),
        last_sync=NINE,
    )
    assert record_of(device, user_names=True) == expected
    assert record_of(device, user_names=False).user_name is None


def test_what_was_not_read_is_shown_as_nothing() -> None:
    device = ManagedDevice(id="1", device_name=None, last_sync=UNSET, enrolled="")
    assert record_of(device, user_names=True) == DeviceRecord("1")


@pytest.mark.parametrize("time", ["yesterday", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+02:00"])
def test_a_time_that_is_none_is_shown_as_nothing(time: str) -> None:
    assert record_of(ManagedDevice(id="1", last_sync=time), user_names=True).last_sync is None


def test_a_time_without_a_zone_is_in_utc() -> None:
    device = ManagedDevice(id="1", last_sync="2026-11-22T09:00:00")
    assert record_of(device, user_names=True).last_sync == NINE
