"""What changed: in Entra by its delta feed, in Intune by the last sync, and by whose hand."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct, field

from shared.adapters.graph.audit import with_actors
from shared.adapters.graph.client import GraphClient, list_of
from shared.adapters.graph.delta import LATEST, decode_delta
from shared.adapters.graph.device_page import may_be_windows
from shared.adapters.graph.guids import is_real_guid
from shared.adapters.graph.paths import DEVICES, SYNCED_DEVICES, segment
from shared.adapters.graph.times import read_time, write_time
from shared.adapters.graph.waits import Meter
from shared.domain.feed import TenantChange
from shared.errors import GraphAnswerError
from shared.ports import DeltaPage, DirectoryPage, SyncedPage

ABSENT = 404
FIRST_OF_DIRECTORY = (
    f"{DEVICES}?$select=id,deviceId&$filter=startswith(operatingSystem,'Windows')&$top=999"
)
"""By its beginning: devices that came from Active Directory have names like "Windows 10 Pro"."""


class _Object(Struct):
    id: object = None
    device_id: object = field(default=None, name="deviceId")


class _Synced(Struct):
    id: object = None
    last_sync: object = field(default=None, name="lastSyncDateTime")
    operating_system: object = field(default=None, name="operatingSystem")
    entra_id: object = field(default=None, name="azureADDeviceId")


class GraphChanges:
    """Reads changes through one client; links and cursors are followed as they stand."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client

    async def latest(self) -> str:
        """Return a delta link that leads to what changes in Entra from now on.

        Raises GraphError; GraphAnswerError when no link is to be had.
        """
        link, followed = LATEST, set[str]()
        while True:
            page = await self.since(link)
            if page.next is None and page.delta_link is not None:
                return page.delta_link
            followed.add(link)
            link = page.next or link
            if link in followed:
                raise GraphAnswerError("the pages that lead to a new delta link never end")

    async def since(self, link: str) -> DeltaPage:
        """Follow a delta link or the `next` of a page.

        Raises DeltaExpiredError when the link is too old, and GraphError; GraphAnswerError also
        when the page names itself, or an item cannot be told.
        """
        page = await self._client.get(link, decode_delta, Meter())
        _refuse_itself(page.next, link, "changes")
        return page

    async def device_ids(self, objects: Sequence[str]) -> Mapping[str, str]:
        """Ask for the device ids of Entra objects; those that are gone, or have none, are left out.

        Raises GraphError when any of the others is not answered.
        """
        paths = [f"{DEVICES}/{segment(object_)}?$select=id,deviceId" for object_ in objects]
        found: dict[str, str] = {}
        for object_, answer in zip(objects, await self._client.batch(paths, Meter()), strict=True):
            if answer.error is not None and answer.error.status == ABSENT:
                continue
            if answer.error is not None:
                raise answer.error
            device_id = _decode_object(answer.body, object_).device_id
            if is_real_guid(device_id):
                found[object_] = device_id
        return found

    async def directory(self, cursor: str | None) -> DirectoryPage:
        """Read one page of Entra's Windows devices; None is the first. Raises GraphError."""
        page = await self._client.get(cursor or FIRST_OF_DIRECTORY, list_of(_Object), Meter())
        _refuse_itself(page.next, cursor, "devices")
        return DirectoryPage(
            {
                row.id: row.device_id
                for row in page.value
                if is_real_guid(row.id) and is_real_guid(row.device_id)
            },
            page.next or None,
        )

    async def synced(self, since: datetime, cursor: str | None) -> SyncedPage:
        """Read one page of the Windows devices whose last sync is later than `since`.

        Intune may ignore the filter: older devices are left out here, and so are those without an
        id, which a sweep counts. A device whose last sync cannot be read is dated `since`. Raises
        GraphError.
        """
        page = await self._client.get(cursor or _synced_after(since), list_of(_Synced), Meter())
        _refuse_itself(page.next, cursor, "devices that synced")
        rows = {
            row.id: row
            for row in page.value
            if isinstance(row.id, str) and row.id and may_be_windows(row.operating_system)
        }
        dated = {id_: read_time(row.last_sync) for id_, row in rows.items()}
        return SyncedPage(
            {id_: at or since for id_, at in dated.items() if at is None or at > since},
            page.next or None,
            {id_: row.entra_id for id_, row in rows.items() if isinstance(row.entra_id, str)},
        )

    async def actors(self, changes: Sequence[TenantChange]) -> Sequence[TenantChange]:
        """Say who made each change, as far as the audit log may be read and knows; never raises."""
        return await with_actors(self._client, changes)


def _synced_after(since: datetime) -> str:
    return (
        f"{SYNCED_DEVICES}?$select=id,lastSyncDateTime,operatingSystem,azureADDeviceId"
        f"&$filter=lastSyncDateTime gt {write_time(since)}&$top=1000"
    )


def _decode_object(body: bytes, asked: str) -> _Object:
    try:
        return msgspec.json.decode(body, type=_Object)
    except msgspec.DecodeError as wrong:
        raise GraphAnswerError(f"the Entra device {asked} cannot be read: {wrong}") from wrong


def _refuse_itself(following: str | None, cursor: str | None, listed: str) -> None:
    if following and following == cursor:
        raise GraphAnswerError(f"a page of {listed} names itself as the next page")
