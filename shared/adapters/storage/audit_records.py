"""The records of the audit, a blob each, which are written once and never again."""

import re
from collections.abc import AsyncIterator, Iterable

from shared.adapters.storage.blobs import Blobs
from shared.errors import ConflictError

RECORDS = "records/"
NUMBERED = re.compile(rf"{RECORDS}([0-9]{{10}})\.json")


class AuditRecords:
    """The blobs under records/ in the audit's own container, by number; the first one is 1."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    async def create(self, number: int, content: bytes) -> None:
        """Store a record under a number that has none yet.

        Raises ConflictError when there is another one; the very same is our own, whose answer
        was lost.
        """
        name = record_name(number)
        try:
            await self._blobs.write(name, content, if_absent=True)
        except ConflictError:
            there = await self._blobs.read(name)
            if there is None or there.content != content:
                raise

    async def read(self, number: int) -> bytes | None:
        """Read one record; None when there is none."""
        blob = await self._blobs.read(record_name(number))
        return None if blob is None else blob.content

    async def numbers(self) -> list[int]:
        """List the numbers that there are records of, in order; what else lies there is ignored."""
        listed = [NUMBERED.fullmatch(blob.name) for blob in await self._blobs.list(RECORDS)]
        return [number for each in listed if each is not None and (number := int(each[1]))]

    async def contents(self, numbers: Iterable[int]) -> AsyncIterator[tuple[int, bytes]]:
        """Read records in the order of the numbers; those that are not there are skipped."""
        by_name = {record_name(number): number for number in numbers}
        async for name, blob in self._blobs.read_many(by_name):
            yield by_name[name], blob.content


def record_name(number: int) -> str:
    """Name the blob of a record, so that names sort as numbers do."""
    return f"{RECORDS}{number:010d}.json"
