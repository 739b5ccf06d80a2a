"""What is known between sweeps."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from shared.domain.directory import Directory
from shared.domain.feed import FeedState, Reread, TenantChange
from shared.domain.guid_set import GuidSet
from shared.domain.known_device import KnownDevice


class Feed(Protocol):
    """How far changes have been followed, and what was seen of the tenant on the way."""

    async def read(self) -> tuple[FeedState | None, str | None]:
        """Read the state and its ETag; None, None before the first poll."""
        ...

    async def write(self, state: FeedState, etag: str | None) -> str:
        """Write the state if nobody has since, and return its ETag. Raises ConflictError."""
        ...

    async def directory(self) -> tuple[Directory, str | None]:
        """Read the map of Entra's objects and its ETag; empty, None before it was written."""
        ...

    async def write_directory(self, directory: Directory, etag: str | None) -> None:
        """Write the map of Entra's objects if nobody has since. Raises ConflictError."""
        ...

    async def reread(self) -> Reread | None:
        """Read the last reading of the tenant between sweeps; None when there was none."""
        ...

    async def reread_sets(self, reread: Reread) -> Mapping[str, GuidSet]:
        """Read the GUID sets of that reading. Raises StorageError when they are missing."""
        ...

    async def write_reread(self, reread: Reread, sets: Mapping[str, GuidSet]) -> None:
        """Store a reading of the tenant in place of the last one."""
        ...

    async def record(self, change: TenantChange) -> None:
        """Keep a change of the tenant; recording it again changes nothing."""
        ...

    async def tenant_changes(self, most: int) -> Sequence[TenantChange]:
        """Read the newest recorded changes, the newest first."""
        ...


class Overlay(Protocol):
    """The devices that were assessed again since a snapshot."""

    async def read(self, sweep: str, ids: Iterable[str]) -> Mapping[str, tuple[KnownDevice, str]]:
        """Read the entries there are for these Intune ids, each with its ETag."""
        ...

    async def alike(
        self, sweep: str, entra_ids: Iterable[str], serials: Iterable[str]
    ) -> Sequence[KnownDevice]:
        """Read the entries with one of these Entra device ids or serials, gone ones too."""
        ...

    async def write(self, sweep: str, device: KnownDevice, etag: str | None) -> str:
        """Store an entry if it still is as it was read, None being absent. Raises ConflictError."""
        ...

    async def changed(self, sweep: str, since: datetime | None) -> Sequence[KnownDevice]:
        """Read the entries written since a moment, by storage's clock; None reads all."""
        ...

    async def remove(self, sweep: str) -> None:
        """Remove all entries of a snapshot that has been folded into the next one."""
        ...
