"""Entra's objects as a poll knows them: those of the directory, and those it has just seen."""

from collections.abc import Mapping
from typing import Self

from shared.domain.directory import Directory
from shared.ports import Feed

MOST_LOOSE = 50_000
"""Pairs that are held beside the directory, some 10 MB, before they are packed into it."""


class EntraObjects:
    """Which Entra object is which device, as far as anybody has seen."""

    def __init__(self, directory: Directory, etag: str | None) -> None:
        self._directory = directory
        self._etag = etag
        self._loose: dict[str, str] = {}
        self._changed = False

    @classmethod
    async def read(cls, feed: Feed) -> Self:
        """Begin with what earlier polls have kept."""
        return cls(*await feed.directory())

    def learn(self, pairs: Mapping[str, str]) -> None:
        """Take in pairs of an object id and a device id."""
        for object_id, device_id in pairs.items():
            if self._directory.lacks({object_id: device_id}):
                self._loose[object_id.lower()] = device_id.lower()
        if len(self._loose) >= MOST_LOOSE:
            self._pack()

    def device_of(self, object_id: str) -> str | None:
        """Return the device id of an object, None where it is not known."""
        return self._loose.get(object_id.lower()) or self._directory.device_of(object_id)

    async def keep(self, feed: Feed) -> None:
        """Store what is new. Raises ConflictError when another poll has stored more meanwhile."""
        self._pack()
        if self._changed:
            await feed.write_directory(self._directory, self._etag)

    def _pack(self) -> None:
        if self._loose:
            self._directory = self._directory.with_pairs(self._loose)
            self._loose.clear()
            self._changed = True
