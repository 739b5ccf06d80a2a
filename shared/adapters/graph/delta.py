"""What Entra's delta feed tells of devices, decoded to ids and nothing more."""

import msgspec
from msgspec import Struct, field

from shared.adapters.graph.client import ListPage
from shared.adapters.graph.guids import is_real_guid
from shared.adapters.graph.paths import DELTA
from shared.errors import GraphAnswerError
from shared.ports import DeltaPage

SELECTED = (
    "deviceId",
    "displayName",
    "accountEnabled",
    "trustType",
    "profileType",
    "enrollmentType",
    "enrollmentProfileName",
    "isManaged",
    "operatingSystem",
    "operatingSystemVersion",
    "physicalIds",
)
"""What a change of eligibility shows up in. approximateLastSignInDateTime is left out on purpose:
it moves with every sign-in, and would have each device looked at again every few days."""

LATEST = f"{DELTA}?$select={','.join(SELECTED)}&$deltatoken=latest"


class _Item(Struct):
    id: object = None
    device_id: object = field(default=None, name="deviceId")
    operating_system: object = field(default=None, name="operatingSystem")
    removed: object = field(default=None, name="@removed")


class _Page(ListPage[_Item]):
    delta_link: str | None = field(default=None, name="@odata.deltaLink")


def decode_delta(body: bytes) -> DeltaPage:
    """Decode one page of changes.

    An object may have been changed and removed on one page, and then is both. One removed for
    now (`changed`) may come back with its device id, and then is looked at as changed, too. What
    is known to be no Windows device is left out. Raises GraphAnswerError for an item without an
    id, which would be a change lost, and for a page that leads nowhere; msgspec.DecodeError where
    the body is no list.
    """
    page = msgspec.json.decode(body, type=_Page)
    if not page.next and not page.delta_link:
        raise GraphAnswerError("a page of changes has neither a nextLink nor a deltaLink")
    changed: dict[str, str | None] = {}
    removed: set[str] = set()
    for place, item in enumerate(page.value):
        if not item.id or not isinstance(item.id, str):
            raise GraphAnswerError(
                f"item {place} of a page of changes has the id {item.id!r} and the deviceId"
                f" {item.device_id!r}: which device changed is not known"
            )
        if not _may_be_windows(item):
            continue
        device_id = item.device_id if is_real_guid(item.device_id) else None
        if item.removed is not None:
            removed.add(item.id)
        if item.removed is None or device_id is not None:
            changed[item.id] = device_id or changed.get(item.id)
    return DeltaPage(
        changed,
        frozenset(removed),
        next=page.next or None,
        delta_link=None if page.next else page.delta_link,
    )


def _may_be_windows(item: _Item) -> bool:
    """Tell whether it could be one: Entra also writes such as "Windows 10 Enterprise"."""
    named = item.operating_system
    return not isinstance(named, str) or not named or named.lower().startswith("windows")
