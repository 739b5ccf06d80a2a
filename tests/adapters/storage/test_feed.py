"""The feed's state, and what it saw of the tenant, on a real Azurite."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from shared.adapters.storage import feed as module
from shared.adapters.storage.blobs import Blobs
from shared.adapters.storage.feed import BlobFeed, change_name
from shared.domain.directory import Directory
from shared.domain.feed import Actor, FeedState, FreshStart, Reread, TenantChange, Watched
from shared.domain.guid_set import GuidSet
from shared.domain.tenant import Policy, RestoreSetting, StatusPage, Target, TenantReading
from shared.errors import ConflictError, StorageError
from tests.builders import tenant

NOW = datetime(2026, 11, 22, 10, 15, 0, 123_456, tzinfo=UTC)
STATE = FeedState(
    delta_link="https://graph/devices/delta?$deltatoken=x",
    linked=NOW,
    watermark=NOW - timedelta(minutes=3),
    watched=Watched(
        restore_setting=RestoreSetting("r", "enabled", "2026-11-20T10:00:00Z"),
        status_pages=(StatusPage("e", "ESP ä", 1, default=False),),
        backup_policies=(Policy("p", "P", "s", "enabled", (Target("group", "g"),)),),
    ),
    fresh_start=FreshStart(NOW, "the token expired"),
)
SETS = {"group-devices-g": GuidSet([str(UUID(int=7))]), "group-users-g": GuidSet()}


@pytest.fixture
def feed(blobs: Blobs) -> BlobFeed:
    return BlobFeed(blobs)


def change(**differing: Any) -> TenantChange:
    values: dict[str, Any] = {
        "kind": "restore_setting",
        "id": "r",
        "name": "Restore",
        "old": {"state": "enabled", "targets": [{"kind": "group", "group": "g"}]},
        "new": {"state": "disabled"},
        "seen": NOW,
        "last_known": NOW - timedelta(minutes=15),
    }
    return TenantChange(**(values | differing))


def reread(after: float = 0.0, sets: tuple[str, ...] = tuple(SETS)) -> Reread:
    return Reread(NOW + timedelta(seconds=after), TenantReading(tenant()), sets)


async def test_before_the_first_poll_nothing_is_known(feed: BlobFeed) -> None:
    assert await feed.read() == (None, None)
    directory, etag = await feed.directory()
    assert (len(directory), etag) == (0, None)
    assert await feed.reread() is None
    assert await feed.tenant_changes(10) == []


async def test_the_state_is_read_back_as_it_was_written(feed: BlobFeed) -> None:
    etag = await feed.write(STATE, None)
    assert await feed.read() == (STATE, etag)


async def test_of_two_polls_at_once_the_second_cannot_write_its_state(feed: BlobFeed) -> None:
    first = await feed.write(STATE, None)
    with pytest.raises(ConflictError):
        await feed.write(replace(STATE, delta_link="lost"), None)
    later = replace(STATE, delta_link="later")
    second = await feed.write(later, first)
    with pytest.raises(ConflictError):
        await feed.write(replace(STATE, delta_link="lost"), first)
    assert await feed.read() == (later, second)


@pytest.mark.parametrize("name", [module.STATE, module.REREAD, module.DIRECTORY])
async def test_a_damaged_blob_is_an_error_that_names_it(
    feed: BlobFeed, blobs: Blobs, name: str
) -> None:
    await blobs.write(name, b"{")
    read = {
        module.STATE: feed.read,
        module.REREAD: feed.reread,
        module.DIRECTORY: feed.directory,
    }[name]
    with pytest.raises(StorageError, match=f"blob '{name}' cannot be read"):
        await read()


async def test_the_directory_is_read_back_as_it_was_written(feed: BlobFeed) -> None:
    pairs = {str(UUID(int=n**7)): str(UUID(int=n)) for n in range(1000)}
    await feed.write_directory(Directory(pairs.items()), None)
    read, _ = await feed.directory()
    assert len(read) == 1000
    assert not read.lacks(pairs)


async def test_a_directory_that_somebody_else_has_extended_is_not_replaced(feed: BlobFeed) -> None:
    one, two = ({str(UUID(int=n)): str(UUID(int=n + 1))} for n in (1, 2))
    await feed.write_directory(Directory(one.items()), None)
    with pytest.raises(ConflictError):
        await feed.write_directory(Directory(two.items()), None)
    directory, etag = await feed.directory()
    await feed.write_directory(directory.with_pairs(two), etag)
    with pytest.raises(ConflictError):
        await feed.write_directory(Directory(), etag)
    directory, _ = await feed.directory()
    assert not directory.lacks(one | two)


async def test_a_reading_is_read_back_with_its_sets(feed: BlobFeed) -> None:
    await feed.write_reread(reread(), SETS)
    assert await feed.reread() == reread()
    assert await feed.reread_sets(reread()) == SETS
    await feed.write_reread(reread(), SETS)
    assert await feed.reread_sets(reread()) == SETS


async def test_a_later_reading_takes_the_place_of_the_last_one(
    feed: BlobFeed, blobs: Blobs
) -> None:
    await feed.write_reread(reread(), SETS)
    await feed.write_reread(reread(0.000_001, ()), {})
    assert await feed.reread() == reread(0.000_001, ())
    assert len(await blobs.list(module.REREAD_SETS)) == 1
    with pytest.raises(StorageError, match="GUID set 'group-devices-g' is not stored"):
        await feed.reread_sets(reread())


async def test_an_older_reading_that_comes_late_leaves_the_newer_one(feed: BlobFeed) -> None:
    await feed.write_reread(reread(1), SETS)
    await feed.write_reread(reread(0, ()), {})
    assert await feed.reread() == reread(1)
    assert await feed.reread_sets(reread(1)) == SETS


async def test_of_two_readings_at_once_one_stands_with_its_sets(
    feed: BlobFeed, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = blobs.read

    async def read_and_be_overtaken(name: str) -> object:
        found = await read(name)
        monkeypatch.undo()
        await feed.write_reread(reread(1), SETS)
        return found

    monkeypatch.setattr(blobs, "read", read_and_be_overtaken)
    await feed.write_reread(reread(0, ()), {})
    assert await feed.reread() == reread(1)
    assert await feed.reread_sets(reread(1)) == SETS


async def test_sets_of_a_newer_reading_that_is_not_told_of_yet_are_left_alone(
    feed: BlobFeed, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = blobs.write

    async def write_and_be_overtaken(name: str, content: bytes, **how: Any) -> str:
        written = await write(name, content, **how)
        monkeypatch.undo()
        await feed.write_reread(reread(0, ()), {})
        return written

    monkeypatch.setattr(blobs, "write", write_and_be_overtaken)
    await feed.write_reread(reread(1), SETS)
    assert await feed.reread() == reread(1)
    assert await feed.reread_sets(reread(1)) == SETS


@pytest.mark.parametrize("crashes_at", ["feed/reread.json", "delete"])
async def test_a_crash_on_the_way_leaves_a_reading_with_its_sets(
    feed: BlobFeed, blobs: Blobs, monkeypatch: pytest.MonkeyPatch, crashes_at: str
) -> None:
    await feed.write_reread(reread(), SETS)
    write = blobs.write

    async def crash(*_: object) -> None:
        raise KeyboardInterrupt

    async def write_or_crash(name: str, content: bytes, **how: Any) -> str:
        if name == crashes_at:
            raise KeyboardInterrupt
        return await write(name, content, **how)

    monkeypatch.setattr(blobs, "write", write_or_crash)
    monkeypatch.setattr(blobs, "delete", crash)
    with pytest.raises(KeyboardInterrupt):
        await feed.write_reread(reread(1), {**SETS, "event-devices-x": GuidSet()})
    monkeypatch.undo()
    stands = await feed.reread()
    assert stands is not None
    assert set(await feed.reread_sets(stands)) == set(stands.sets)


async def test_a_change_is_kept_as_it_was_first_recorded(feed: BlobFeed) -> None:
    who = Actor("Zoë", None, None, NOW)
    await feed.record(change(who=who))
    await feed.record(change(seen=NOW + timedelta(minutes=15), who_unknown="silent"))
    assert await feed.tenant_changes(10) == [change(who=who)]


async def test_the_newest_changes_are_read_first(feed: BlobFeed) -> None:
    changes = [change(last_known=NOW + timedelta(microseconds=n)) for n in range(5)]
    for one in [changes[n] for n in (3, 0, 4, 2, 1)]:
        await feed.record(one)
    assert await feed.tenant_changes(2) == [changes[4], changes[3]]
    assert await feed.tenant_changes(0) == []
    assert await feed.tenant_changes(10) == changes[::-1]


@pytest.mark.parametrize(
    "differing",
    [
        {"kind": "status_page"},
        {"id": "another"},
        {"old": None},
        {"new": None},
        {"new": {"state": "notConfigured"}},
        {"last_known": NOW},
    ],
)
def test_what_differs_is_another_change(differing: dict[str, Any]) -> None:
    assert change_name(change(**differing)) != change_name(change())


def test_one_change_has_one_name_whoever_tells_it() -> None:
    told = change(
        old={"targets": [{"group": "g", "kind": "group"}], "state": "enabled"},
        seen=NOW + timedelta(days=1),
        last_known=change().last_known.astimezone(timezone(timedelta(hours=5))),
        who=Actor("a", "b", "c", None),
    )
    assert change_name(told) == change_name(change())
