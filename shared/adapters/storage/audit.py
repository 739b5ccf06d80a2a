"""The audit in storage: records that are the only truth, and a cache of what they add up to."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from datetime import datetime

from shared.adapters.storage.audit_records import AuditRecords
from shared.adapters.storage.blobs import Blobs
from shared.adapters.storage.first_answers import FirstAnswers
from shared.adapters.storage.ledger_cache import LedgerCache
from shared.domain.audit_record import decoded, encoded, hash_of
from shared.domain.ledger import Ledger
from shared.domain.restore_change import Change, Record
from shared.errors import AuditError, StorageError
from shared.ports import Answered

log = logging.getLogger(__name__)


class BlobAudit:
    """Implements the ports Audit and Records.

    `records` is the audit's own container, in which nothing is ever overwritten; all that lies in
    `files` can be made anew from it, but for the answers.
    """

    def __init__(self, records: Blobs, files: Blobs) -> None:
        self._records = AuditRecords(records)
        self._cache = LedgerCache(files)
        self._answers = FirstAnswers(files)

    async def ledger(self) -> Ledger:
        """Add up the records that there are by now, from where the cache ends.

        Raises AuditError where they do not follow on each other, or not as far as the cache knows.
        """
        cached = await self._usable_cache()
        if cached is None:
            return await self._added_up(Ledger())
        last, following = await asyncio.gather(
            self._records.read(cached.seq), self._records.read(cached.seq + 1)
        )
        if last is None:
            raise _broken(f"record {cached.seq} was there, and is missing")
        if hash_of(last) != cached.hash:
            raise _broken(f"record {cached.seq} is not what it was when it was last read")
        if following is None:
            return cached
        try:
            return await self._added_up(cached)
        except AuditError as error:
            # A cache that came late may have filed away what later records are about.
            log.warning("The records are added up from the first one, because: %s", error)
            return await self._added_up(Ledger())

    async def append(self, ledger: Ledger, record: Record, now: datetime) -> Ledger:
        """Store the record that follows on a ledger, and return what it adds up to then.

        Raises ConflictError when somebody else's record took the number, and ValueError, with
        nothing stored, for what cannot happen.
        """
        content = encoded(record)
        grown = ledger.add(decoded(content), hash_of(content))
        await self._records.create(record.seq, content)
        return await self._cache.keep(grown, now)

    async def filed(self, id: str) -> Change | None:
        """Read a change that is in the ledger no more; None for one that never was."""
        return await self._cache.filed(id)

    async def filed_ids(self, most: int, before: str | None = None) -> list[str]:
        """List the newest changes that were filed away; some may still be in the ledger."""
        return await self._cache.filed_ids(most, before)

    async def answer(self, key: str) -> Answered | None:
        """Read the first answer to an idempotency key's hash; None if there is none."""
        return await self._answers.read(key)

    async def keep_answer(self, key: str, answer: Answered) -> None:
        """Keep the first answer; a later one changes nothing."""
        await self._answers.keep(key, answer)

    async def numbers(self) -> list[int]:
        """List the numbers that there are records of, in order."""
        return await self._records.numbers()

    def contents(self, numbers: Iterable[int]) -> AsyncIterator[tuple[int, bytes]]:
        """Read the bytes of records; those that are not there are skipped."""
        return self._records.contents(numbers)

    async def cached(self) -> Ledger | None:
        """Read the cache as it is; None when there is none. Raises StorageError."""
        return await self._cache.read()

    async def all_filed(self) -> dict[str, Change | None]:
        """Read every change that was filed away; None for one that cannot be read."""
        return await self._cache.all_filed()

    async def _usable_cache(self) -> Ledger | None:
        try:
            cached = await self._cache.read()
        except StorageError as error:
            log.warning("The records are added up from the first one, because: %s", error)
            return None
        return cached if cached is not None and cached.seq > 0 else None

    async def _added_up(self, ledger: Ledger) -> Ledger:
        numbers = [number for number in await self._records.numbers() if number > ledger.seq]
        async for number, content in self._records.contents(numbers):
            if number != ledger.seq + 1:
                raise _broken(f"record {ledger.seq + 1} is missing")
            try:
                ledger = ledger.add(decoded(content), hash_of(content))
            except ValueError as error:
                raise _broken(f"record {number} does not hold: {error}") from error
        return ledger


def _broken(why: str) -> AuditError:
    return AuditError(
        f"the audit is broken, {why}; nothing is changed before that is clear: run"
        " `python -m local audit verify`"
    )
