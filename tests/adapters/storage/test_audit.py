"""The audit on a real Azurite: one chain, whoever appends to it, and a cache that may be wrong."""

import asyncio
from uuid import uuid4

import msgspec
import pytest
from azure.storage.blob.aio import BlobServiceClient

from shared.adapters.storage import blobs as blobs_module
from shared.adapters.storage.audit import BlobAudit
from shared.adapters.storage.audit_records import record_name
from shared.adapters.storage.blobs import Blob, Blobs
from shared.adapters.storage.ledger_cache import LEDGER
from shared.domain.ledger import KEPT, Ledger, folded
from shared.domain.restore_change import Denied, Event, Record, Rejected
from shared.errors import ConflictError, StorageError
from shared.ports import Answered
from shared.use_cases.verify_audit import verify_audit
from tests.audit_builders import LATER, STORY, Step, Written
from tests.restore_builders import ANNA, BEN, DAY, NOON, planned
from tests.restore_fakes import record_hash


class Reads(Blobs):
    """Blobs that remember what was read of them."""

    made: tuple[str, ...] = ()

    async def read(self, name: str) -> Blob | None:
        self.made += (name,)
        return await super().read(name)


@pytest.fixture
def records(service: BlobServiceClient) -> Reads:
    """A container for the audit of this test alone."""
    return Reads(service, f"audit-{uuid4()}")


@pytest.fixture
def audit(records: Reads, blobs: Blobs) -> BlobAudit:
    return BlobAudit(records, blobs)


async def append(audit: BlobAudit, *steps: Step) -> Ledger:
    """Append each step to what there is by then."""
    ledger = await audit.ledger()
    for who, event in steps:
        record = ledger.next(str(uuid4()), NOON, who, event)
        ledger = await audit.append(ledger, record, NOON)
    return ledger


async def contents(records: Blobs) -> dict[str, bytes]:
    names = [blob.name for blob in await records.list("")]
    return {name: blob.content async for name, blob in records.read_many(names)}


async def test_before_the_first_record_there_is_nothing(audit: BlobAudit) -> None:
    assert await audit.ledger() == Ledger()
    assert await audit.cached() is None
    assert await audit.filed("c1") is None
    assert await audit.filed_ids(10) == []
    assert await audit.numbers() == []


async def test_what_is_appended_is_what_everybody_reads(audit: BlobAudit) -> None:
    ledger = await append(audit, *STORY)
    assert ledger.seq == len(STORY)
    assert await audit.ledger() == ledger == await audit.cached()


async def test_each_record_names_the_hash_of_the_bytes_before_it(
    audit: BlobAudit, records: Reads
) -> None:
    ledger = await append(audit, *STORY)
    stored = await contents(records)
    assert list(stored) == [f"records/{n:010d}.json" for n in range(1, len(STORY) + 1)]
    read = [(msgspec.json.decode(each, type=Record), record_hash(each)) for each in stored.values()]
    assert folded(Ledger(), read) == ledger


async def test_with_a_cache_only_the_last_record_and_the_next_number_are_read(
    audit: BlobAudit, records: Reads
) -> None:
    await append(audit, *STORY)
    records.made = ()
    await audit.ledger()
    assert sorted(records.made) == [record_name(len(STORY)), record_name(len(STORY) + 1)]


async def test_whoever_comes_second_is_told_and_changes_nothing(
    audit: BlobAudit, records: Reads
) -> None:
    ledger = await append(audit, *STORY)
    await append(audit, (BEN, Denied("c2", "approve", "first")))
    before = await contents(records)

    late = ledger.next("late", NOON, ANNA, Denied("c2", "approve", "second"))
    with pytest.raises(ConflictError, match=r"0000000008\.json"):
        await audit.append(ledger, late, NOON)
    assert await contents(records) == before


async def test_an_own_record_whose_answer_was_lost_is_known_again(
    audit: BlobAudit, records: Reads
) -> None:
    record = Ledger().next("r1", NOON, ANNA, planned("c1"))
    first = await audit.append(Ledger(), record, NOON)
    before = await contents(records)
    assert await audit.append(Ledger(), record, NOON) == first
    assert await contents(records) == before


async def test_what_cannot_happen_is_never_stored(audit: BlobAudit, records: Reads) -> None:
    ledger = await append(audit, *STORY)
    for event in (planned("c1"), Rejected("c1"), Rejected("c9")):
        with pytest.raises(ValueError, match="record 8"):
            await audit.append(ledger, ledger.next("r8", NOON, ANNA, event), NOON)
    assert len(await contents(records)) == len(STORY)


async def test_many_who_append_at_once_make_one_chain(records: Reads, blobs: Blobs) -> None:
    async def insist(event: Event) -> int:
        audit, conflicts = BlobAudit(records, blobs), 0
        while True:
            try:
                await append(audit, (ANNA, event))
            except ConflictError:
                conflicts += 1
            else:
                return conflicts

    ids = [f"c{n}" for n in range(12)]
    conflicts = await asyncio.gather(*(insist(planned(id)) for id in ids))

    audit = BlobAudit(records, blobs)
    assert sum(conflicts) > 0
    assert await audit.numbers() == list(range(1, 13))
    assert sorted((await audit.ledger()).changes) == sorted(ids)
    assert (await verify_audit(LATER, records=audit)).holds


