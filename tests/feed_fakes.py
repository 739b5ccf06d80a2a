"""What the feed of changes stands on, in memory: what Graph tells, and how far it was followed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import structs

from shared.domain.directory import Directory
from shared.domain.feed import Actor, FeedState, Reread, TenantChange
from shared.domain.guid_set import GuidSet
from shared.errors import ConflictError
from shared.ports import DeltaPage, DirectoryPage, SyncedPage
from tests.fakes import Calls


class FakeChanges:
    """Answers as Graph would: delta pages by the link that leads to them, and so on.

    `latest_link` is what a fresh start gets; a link that leads nowhere has to be made to fail.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.latest_link = "latest"
        self.pages: dict[str, DeltaPage] = {}
        self.entra: dict[str, str] = {}
        """The device id of every object there is."""
        self.listing: dict[str | None, DirectoryPage] = {None: DirectoryPage({})}
        self.syncs: dict[str | None, SyncedPage] = {None: SyncedPage({})}
        self.followed: list[str] = []
        self.asked_objects: list[Sequence[str]] = []
        self.asked_since: list[datetime] = []
        self.actor: Actor | None = None

    async def latest(self) -> str:
        await self._calls("changes.latest")
        return self.latest_link

    async def since(self, link: str) -> DeltaPage:
        await self._calls("changes.since")
        self.followed.append(link)
        return self.pages.get(link, DeltaPage({}, delta_link=link))

    async def device_ids(self, objects: Sequence[str]) -> Mapping[str, str]:
        await self._calls("changes.device_ids")
        self.asked_objects.append(objects)
        return {each: self.entra[each] for each in objects if each in self.entra}

    async def directory(self, cursor: str | None) -> DirectoryPage:
        await self._calls("changes.directory")
        return self.listing[cursor]

    async def synced(self, since: datetime, cursor: str | None) -> SyncedPage:
        await self._calls("changes.synced")
        self.asked_since.append(since)
        return self.syncs[cursor]

    async def actors(self, changes: Sequence[TenantChange]) -> Sequence[TenantChange]:
        await self._calls("changes.actors")
        return [structs.replace(change, who=self.actor) for change in changes]


class FakeFeed:
    """The feed's blobs, with an ETag for each of those that several polls may write."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._versions = {"state": 0, "directory": 0}
        self.state: FeedState | None = None
        self.known = Directory()
        self.last_reread: Reread | None = None
        self.last_sets: Mapping[str, GuidSet] = {}
        self.recorded: dict[tuple[object, ...], TenantChange] = {}

    async def read(self) -> tuple[FeedState | None, str | None]:
        await self._calls("feed.read")
        return self.state, self._etag("state")

    async def write(self, state: FeedState, etag: str | None) -> str:
        await self._calls("feed.write")
        self._replace("state", etag)
        self.state = state
        return f"state-{self._versions['state']}"

    async def directory(self) -> tuple[Directory, str | None]:
        await self._calls("feed.directory")
        return self.known, self._etag("directory")

    async def write_directory(self, directory: Directory, etag: str | None) -> None:
        await self._calls("feed.write_directory")
        self._replace("directory", etag)
        self.known = directory

    async def reread(self) -> Reread | None:
        await self._calls("feed.reread")
        return self.last_reread

    async def reread_sets(self, reread: Reread) -> Mapping[str, GuidSet]:
        await self._calls("feed.reread_sets")
        return self.last_sets

    async def write_reread(self, reread: Reread, sets: Mapping[str, GuidSet]) -> None:
        await self._calls("feed.write_reread")
        self.last_reread, self.last_sets = reread, dict(sets)

    async def record(self, change: TenantChange) -> None:
        await self._calls("feed.record")
        what = (change.last_known, change.kind, change.id, repr(change.old), repr(change.new))
        self.recorded.setdefault(what, change)

    async def tenant_changes(self, most: int) -> Sequence[TenantChange]:
        await self._calls("feed.tenant_changes")
        return sorted(self.recorded.values(), key=lambda change: change.seen, reverse=True)[:most]

    def replaced(self, state: FeedState) -> None:
        """Write the state as another poll would."""
        self.state = state
        self._versions["state"] += 1

    def known_replaced(self, directory: Directory) -> None:
        """Write the directory as another poll would."""
        self.known = directory
        self._versions["directory"] += 1

    def lose_state(self) -> None:
        """Remove the state, as a careless hand would."""
        self.state, self._versions["state"] = None, 0

    def _etag(self, blob: str) -> str | None:
        version = self._versions[blob]
        return f"{blob}-{version}" if version else None

    def _replace(self, blob: str, etag: str | None) -> None:
        if etag != self._etag(blob):
            raise ConflictError(f"the {blob} of the feed has changed since")
        self._versions[blob] += 1


def guid(number: int) -> str:
    """Make the GUID of a number, for objects and devices that Entra would name by one."""
    return f"00000000-0000-4000-8000-{number:012x}"


def objects(numbers: Iterable[int]) -> dict[str, str]:
    """Pair the object id of each number with its device id, which is 1000 further on."""
    return {guid(number): guid(number + 1000) for number in numbers}
