"""Hands changed devices on: their ids, in messages that name many."""

from itertools import islice

from shared.domain.known_device import entra_key
from shared.messages import DEVICE_CHANGES, MOST_HINTS, DeviceChanges
from shared.ports import Queue

MOST_REMEMBERED = 200_000
"""Ids that are remembered so as not to be sent twice, some 30 MB; then all are forgotten, since a
second hint costs one look more and nothing else."""


class Hints:
    """The hints of one poll. What was added is on the queue only after `send_rest`.

    Entra device ids wait for the Intune ids of the same poll: a device that changed in both
    directories is looked at once, by its Intune id.
    """

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._entra: dict[str, None] = {}
        self._intune: list[str] = []
        self._remembered: set[str] = set()
        self.entra = self.intune = self.messages = 0

    async def add_entra(self, device_id: str) -> None:
        """Hint at an Entra device id; one that names no device is left out."""
        if key := entra_key(device_id):
            self._entra[key] = None
            if len(self._entra) == MOST_REMEMBERED:
                await self.send_rest()

    async def add_intune(self, id_: str, entra_id: str | None = None) -> None:
        """Hint at an Intune id, and at the Entra device id of the same device with it."""
        self._entra.pop(entra_key(entra_id) or "", None)
        if id_ in self._remembered:
            return
        if len(self._remembered) == MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered.add(id_)
        self._intune.append(id_)
        if len(self._intune) == MOST_HINTS:
            await self._send()

    async def send_rest(self) -> None:
        """Send what has not been sent yet."""
        while self._entra or self._intune:
            await self._send()

    async def _send(self) -> None:
        entra = tuple(islice(self._entra, MOST_HINTS - len(self._intune)))
        intune = tuple(self._intune)
        await self._queue.send(DEVICE_CHANGES, DeviceChanges(entra, intune))
        for key in entra:
            del self._entra[key]
        self._intune.clear()
        self.entra += len(entra)
        self.intune += len(intune)
        self.messages += 1
