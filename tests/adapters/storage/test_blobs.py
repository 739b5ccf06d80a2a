"""Blobs on a real Azurite: conditions are kept, and failures are told by name."""

import asyncio
from pathlib import Path

import pytest
from azure.core.exceptions import AzureError
from azure.storage.blob.aio import BlobServiceClient, ContainerClient

from shared.adapters.storage import blobs as module
from shared.adapters.storage.blobs import Blobs
from shared.errors import ConflictError, LeaseHeldError, StorageError


async def content(blobs: Blobs, name: str) -> bytes | None:
    blob = await blobs.read(name)
    return None if blob is None else blob.content


async def test_the_container_is_made_by_the_first_write(
    blobs: Blobs, container: ContainerClient
) -> None:
    assert not await container.exists()
    await blobs.write("a", b"one")
    assert await content(blobs, "a") == b"one"


async def test_what_is_not_there_is_none_and_no_error(blobs: Blobs, tmp_path: Path) -> None:
    for there_is_a_container in (False, True):
        assert await blobs.read("a") is None
        assert await blobs.list("") == []
        assert not await blobs.exists("a")
        assert not await blobs.download("a", tmp_path / "a")
        await blobs.delete(["a"])
        if not there_is_a_container:
            await blobs.write("another", b"")
            await blobs.delete(["another"])


async def test_many_blobs_are_read_in_the_order_asked_for_without_those_that_are_not_there(
    blobs: Blobs,
) -> None:
    names = [f"{n:03}" for n in range(2 * module.READS_AT_ONCE + 3)]
    for name in names[::2]:
        await blobs.write(name, name.encode())
    read = [(name, blob.content.decode()) async for name, blob in blobs.read_many(reversed(names))]
    assert read == [(name, name) for name in reversed(names[::2])]


async def test_a_write_replaces_what_is_there(blobs: Blobs) -> None:
    first = await blobs.write("a", b"one")
    second = await blobs.write("a", b"two")
    assert first != second
    blob = await blobs.read("a")
    assert blob is not None
    assert (blob.content, blob.etag) == (b"two", second)


async def test_a_write_if_absent_never_replaces(blobs: Blobs) -> None:
    await blobs.write("a", b"one", if_absent=True)
    with pytest.raises(ConflictError, match="'a' was written by somebody else"):
        await blobs.write("a", b"two", if_absent=True)
    assert await content(blobs, "a") == b"one"


async def test_a_write_if_match_replaces_only_what_was_read(blobs: Blobs) -> None:
    read = await blobs.write("a", b"one")
    changed = await blobs.write("a", b"two", if_match=read)

    with pytest.raises(ConflictError):
        await blobs.write("a", b"three", if_match=read)
    assert await content(blobs, "a") == b"two"
    await blobs.write("a", b"three", if_match=changed)
    assert await content(blobs, "a") == b"three"


async def test_a_write_if_match_does_not_bring_back_what_was_deleted(blobs: Blobs) -> None:
    read = await blobs.write("a", b"one")
    await blobs.delete(["a"])
    with pytest.raises(StorageError):
        await blobs.write("a", b"two", if_match=read)
    assert await blobs.read("a") is None


async def test_of_many_who_write_if_absent_one_wins(blobs: Blobs) -> None:
    await blobs.write("container", b"")
    results = await asyncio.gather(
        *(blobs.write("a", bytes([n]), if_absent=True) for n in range(8)), return_exceptions=True
    )
    won = [n for n, result in enumerate(results) if isinstance(result, str)]
    assert len(won) == 1
    assert all(isinstance(r, str | ConflictError) for r in results)
    assert await content(blobs, "a") == bytes(won)


async def test_blobs_are_listed_in_name_order_with_their_metadata(blobs: Blobs) -> None:
    for name in ("p/10", "p/2", "p/1", "q/1"):
        await blobs.write(name, b"x", metadata={"of": name.replace("/", "")})
    listed = await blobs.list("p/")
    assert [(blob.name, blob.metadata) for blob in listed] == [
        ("p/1", {"of": "p1"}),
        ("p/10", {"of": "p10"}),
        ("p/2", {"of": "p2"}),
    ]


