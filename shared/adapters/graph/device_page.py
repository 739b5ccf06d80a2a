"""Decodes one page of managed devices, so that one odd device does not cost the others."""

import msgspec
from msgspec import Raw, Struct, ValidationError

from shared.adapters.graph.client import ListPage
from shared.domain.managed_device import ManagedDevice
from shared.ports import DevicePage


class _Named(Struct):
    id: object = None
    name: object = msgspec.field(default=None, name="deviceName")


def decode_page(body: bytes) -> DevicePage:
    """Decode a page; devices that cannot be used are named in `unreadable`.

    Devices without an id are unreadable, too; those of another platform are counted and left out
    (Graph may ignore the filter); a device that stands on the page twice is kept once. Raises
    msgspec.DecodeError where the body is no JSON or has no list `value`.
    """
    devices, unreadable, following = decode_devices(body)
    by_id = {d.id: d for d in devices}
    if not all(by_id):
        unreadable += [f"a device named {d.device_name!r} has no id" for d in devices if not d.id]
        by_id = {id_: d for id_, d in by_id.items() if id_}
    found = list(by_id.values())
    windows = found
    if not all(map(may_be_windows, {d.operating_system for d in found})):
        windows = [d for d in found if may_be_windows(d.operating_system)]
    return DevicePage(
        windows,
        next=following or None,
        unreadable=tuple(unreadable),
        other_platforms=len(found) - len(windows),
    )


def decode_devices(body: bytes) -> tuple[list[ManagedDevice], list[str], str | None]:
    """Decode a list to its devices, what of it cannot be read, and its nextLink.

    Raises msgspec.DecodeError as `decode_page` does.
    """
    try:
        page = msgspec.json.decode(body, type=ListPage[ManagedDevice])
    except ValidationError:
        return _one_by_one(body)
    return page.value, [], page.next


def _one_by_one(body: bytes) -> tuple[list[ManagedDevice], list[str], str | None]:
    page = msgspec.json.decode(body, type=ListPage[Raw])
    devices: list[ManagedDevice] = []
    unreadable: list[str] = []
    for raw in page.value:
        try:
            devices.append(msgspec.json.decode(raw, type=ManagedDevice))
        except ValidationError as error:
            unreadable.append(f"{_name(raw)} cannot be read: {error}")
    return devices, unreadable, page.next


def _name(raw: Raw) -> str:
    try:
        named = msgspec.json.decode(raw, type=_Named)
    except ValidationError:
        return "an entry that is no device"
    return f"device {named.id or 'without id'} named {named.name!r}"


def may_be_windows(operating_system: object) -> bool:
    """Tell whether a device could be one of Windows; where that is not said, it could."""
    return not isinstance(operating_system, str) or operating_system.lower() in ("", "windows")
