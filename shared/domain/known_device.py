"""What is known of one device: who it is, how it was judged, and when it was read."""

import re
from datetime import UTC, datetime

from msgspec import UNSET, Struct

from shared.domain.assessment import Assessment
from shared.domain.facts import Text
from shared.domain.guid_index import NIL
from shared.domain.history import History, Transition
from shared.domain.managed_device import ManagedDevice


class DeviceRecord(Struct, frozen=True):
    """Who a device is; the columns of a snapshot, under their names. Times are in UTC."""

    id: str
    name: str | None = None
    entra_id: str | None = None
    user_id: str | None = None
    user_name: str | None = None
    serial: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    category: str | None = None
    profile: str | None = None
    os_version: str | None = None
    enrolled: datetime | None = None
    last_sync: datetime | None = None


class KnownDevice(Struct, frozen=True):
    """A device as a snapshot or its overlay knows it.

    `read_at` is the moment before Graph was asked. `transitions` are those since the snapshot, so
    a snapshot's own devices have none. A device that is `gone` keeps its last assessment, but no
    last sync, which would be that of an earlier reading; its history has nothing open.
    `succeeded_by` is the Intune id under which it was enrolled again: its history lives on there,
    stays here as it was then, and nothing is told when the old enrolment goes. `succeeds` is, the
    other way round, the id that the device took its history over from.
    """

    record: DeviceRecord
    assessment: Assessment
    history: History
    read_at: datetime
    gone: bool = False
    succeeded_by: str | None = None
    succeeds: str | None = None
    transitions: tuple[Transition, ...] = ()


NO_SERIALS = frozenset(
    {
        *("none", "na", "null", "nullstring", "empty", "unknown", "invalid", "oem", "eval"),
        *("default", "defaultstring", "tobefilledbyoem", "notspecified", "notapplicable"),
        *("notavailable", "serialnumber", "systemserialnumber", "chassisserialnumber"),
        *("1234567890", "12345678901", "123456789012", "sys1234567890", "sn1234567890"),
    }
)
"""What firmware says in place of a serial number, letters and digits only, in lower case.

One character repeated and the digits counted up are told from a serial number without a list.
"""


def entra_key(entra_id: str | None) -> str | None:
    """Return an Entra device id in the form it is compared in; None where there is none."""
    return entra_id.lower() if entra_id and entra_id != NIL else None


def serial_key(serial: str | None) -> str | None:
    """Return a serial number in the form it is compared in; None where it names no one device."""
    spelled = (serial or "").strip().lower()
    bare = re.sub(r"[^0-9a-z]", "", spelled)
    meaningless = bare in NO_SERIALS or len(set(bare)) == 1 or bare in "0123456789"
    return None if meaningless else spelled


def is_fresher(
    read_at: datetime, last_sync: datetime | None, than: datetime, than_sync: datetime | None
) -> bool:
    """Tell whether a reading of a device is newer than another one.

    The device's own last sync decides, because a read may be answered from an old copy; where it
    says nothing, the one that was asked for later is newer.
    """
    if last_sync is not None and than_sync is not None and last_sync != than_sync:
        return last_sync > than_sync
    return read_at > than


def record_of(device: ManagedDevice, *, user_names: bool) -> DeviceRecord:
    """Reduce a managed device to what is shown of it, as the merge of a sweep does."""
    return DeviceRecord(
        id=str(device.id),
        name=_text(device.device_name),
        entra_id=_text(device.entra_device_id),
        user_id=_text(device.user_id),
        user_name=_text(device.user_name) if user_names else None,
        serial=_text(device.serial_number),
        manufacturer=_text(device.manufacturer),
        model=_text(device.model),
        category=_text(device.category),
        profile=_text(device.enrollment_profile),
        os_version=_text(device.os_version),
        enrolled=_time(device.enrolled),
        last_sync=_time(device.last_sync),
    )


def _text(value: Text) -> str | None:
    return None if value is UNSET else value


def _time(value: Text) -> datetime | None:
    if not value:
        return None
    try:
        time = datetime.fromisoformat(value)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
