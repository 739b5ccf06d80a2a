"""Reads the CSV that the Intune admin center and Intune's reports API export."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TextIO

from msgspec import Struct, convert

from local.assess.content import lines
from local.assess.subject import Found, Unread
from local.assess.words import join_type, management_agent, plain
from shared.domain.managed_device import ManagedDevice

DELIMITERS = (",", ";", "\t")

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("deviceid",),
    "deviceName": ("devicename",),
    "operatingSystem": ("os", "operatingsystem"),
    "osVersion": ("osversion", "operatingsystemversion"),
    "joinType": ("jointype", "entrajointype"),
    "managementAgent": ("managedby", "managementagent"),
    "skuFamily": ("skufamily",),
    "azureADDeviceId": ("entradeviceid", "referenceid"),
    "userPrincipalName": ("primaryuserupn", "userprincipalname", "primaryuser", "upn"),
    "serialNumber": ("serialnumber",),
    "manufacturer": ("manufacturer",),
    "model": ("model",),
    "deviceCategoryDisplayName": ("category", "categoryname"),
    "enrolledDateTime": ("enrollmentdate", "createddate"),
    "lastSyncDateTime": ("lastcheckin", "lastcontact"),
}
"""The plain header of each property; where several are there, the first one named here counts.

The portal's headers and the reports API's: facts/graph.md, Intune's own exports, 2026-11-22.
"""

TELLING = frozenset({"operatingSystem", "osVersion", "joinType", "skuFamily", "userPrincipalName"})
"""Properties of which a table must have one, to be a list of devices worth judging."""

NOBODY = frozenset({"", "none", "00000000-0000-0000-0000-000000000000"})
"""How the exports say that a device has no primary user."""

WORDS: Mapping[str, Callable[[str], str | None]] = {
    "operatingSystem": str,
    "skuFamily": str,
    "joinType": join_type,
    "managementAgent": management_agent,
}
"""Columns of words, and how they become Graph's; a word unknown here stays as it is.

The reports API may write a number for a word, with the word in a localised twin of the column; a
number that stands alone says nothing.
"""


class Columns(Struct, frozen=True):
    """Where a table keeps the properties, and the localised twins of those that have one."""

    delimiter: str
    at: Mapping[str, int]
    localised: Mapping[str, int]
    width: int


def columns_of(opening: str) -> Columns | None:
    """Find the known columns in the first row of a table; None where it is no list of devices."""
    first = next((line for line in opening.splitlines() if line.strip(" \t,;\ufeff")), "")
    read = (_columns(first, delimiter) for delimiter in DELIMITERS)
    best = max(read, key=lambda columns: len(columns.at))
    return None if TELLING.isdisjoint(best.at) else best


def read_admin_csv(text: TextIO, columns: Columns) -> Iterator[Found | Unread]:
    """Read the rows under the header. A row that does not fit it is reported, the rest goes on."""
    # Strict, because a misplaced quote would otherwise move cells under the wrong header.
    rows = csv.reader(lines(text), delimiter=columns.delimiter, strict=True)
    header_passed = False
    while True:
        where = f"line {rows.line_num + 1}"
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Unread(where, f"the row cannot be read as CSV: {error}")
            continue
        if not any(cell.strip() for cell in row):
            continue
        if not header_passed:
            header_passed = True
        elif len(row) < columns.width or any(row[columns.width :]):
            yield Unread(where, f"the row has {len(row)} cells under {columns.width} headers")
        else:
            yield Found(where, _device(row, columns))


def _columns(first: str, delimiter: str) -> Columns:
    header = next(csv.reader([first.removeprefix("\ufeff")], delimiter=delimiter), [])
    places: dict[str, int] = {}
    for index, name in enumerate(header):
        places.setdefault(plain(name), index)
    at = {
        name: places[spelling]
        for name, spellings in COLUMNS.items()
        for spelling in reversed(spellings)
        if spelling in places
    }
    localised = {
        name: places[f"{plain(header[index])}loc"]
        for name, index in at.items()
        if f"{plain(header[index])}loc" in places
    }
    return Columns(delimiter, at, localised, len(header))


def _device(row: Sequence[str], columns: Columns) -> ManagedDevice:
    cells = {name: row[index].strip() for name, index in columns.at.items()}
    for name, index in columns.localised.items():
        if cells[name].isdigit():
            cells[name] = row[index].strip()
    user = cells.pop("userPrincipalName", None)
    read = {name: _graph_value(name, cell) for name, cell in cells.items()}
    known = {name: value for name, value in read.items() if value}
    if user is not None:
        known["userPrincipalName"] = "" if user.casefold() in NOBODY else user
    return convert(known, ManagedDevice)


def _graph_value(name: str, cell: str) -> str:
    if name not in WORDS:
        return cell
    return "" if cell.isdigit() else WORDS[name](cell) or cell