class TestTheCache:
    """What the cache lacks is made up for from the records."""

    async def test_a_missing_one_is_made_anew(self, audit: BlobAudit, blobs: Blobs) -> None:
        ledger = await append(audit, *STORY)
        await blobs.delete([LEDGER])
        assert await audit.ledger() == ledger
        after = await append(audit, (BEN, Rejected("c2")))
        assert await audit.cached() == after

    @pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b'{"seq": "1"}', b'{"seq": 0}'])
    async def test_one_that_tells_nothing_is_left_aside(
        self, audit: BlobAudit, blobs: Blobs, content: bytes
    ) -> None:
        ledger = await append(audit, *STORY)
        await blobs.write(LEDGER, content)
        assert await audit.ledger() == ledger

    @pytest.mark.parametrize("at_once", [2, 32])
    async def test_an_old_one_is_gone_on_from(
        self,
        audit: BlobAudit,
        records: Reads,
        blobs: Blobs,
        at_once: int,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(blobs_module, "READS_AT_ONCE", at_once)
        await append(audit, *STORY[:2])
        old = await blobs.read(LEDGER)
        ledger = await append(audit, *STORY[2:])
        assert old is not None
        await blobs.write(LEDGER, old.content)
        records.made = ()
        assert await audit.ledger() == ledger
        assert record_name(1) not in records.made

    async def test_a_late_one_that_lacks_what_comes_back_is_left_aside(
        self, audit: BlobAudit, blobs: Blobs
    ) -> None:
        ledger = await append(audit, *STORY)
        left_out = msgspec.structs.replace(ledger, changes={})
        ledger = await append(audit, (BEN, Rejected("c2")))
        await blobs.write(LEDGER, msgspec.json.encode(left_out))
        assert await audit.ledger() == ledger

    async def test_one_that_cannot_be_written_stops_nobody(
        self, audit: BlobAudit, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def fail(*_: object, **__: object) -> str:
            raise StorageError("storage is full")

        with monkeypatch.context() as broken:
            broken.setattr(blobs, "write", fail)
            ledger = await append(audit, *STORY)
        assert await audit.cached() is None
        assert await audit.ledger() == ledger


class TestFiled:
    """What ended long ago is filed away by whoever appends next."""

    LONG_AGO = NOON - KEPT - 3 * DAY

    async def filed(self, audit: BlobAudit, *ids: str) -> Ledger:
        ledger = await audit.ledger()
        for id in ids:
            plan = planned(id, expires=self.LONG_AGO + DAY)
            record = ledger.next(f"plan-{id}", self.LONG_AGO, ANNA, plan)
            ledger = await audit.append(ledger, record, self.LONG_AGO)
        record = ledger.next("new", NOON, ANNA, planned("20261122T120000Z-new"))
        return await audit.append(ledger, record, NOON)

    async def test_it_is_found_there_and_no_more_in_the_ledger(self, audit: BlobAudit) -> None:
        ledger = await self.filed(audit, "a1")
        assert list(ledger.changes) == ["20261122T120000Z-new"]
        assert await audit.ledger() == ledger
        change = await audit.filed("a1")
        assert (
            change
            == Written(
                [(ANNA, planned("a1", expires=self.LONG_AGO + DAY))], at=self.LONG_AGO
            ).ledger.changes["a1"]
        )
        assert (await verify_audit(LATER, records=audit)).holds

    async def test_the_newest_are_listed_first(self, audit: BlobAudit) -> None:
        old = [f"2026102{n}T120000Z-{n}" for n in range(5)]
        await self.filed(audit, *old)
        newest = sorted(old, reverse=True)
        assert await audit.filed_ids(10) == newest
        assert await audit.filed_ids(2) == newest[:2]
        assert await audit.filed_ids(2, before=newest[1]) == newest[2:4]

    async def test_more_than_are_written_at_once_are_all_filed(
        self, audit: BlobAudit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("shared.adapters.storage.ledger_cache.READS_AT_ONCE", 2)
        await self.filed(audit, "a1", "a2", "a3", "a4", "a5")
        assert await audit.filed_ids(10) == ["a5", "a4", "a3", "a2", "a1"]

    @pytest.mark.parametrize("id", ["../ledger", "a/b", "", "a.b", "a\n", "..", "ä"])
    async def test_no_id_leads_out_of_the_folder(self, records: Reads, id: str) -> None:
        assert await BlobAudit(records, records).filed(id) is None
        assert records.made == ()

    async def test_one_that_cannot_be_named_is_kept_in_the_ledger(self, audit: BlobAudit) -> None:
        ledger = await self.filed(audit, "../a1")
        assert "../a1" in ledger.changes
        assert await audit.ledger() == ledger


class TestAnswers:
    """The first answer to a question is the answer to all later ones."""

    ANSWER = Answered(201, {"Location": "/changes/c1"}, b"\x00 not text")

    async def test_the_first_one_is_kept(self, audit: BlobAudit) -> None:
        assert await audit.answer("0a1b") is None
        await audit.keep_answer("0a1b", self.ANSWER)
        await audit.keep_answer("0a1b", Answered(409, {}, b""))
        assert await audit.answer("0a1b") == self.ANSWER
        assert await audit.answer("0a1c") is None

    async def test_no_key_leads_out_of_the_folder(self, audit: BlobAudit) -> None:
        for key in ("../ledger", "", "a/b"):
            with pytest.raises(StorageError, match="hash of a key"):
                await audit.answer(key)
            with pytest.raises(StorageError, match="hash of a key"):
                await audit.keep_answer(key, self.ANSWER)
