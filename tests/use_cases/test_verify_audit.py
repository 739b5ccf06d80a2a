"""The audit is proved while others go on writing to it."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from functools import partial

from shared.domain.ledger import Ledger
from shared.domain.restore_change import Change, Rejected
from shared.errors import StorageError
from shared.use_cases.verify_audit import verify_audit
from tests.audit_builders import LATER, STORY, Written
from tests.fakes import Calls
from tests.restore_builders import BEN

LAST = len(STORY)


class FakeRecords:
    """Records in memory, with the cache that their last writer kept."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.written = Written()

    async def numbers(self) -> Sequence[int]:
        await self._calls("numbers")
        return sorted(self.written.contents)

    async def contents(self, numbers: Iterable[int]) -> AsyncIterator[tuple[int, bytes]]:
        await self._calls("contents")
        for number in numbers:
            if number in self.written.contents:
                yield number, self.written.contents[number]

    async def cached(self) -> Ledger | None:
        await self._calls("cached")
        return self.written.ledger

    async def all_filed(self) -> Mapping[str, Change | None]:
        await self._calls("all_filed")
        return {}


async def test_a_record_that_is_added_meanwhile_is_no_finding() -> None:
    for call in ("cached", "numbers", "contents", "all_filed"):
        calls = Calls()
        records = FakeRecords(calls)
        calls.before(call, partial(records.written.add, BEN, Rejected("c2")))
        proof = await verify_audit(LATER, records=records)
        assert proof.holds, call
        assert proof.records in (LAST, LAST + 1)


async def test_a_record_that_goes_meanwhile_is_missing() -> None:
    calls = Calls()
    records = FakeRecords(calls)
    calls.before("contents", partial(records.written.contents.__delitem__, 3))
    proof = await verify_audit(LATER, records=records)
    assert [(each.seq, each.fault) for each in proof.findings] == [(3, "missing")]


async def test_a_cache_that_cannot_be_read_is_a_finding_beside_those_of_the_records() -> None:
    calls = Calls()
    records = FakeRecords(calls)
    calls.fail("cached", StorageError("blob 'ledger' cannot be read"))
    del records.written.contents[3]
    proof = await verify_audit(LATER, records=records)
    assert [(each.seq, each.fault) for each in proof.findings] == [(0, "cache"), (3, "missing")]
    assert proof.findings[0].says == "blob 'ledger' cannot be read"
