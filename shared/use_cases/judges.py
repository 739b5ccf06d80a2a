"""What devices are judged by, kept as long as the process, because building it is dear."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TypeAlias

from msgspec import structs

from shared.domain.editions import EDITIONS
from shared.domain.guid_set import GuidSet
from shared.domain.reach import Reach
from shared.domain.sweep import Sweep
from shared.ports import Feed, Sweeps
from shared.use_cases.assess import Assessor
from shared.use_cases.judge_page import Book

ReadSets: TypeAlias = Callable[[], Awaitable[Mapping[str, GuidSet]]]

MOST_BOOKS = 2
"""Books kept: one for the sweep that runs, one for what changes meanwhile."""


class Judges:
    """The books that devices are judged by, one for each reading of the tenant and day.

    Building one reads the GUID sets of the reading from storage.
    """

    def __init__(self) -> None:
        self._books: dict[tuple[object, ...], Book] = {}

    async def of(self, sweep: Sweep, sweeps: Sweeps) -> Book:
        """Return the book of a sweep."""
        return await self._book(sweep, sweep.started, lambda: sweeps.read_sets(sweep))

    async def since(self, sweep: Sweep, now: datetime, *, sweeps: Sweeps, feed: Feed) -> Book:
        """Return the book for devices that are read after a sweep, on its terms.

        It goes by the newest reading of the tenant, which may be later than the sweep, and by
        today's date.
        """
        terms = structs.replace(sweep, as_of=max(sweep.as_of, now.date()))
        reread = await feed.reread()
        if reread is None or reread.read_at <= sweep.started:
            return await self.of(terms, sweeps)
        terms = structs.replace(terms, reading=reread.reading, sets=reread.sets)
        return await self._book(terms, reread.read_at, lambda: feed.reread_sets(reread))

    async def _book(self, terms: Sweep, read_at: datetime, read_sets: ReadSets) -> Book:
        key = (terms.id, terms.as_of, read_at)
        if key not in self._books:
            book = Book(assessor_of(terms), Reach(terms.reading, await read_sets()))
            while len(self._books) >= MOST_BOOKS:
                del self._books[next(iter(self._books))]
            self._books[key] = book
        return self._books[key]


def assessor_of(sweep: Sweep) -> Assessor:
    """Build the assessor that a sweep's terms ask for."""
    return Assessor(
        sweep.reading.facts,
        EDITIONS[sweep.edition],
        sweep.as_of,
        strict_servicing=sweep.strict_servicing,
    )
