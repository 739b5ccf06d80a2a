"""The tenant's managed devices, page by page or by id."""

from collections.abc import Sequence

import msgspec

from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.device_page import decode_page
from shared.adapters.graph.paths import MANAGED_DEVICES, segment
from shared.adapters.graph.top_ups import with_sku, with_trust
from shared.adapters.graph.waits import Meter
from shared.domain.managed_device import SELECTED, ManagedDevice
from shared.errors import GraphAnswerError
from shared.ports import DevicePage, DevicesById

SELECT = f"$select={','.join(SELECTED)}"
FIRST_PAGE = f"{MANAGED_DEVICES}?{SELECT}&$filter=operatingSystem eq 'Windows'&$top=1000"
ABSENT = 404


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


def _decode(body: bytes) -> ManagedDevice | None:
    try:
        device = msgspec.json.decode(body, type=ManagedDevice)
    except msgspec.DecodeError:
        return None
    return device if device.id else None
