"""What is known of devices: a snapshot, and over it what was read since."""

from collections.abc import Collection, Mapping

from shared.domain.known_device import KnownDevice
from shared.errors import ConflictError
from shared.ports import Overlay, Snapshots


class KnownDevices:
    """The devices of one snapshot and its overlay, as they were when they were first asked for.

    Entries are written only over what was read here. After a conflict the device is forgotten, to
    be read anew.
    """

    def __init__(self, sweep: str, snapshots: Snapshots, overlay: Overlay) -> None:
        self._sweep = sweep
        self._snapshots = snapshots
        self._overlay = overlay
        self._devices: dict[str, KnownDevice | None] = {}
        self._etags: dict[str, str] = {}

    async def of(self, ids: Collection[str]) -> Mapping[str, KnownDevice]:
        """Return what is known of these devices, by Intune id; unknown ones are left out."""
        unread = [id for id in ids if id not in self._devices]
        if unread:
            entries = await self._overlay.read(self._sweep, unread)
            without = [id for id in unread if id not in entries]
            stored = await self._snapshots.known(self._sweep, ids=without) if without else ()
            self._devices |= dict.fromkeys(without)
            self._devices |= {device.record.id: device for device in stored}
            self._devices |= {id: device for id, (device, _) in entries.items()}
            self._etags |= {id: etag for id, (_, etag) in entries.items()}
        return {id: known for id in ids if (known := self._devices[id]) is not None}

    async def alike(
        self, entra_ids: Collection[str], serials: Collection[str] = ()
    ) -> Mapping[str, KnownDevice]:
        """Return the devices with one of these Entra device ids or serials, now or before."""
        if not entra_ids and not serials:
            return {}
        stored = await self._snapshots.known(self._sweep, entra_ids=entra_ids, serials=serials)
        entries = await self._overlay.alike(self._sweep, entra_ids, serials)
        return await self.of({device.record.id for device in (*stored, *entries)})

    async def write(self, device: KnownDevice) -> None:
        """Store what is known of a device from now on. Raises ConflictError, and forgets it."""
        id = device.record.id
        try:
            self._etags[id] = await self._overlay.write(self._sweep, device, self._etags.get(id))
        except ConflictError:
            self._devices.pop(id, None)
            self._etags.pop(id, None)
            raise
        self._devices[id] = device
