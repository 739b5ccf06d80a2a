"""The tenant's managed devices, page by page or by id."""

from collections.abc import Sequence

import msgspec

from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.device_page import decode_devices, decode_page, may_be_windows
from shared.adapters.graph.guids import is_real_guid
from shared.adapters.graph.paths import MANAGED_DEVICES, narrowed, segment
from shared.adapters.graph.top_ups import with_sku, with_trust
from shared.adapters.graph.waits import Meter
from shared.domain.managed_device import SELECTED, ManagedDevice
from shared.errors import GraphAnswerError
from shared.ports import DevicePage, DevicesByEntraId, DevicesById

PROPERTIES = ",".join(SELECTED)
SELECT = f"$select={PROPERTIES}"
FIRST_PAGE = f"{MANAGED_DEVICES}?{SELECT}&$filter=operatingSystem eq 'Windows'&$top=1000"
ABSENT = 404
MOST_ALIKE = 5
"""Managed devices that are looked for behind one Entra device id."""


class GraphDevices:
    """Reads devices through one client, topping up what Graph's list leaves out."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client

    async def page(self, cursor: str | None) -> DevicePage:
        """Read one page; None is the first, any other cursor is a nextLink, followed verbatim.

        Raises GraphError; GraphAnswerError when the page is no page or leads back to itself.
        """
        meter = Meter()
        page = await self._client.get(cursor or FIRST_PAGE, decode_page, meter)
        if page.next is not None and page.next == cursor:
            raise GraphAnswerError("a page of managed devices names itself as the next page")
        devices = await with_sku(self._client, page.devices, meter)
        devices = await with_trust(self._client, devices, meter)
        return msgspec.structs.replace(page, devices=devices, cost=meter.cost)

    async def by_id(self, ids: Sequence[str]) -> DevicesById:
        """Ask for devices by id. Raises GraphError when Graph answers no batch at all."""
        meter = Meter()
        paths = [f"{MANAGED_DEVICES}/{segment(id_)}?{SELECT}" for id_ in ids]
        present: list[ManagedDevice] = []
        absent: set[str] = set()
        unanswered: set[str] = set()
        for id_, answer in zip(ids, await self._client.batch(paths, meter), strict=True):
            device = None if answer.error else _decode(answer.body)
            if device is not None:
                present.append(device)
            elif answer.error is not None and answer.error.status == ABSENT:
                absent.add(id_)
            else:
                unanswered.add(id_)
        return DevicesById(
            await with_trust(self._client, present, meter),
            frozenset(absent),
            frozenset(unanswered),
        )

    async def by_entra_id(self, entra_ids: Sequence[str]) -> DevicesByEntraId:
        """Ask for the Windows devices behind some Entra device ids, each on its own.

        Whether Intune heeds this filter is not documented, and of several ids joined by `or` it
        heeds the first alone (msgraph-beta-sdk-dotnet issue 1156, 2026-09-16): what comes back is
        compared, and other devices are no answer. A text that is no GUID names no device. Raises
        GraphError as `by_id` does.
        """
        meter = Meter()
        asked = [id_ for id_ in dict.fromkeys(entra_ids) if is_real_guid(id_)]
        paths = [
            narrowed(MANAGED_DEVICES, PROPERTIES, f"azureADDeviceId eq '{id_}'", MOST_ALIKE)
            for id_ in asked
        ]
        found: dict[object, ManagedDevice] = {}
        unanswered: set[str] = set()
        for id_, answer in zip(asked, await self._client.batch(paths, meter), strict=True):
            devices = None if answer.error else _decode_alike(answer.body, id_)
            if devices is None:
                unanswered.add(id_)
            else:
                found |= {d.id: d for d in devices if may_be_windows(d.operating_system)}
        devices = await with_sku(self._client, list(found.values()), meter)
        return DevicesByEntraId(
            await with_trust(self._client, devices, meter), frozenset(unanswered)
        )


def _decode(body: bytes) -> ManagedDevice | None:
    try:
        device = msgspec.json.decode(body, type=ManagedDevice)
    except msgspec.DecodeError:
        return None
    return device if device.id else None


def _decode_alike(body: bytes, entra_id: str) -> list[ManagedDevice] | None:
    try:
        devices, unreadable, _ = decode_devices(body)
    except msgspec.DecodeError:
        return None
    alike = [d for d in devices if d.id and str(d.entra_device_id).lower() == entra_id.lower()]
    return None if not alike and (devices or unreadable) else alike
