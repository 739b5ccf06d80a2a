"""The devices that were assessed again since a snapshot, a blob each."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from urllib.parse import quote, unquote

import msgspec
from azure.storage.blob import BlobProperties
from msgspec import Struct

from shared.adapters.storage.blobs import Blobs
from shared.domain.assessment import Assessment
from shared.domain.known_device import KnownDevice, entra_key, serial_key
from shared.errors import StorageError

LONGEST_SHOWN = 200
"""Characters of a property that the listing shows: storage takes 8 KiB of metadata a blob, and a
character takes up to twelve bytes there."""


_decoder = msgspec.json.Decoder(KnownDevice)


class Shown(Struct, frozen=True):
    """What the listing shows of an entry without reading it."""

    id: str
    name: str | None = None
    entra_id: str | None = None
    serial: str | None = None
    gone: bool = False


class BlobOverlay:
    """Implements the Overlay port over snapshots/{sweep}/overlay/{Intune id}.json."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    async def read(self, sweep: str, ids: Iterable[str]) -> dict[str, tuple[KnownDevice, str]]:
        """Read the entries there are for these Intune ids, each with its ETag."""
        names = {entry_name(sweep, id): id for id in ids}
        return {
            names[name]: (_decoded(name, blob.content), blob.etag)
            async for name, blob in self._blobs.read_many(names)
        }

    async def alike(
        self, sweep: str, entra_ids: Iterable[str], serials: Iterable[str]
    ) -> list[KnownDevice]:
        """Read the entries with one of these Entra device ids or serials, gone ones too."""
        wanted = {key for e in entra_ids for key in _keys(e, None)}
        wanted |= {key for s in serials for key in _keys(None, s)}
        if not wanted:
            return []
        devices = await self._read_all(
            entry_name(sweep, shown.id)
            for shown in await self.shown(sweep)
            if wanted & _keys(shown.entra_id, shown.serial)
        )
        return [d for d in devices if wanted & _keys(d.record.entra_id, d.record.serial)]

    async def write(self, sweep: str, device: KnownDevice, etag: str | None) -> str:
        """Store an entry if it still is as it was read, None being absent. Raises ConflictError."""
        return await self._blobs.write(
            entry_name(sweep, device.record.id),
            msgspec.json.encode(device),
            if_match=etag,
            if_absent=etag is None,
            metadata=dict(_metadata(device)),
        )

    async def changed(self, sweep: str, since: datetime | None) -> list[KnownDevice]:
        """Read the entries written since a moment, by storage's clock; None reads all.

        That clock ticks in seconds, so entries of the second of `since` come again.
        """
        tick = since and since.replace(microsecond=0)
        return await self._read_all(
            blob.name
            for blob in await self._blobs.list(_prefix(sweep))
            if tick is None or blob.last_modified >= tick
        )

    async def shown(self, sweep: str) -> list[Shown]:
        """List all entries, without reading them."""
        return [_shown(blob) for blob in await self._blobs.list(_prefix(sweep))]

    async def remove(self, sweep: str) -> None:
        """Remove all entries of a snapshot that has been folded into the next one."""
        await self._blobs.delete(blob.name for blob in await self._blobs.list(_prefix(sweep)))

    async def _read_all(self, names: Iterable[str]) -> list[KnownDevice]:
        """Read entries, which share equal assessments: a fleet has few, and each is large."""
        distinct: dict[Assessment, Assessment] = {}
        devices = []
        async for name, blob in self._blobs.read_many(names):
            device = _decoded(name, blob.content)
            assessment = distinct.setdefault(device.assessment, device.assessment)
            devices.append(msgspec.structs.replace(device, assessment=assessment))
        return devices


def entry_name(sweep: str, id: str) -> str:
    """Name the blob of a device; what an id may hold beside letters and digits is quoted."""
    return f"{_prefix(sweep)}{quote(id, safe='')}.json"


def _prefix(sweep: str) -> str:
    return f"snapshots/{sweep}/overlay/"


def _decoded(name: str, content: bytes) -> KnownDevice:
    try:
        return _decoder.decode(content)
    except msgspec.DecodeError as error:
        raise StorageError(f"blob {name!r} does not hold a device: {error}") from error


def _metadata(device: KnownDevice) -> Iterator[tuple[str, str]]:
    """Give what the listing shows, as the ASCII that metadata may hold."""
    record = device.record
    for name, value in (
        ("name", record.name),
        ("entra", record.entra_id),
        ("serial", record.serial),
    ):
        if value:
            yield name, quote(_short(value), safe="")
    if device.gone:
        yield "gone", "yes"


def _keys(entra_id: str | None, serial: str | None) -> set[tuple[str, str]]:
    """Give what a device is recognised by, as far as the listing shows it."""
    keys = {"entra": entra_key(_short(entra_id)), "serial": serial_key(_short(serial))}
    return {(name, key) for name, key in keys.items() if key}


def _short(value: str | None) -> str:
    return (value or "")[:LONGEST_SHOWN]


def _shown(blob: BlobProperties) -> Shown:
    metadata: Mapping[str, str] = blob.metadata or {}
    name, entra_id, serial = (
        unquote(metadata[key]) if key in metadata else None for key in ("name", "entra", "serial")
    )
    id = unquote(blob.name.rsplit("/", 1)[1].removesuffix(".json"))
    return Shown(id, name, entra_id, serial, metadata.get("gone") == "yes")
