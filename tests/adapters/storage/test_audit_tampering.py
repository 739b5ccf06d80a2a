"""Whatever is done to stored records is found by the proof, and refused where it can be seen."""

from uuid import uuid4

import msgspec
import pytest
from azure.storage.blob.aio import BlobServiceClient
from msgspec import structs

from shared.adapters.storage.audit import BlobAudit
from shared.adapters.storage.audit_records import record_name
from shared.adapters.storage.blobs import Blobs
from shared.adapters.storage.ledger_cache import LEDGER
from shared.domain.ledger import Ledger
from shared.domain.restore_change import Approved, Foreign
from shared.errors import AuditError
from shared.use_cases.verify_audit import verify_audit
from tests.audit_builders import LATER, OFF, STORY, Written, altered
from tests.restore_builders import ANNA, NOON
from tests.restore_fakes import SETTING_ID

LAST = len(STORY)


class Stored:
    """The story in storage, to be tampered with; `cached` is the number that the cache ends at."""

    def __init__(self, records: Blobs, files: Blobs) -> None:
        self.records = records
        self.files = files
        self.audit = BlobAudit(records, files)
        self.written = Written()

    async def put(self, cached: int | None = LAST) -> None:
        for number, content in self.written.contents.items():
            await self.records.write(record_name(number), content)
        if cached is not None:
            await self.cache(self.written.ledgers[cached])

    async def cache(self, ledger: Ledger) -> None:
        await self.files.write(LEDGER, msgspec.json.encode(ledger))

    async def found(self) -> list[tuple[int, str]]:
        proof = await verify_audit(LATER, records=self.audit)
        return [(each.seq, each.fault) for each in proof.findings]

    async def refused(self, why: str) -> None:
        with pytest.raises(AuditError, match=f"(?s){why}.*python -m local audit verify"):
            await self.audit.ledger()


@pytest.fixture
def stored(service: BlobServiceClient, blobs: Blobs) -> Stored:
    return Stored(Blobs(service, f"audit-{uuid4()}"), blobs)


async def test_untouched_it_holds(stored: Stored) -> None:
    for cached in (LAST, 3, None):
        await stored.put(cached)
        assert await stored.found() == []
        assert await stored.audit.ledger() == stored.written.ledger


async def test_a_tail_that_was_cut_off_is_refused_and_found(stored: Stored) -> None:
    await stored.put()
    await stored.records.delete([record_name(LAST)])
    await stored.refused(f"record {LAST} was there, and is missing")
    assert await stored.found() == [(LAST, "missing")]


async def test_a_last_record_that_was_altered_is_refused_and_found(stored: Stored) -> None:
    await stored.put()
    await stored.records.write(
        record_name(LAST), altered(stored.written.contents[LAST], id="forged")
    )
    await stored.refused(f"record {LAST} is not what it was")
    assert await stored.found() == [(LAST, "altered")]


@pytest.mark.parametrize("cached", [None, 2])
async def test_a_missing_record_is_refused_where_the_records_are_added_up(
    stored: Stored, cached: int | None
) -> None:
    await stored.put(cached)
    await stored.records.delete([record_name(4)])
    await stored.refused("record 4 is missing")
    assert await stored.found() == [(4, "missing")]


@pytest.mark.parametrize("cached", [None, 2])
async def test_an_altered_record_is_refused_where_the_records_are_added_up(
    stored: Stored, cached: int | None
) -> None:
    await stored.put(cached)
    await stored.records.write(record_name(4), altered(stored.written.contents[4], id="forged"))
    await stored.refused("record 5 does not hold: record 5 does not follow record 4")
    assert await stored.found() == [(4, "altered")]


@pytest.mark.parametrize("cached", [None, 2])
@pytest.mark.parametrize("content", [b"", b"\xff\xff", b"{}", b'{"a":' + b"[" * 99999])
async def test_an_unreadable_record_is_refused_where_the_records_are_added_up(
    stored: Stored, cached: int | None, content: bytes
) -> None:
    await stored.put(cached)
    await stored.records.write(record_name(4), content)
    await stored.refused("record 4 does not hold")
    assert await stored.found() == [(4, "unreadable"), (4, "altered")]


async def test_a_record_that_was_put_in_is_refused_and_found(stored: Stored) -> None:
    await stored.put(LAST - 1)
    forged = Ledger(seq=LAST).next("forged", NOON, None, Foreign(SETTING_ID, OFF))
    stored.written.contents[LAST + 1] = msgspec.json.encode(forged)
    await stored.put(LAST - 1)
    await stored.refused(f"record {LAST + 1} does not follow record {LAST}")
    assert await stored.found() == [(LAST, "altered")]


async def test_what_cannot_have_happened_is_refused_and_found(stored: Stored) -> None:
    await stored.put(LAST - 2)
    forged = stored.written.ledger.next("forged", NOON, ANNA, Approved("c1"))
    await stored.records.write(record_name(LAST + 1), msgspec.json.encode(forged))
    await stored.refused(f"record {LAST + 1} cannot happen to the change c1")
    assert await stored.found() == [(LAST + 1, "impossible")]


async def test_records_that_nobody_remembers_the_beginning_of_are_refused(stored: Stored) -> None:
    await stored.put(None)
    await stored.records.delete([record_name(1)])
    await stored.refused("record 1 is missing")
    assert await stored.found() == [(1, "missing")]


async def test_a_cache_that_tells_something_else_is_found(stored: Stored) -> None:
    await stored.put()
    ledger = stored.written.ledger
    approved = structs.replace(ledger.changes["c2"], state="approved")
    await stored.cache(structs.replace(ledger, changes=ledger.changes | {"c2": approved}))
    assert await stored.found() == [(LAST, "cache")]


async def test_a_cache_that_cannot_be_read_is_found(stored: Stored) -> None:
    await stored.put()
    await stored.files.write(LEDGER, b"no ledger")
    assert await stored.found() == [(0, "cache")]
    assert await stored.audit.ledger() == stored.written.ledger


async def test_a_filed_change_that_cannot_be_read_is_found(stored: Stored) -> None:
    await stored.put()
    await stored.files.write("restore-setting/changes/c1.json", b"no change")
    assert await stored.found() == [(LAST, "cache")]


async def test_what_is_no_record_by_its_name_is_nothing_to_anybody(stored: Stored) -> None:
    await stored.put()
    for name in ("records/8.json", "records/0000000008.json.bak", "records/0000000000.json"):
        await stored.records.write(name, b"anything")
    assert await stored.found() == []
    assert await stored.audit.ledger() == stored.written.ledger