async def test_deleting_leaves_the_others_and_forgives_what_has_gone(blobs: Blobs) -> None:
    names = [f"p/{n}" for n in range(20)]
    await asyncio.gather(*(blobs.write(name, b"x") for name in [*names, "kept"]))
    await blobs.delete([*names, "never there"])
    assert [blob.name for blob in await blobs.list("")] == ["kept"]


async def test_a_file_larger_than_one_request_comes_back_as_it_was(
    blobs: Blobs, tmp_path: Path
) -> None:
    large = bytes(range(251)) * ((37 << 20) // 251)
    (tmp_path / "up").write_bytes(large)

    await blobs.upload("large", tmp_path / "up")
    assert await blobs.download("large", tmp_path / "down")
    assert (tmp_path / "down").read_bytes() == large

    (tmp_path / "up").write_bytes(b"small")
    await blobs.upload("large", tmp_path / "up")
    assert await content(blobs, "large") == b"small"


@pytest.mark.parametrize("name", ["a b", "ä/日本/💻", "100%25?x=1&y#z", "a+b'(c)~", "x" * 200])
async def test_odd_names_are_names_like_any_other(blobs: Blobs, name: str, tmp_path: Path) -> None:
    await blobs.write(name, b"odd", if_absent=True)
    assert await content(blobs, name) == b"odd"
    assert await blobs.exists(name)
    assert [blob.name for blob in await blobs.list(name[:1])] == [name]
    assert await blobs.download(name, tmp_path / "file")
    await blobs.delete([name])
    assert not await blobs.exists(name)


async def test_a_failure_names_the_blob(service: BlobServiceClient) -> None:
    refused = Blobs(service, "Not A Container")
    with pytest.raises(StorageError, match="blob storage failed on 'some/blob'"):
        await refused.write("some/blob", b"")
    with pytest.raises(StorageError, match="blob storage failed on 'some/blob'"):
        await refused.read("some/blob")


async def test_a_lease_is_held_by_one_at_a_time(blobs: Blobs) -> None:
    async with blobs.lease("lock", patience=0):
        with pytest.raises(LeaseHeldError, match="'lock'"):
            async with blobs.lease("lock", patience=0):
                pytest.fail("two hold the lease")
        async with blobs.lease("another lock", patience=0):
            pass
    async with blobs.lease("lock", patience=0):
        pass


async def test_a_lease_is_let_go_when_the_block_fails(blobs: Blobs) -> None:
    with pytest.raises(ValueError, match="in the block"):
        async with blobs.lease("lock", patience=0):
            raise ValueError("in the block")
    async with blobs.lease("lock", patience=0):
        pass


async def test_a_lease_runs_out_within_a_minute_when_nobody_renews_it(
    blobs: Blobs, container: ContainerClient
) -> None:
    async with blobs.lease("lock", patience=0):
        lease = (await container.get_blob_client("lock").get_blob_properties()).lease
        assert (lease.state, lease.duration) == ("leased", "fixed")
    assert module.LEASE_SECONDS == 60


async def test_who_is_patient_gets_the_lease_of_one_who_died(
    blobs: Blobs, container: ContainerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEASE_POLL_SECONDS", 0.05)
    await blobs.write("lock", b"")
    dead = await container.get_blob_client("lock").acquire_lease(lease_duration=60)

    async def wait_for_it() -> str:
        async with blobs.lease("lock", patience=30):
            return "held"

    waiting = asyncio.create_task(wait_for_it())
    with pytest.raises(LeaseHeldError):
        async with blobs.lease("lock", patience=0.1):
            pytest.fail("the dead one's lease has not run out yet")
    assert not waiting.done()
    await dead.break_lease(lease_break_period=0)
    assert await waiting == "held"


async def test_a_lease_is_renewed_while_the_block_runs_even_after_a_renewal_that_failed(
    blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed = asyncio.Event()
    failures = [AzureError("storage is busy")]

    class Lease:
        async def renew(self) -> None:
            if failures:
                raise failures.pop()
            renewed.set()

        async def release(self) -> None:
            pass

    async def acquired(*_: object) -> Lease:
        return Lease()

    monkeypatch.setattr(blobs, "_acquired", acquired)
    monkeypatch.setattr(module, "LEASE_SECONDS", 0.03)
    async with blobs.lease("lock", patience=0):
        await asyncio.wait_for(renewed.wait(), timeout=10)
