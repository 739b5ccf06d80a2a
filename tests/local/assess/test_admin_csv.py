"""The CSV of the Intune admin center and of the reports API is read in every variety."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from local.assess.admin_csv import columns_of, read_admin_csv
from local.assess.subject import Found, Unread
from shared.domain.managed_device import ManagedDevice

PORTAL = {
    "Device ID": "id-1",
    "Device name": "PC-1",
    "Enrollment date": "2026-01-02",
    "Last check-in": "2026-11-20",
    "Azure AD Device ID": "entra-1",
    "OS": "Windows",
    "OS version": "10.0.26100.4946",
    "Azure AD registered": "Yes",
    "Serial number": "S1",
    "Manufacturer": "LENOVO",
    "Model": "21HM",
    "Managed by": "Intune",
    "Ownership": "Corporate",
    "Category": "Unassigned",
    "Primary user UPN": "a@contoso.com",
    "Primary user display name": "A",
    "SkuFamily": "Enterprise",
    "JoinType": "Azure AD joined",
}
REPORT = {
    "DeviceId": "id-1",
    "DeviceName": "PC-1",
    "CreatedDate": "2026-01-02",
    "LastContact": "2026-11-20",
    "ReferenceId": "entra-1",
    "OS": "Windows",
    "OSVersion": "10.0.26100.4946",
    "SerialNumber": "S1",
    "Manufacturer": "LENOVO",
    "Model": "21HM",
    "ManagedBy": "Intune",
    "Ownership": "Corporate",
    "CategoryName": "Unassigned",
    "PrimaryUser": "a@contoso.com",
    "SkuFamily": "Enterprise",
    "JoinType": "Azure AD joined",
}
DEVICE = ManagedDevice(
    id="id-1",
    device_name="PC-1",
    operating_system="Windows",
    os_version="10.0.26100.4946",
    join_type="azureADJoined",
    management_agent="mdm",
    sku_family="Enterprise",
    entra_device_id="entra-1",
    user_name="a@contoso.com",
    serial_number="S1",
    manufacturer="LENOVO",
    model="21HM",
    category="Unassigned",
    enrolled="2026-01-02",
    last_sync="2026-11-20",
)


def read(text: str) -> list[Found | Unread]:
    columns = columns_of(text)
    assert columns is not None
    return list(read_admin_csv(io.StringIO(text, newline=""), columns))


def one(**cells: str) -> ManagedDevice:
    (found,) = read(table(cells))
    assert isinstance(found, Found)
    return found.device


def table(*rows: dict[str, str], delimiter: str = ",", newline: str = "\r\n") -> str:
    header = [delimiter.join(rows[0])]
    return newline.join(header + [delimiter.join(row.values()) for row in rows]) + newline


@pytest.mark.parametrize("row", [PORTAL, REPORT], ids=["portal", "reports API"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_both_exports_tell_the_same_device(
    row: dict[str, str], delimiter: str, newline: str
) -> None:
    assert read(table(row, delimiter=delimiter, newline=newline)) == [Found("line 2", DEVICE)]


@given(st.permutations(list(PORTAL)))
def test_the_order_of_the_columns_is_free(order: list[str]) -> None:
    assert one(**{name: PORTAL[name] for name in order}) == DEVICE


@given(st.sets(st.sampled_from(sorted(PORTAL))))
def test_a_column_that_is_not_there_was_not_read(left_out: set[str]) -> None:
    kept = {name: cell for name, cell in PORTAL.items() if name not in left_out}
    if columns_of(",".join(kept)) is None:
        return

    device = one(**kept)

    assert (device.join_type is UNSET) == ("JoinType" in left_out)
    assert (device.user_name is UNSET) == ("Primary user UPN" in left_out)
    assert device.sku_number is device.enrollment_type is device.trust_type is UNSET


def test_the_headers_may_say_entra() -> None:
    renamed = {k.replace("Azure AD", "Microsoft Entra"): cell for k, cell in PORTAL.items()}

    assert one(**renamed | {"JoinType": "Microsoft Entra joined"}) == DEVICE


@pytest.mark.parametrize("nobody", ["", "None", "00000000-0000-0000-0000-000000000000"])
def test_a_device_without_primary_user_is_userless(nobody: str) -> None:
    assert one(**PORTAL | {"Primary user UPN": nobody}).user_name == ""


def test_the_user_principal_name_counts_before_other_columns_of_the_user() -> None:
    device = one(
        **{"PrimaryUser": "0f7e78ba", "OS": "Windows", "Primary user UPN": "a@contoso.com"}
    )

    assert device.user_name == "a@contoso.com"


def test_an_empty_cell_tells_nothing_but_an_empty_user() -> None:
    device = one(**PORTAL | {"OS": " ", "JoinType": "", "SkuFamily": ""})

    assert device.operating_system is device.join_type is device.sku_family is UNSET


def test_a_word_that_is_not_known_stays_as_it_is() -> None:
    device = one(**PORTAL | {"JoinType": "Beamed", "Managed by": "Jamf"})

    assert (device.join_type, device.management_agent) == ("Beamed", "Jamf")


def test_a_number_in_place_of_a_word_is_told_by_its_localised_twin() -> None:
    row = {"OS": "1", "OS_loc": "Windows", "JoinType": "0", "JoinType_loc": "Azure AD joined"}

    device = one(**row)

    assert (device.operating_system, device.join_type) == ("Windows", "azureADJoined")


def test_a_number_in_place_of_a_word_tells_nothing_alone() -> None:
    assert one(OS="1", JoinType="0") == ManagedDevice()


def test_a_localised_twin_does_not_replace_a_word() -> None:
    row = {"OS": "Windows", "JoinType": "Azure AD joined", "JoinType_loc": "Joint à Azure AD"}

    assert one(**row).join_type == "azureADJoined"


def test_a_name_may_hold_delimiters_quotes_and_newlines_and_lines_still_count() -> None:
    text = 'Device name,OS\r\n"a, ""b""\r\nc",Windows\r\n\r\nlast,Windows,extra\r\n'

    found, unread = read(text)

    assert isinstance(found, Found)
    assert found.device.device_name == 'a, "b"\r\nc'
    assert unread == Unread("line 5", "the row has 3 cells under 2 headers")


def test_a_damaged_row_is_reported_and_the_rest_goes_on() -> None:
    found = read('Device name,OS\na,Windows\nb\n"c"x,Windows\nd,Windows,\n,\ne,Windows\n')

    assert [item.where for item in found] == ["line 2", "line 3", "line 4", "line 5", "line 7"]
    assert [type(item) for item in found] == [Found, Unread, Unread, Found, Found]


def test_a_quote_that_never_closes_is_reported() -> None:
    found = read('Device name,OS\na,Windows\n"b,Windows\nc,Windows\n')

    assert [type(item) for item in found] == [Found, Unread]
    assert found[1].where == "line 3"


def test_an_enormous_cell_is_reported() -> None:
    found = read(f"Device name,OS\n{'x' * 200_000},Windows\nb,Windows\n")

    assert [type(item) for item in found] == [Unread, Found]


@pytest.mark.parametrize(
    "text", ["name,colour\nPC-1,red\n", "Model,Category\nx,y\n", "Dear all,\nhello\n", "", "\n\n"]
)
def test_a_table_of_something_else_is_not_taken_for_devices(text: str) -> None:
    assert columns_of(text) is None
