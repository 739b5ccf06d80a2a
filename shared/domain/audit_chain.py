"""The chain of the audit's records: each names the hash of the one before it."""

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from shared.domain.audit_record import decoded, hash_of
from shared.domain.ledger import GENESIS, Ledger
from shared.domain.restore_change import Record

Fault: TypeAlias = Literal["missing", "altered", "inserted", "unreadable", "impossible", "cache"]


class Finding(Struct, frozen=True):
    """What is wrong with the record of a number; `cache` is about what was made of the records."""

    seq: int
    fault: Fault
    says: str


class Link(Struct, frozen=True):
    """A record as it was found: the hash of its bytes, and None with the reason if unreadable."""

    hash: str
    record: Record | None
    why: str = ""


def link_of(content: bytes) -> Link:
    """Look at the bytes of a record."""
    try:
        return Link(hash_of(content), decoded(content))
    except ValueError as error:
        return Link(hash_of(content), None, str(error))


class Chain:
    """All links by number, in order, and what the cache knows of one of them."""

    def __init__(self, links: Mapping[int, Link], cached: Ledger | None) -> None:
        self._links = links
        self._cached = cached

    def findings(self) -> Iterator[Finding]:
        """Tell what is missing, unreadable, altered or inserted."""
        yield from self._gaps()
        for number, link in self._links.items():
            if link.record is None:
                yield Finding(number, "unreadable", f"this is no record: {link.why}")
            elif link.record.seq != number:
                says = f"it says of itself that it is record {link.record.seq}"
                yield Finding(number, "inserted", says)
            yield from self._broken(number)

    def _gaps(self) -> Iterator[Finding]:
        expected = 1
        for number in self._links:
            yield from _missing(expected, number - 1, f"record {number} is there")
            expected = number + 1
        if self._cached is not None:
            known = f"restore-setting/ledger.json knows of record {self._cached.seq}"
            yield from _missing(expected, self._cached.seq, known)

    def _broken(self, number: int) -> Iterator[Finding]:
        named, known = self._named(number), self._known(number)
        if self._is_inserted(number):
            says = "it names another hash of the record before, and nothing names its own"
            yield Finding(number, "inserted", says)
        elif named is False and not self._is_inserted(number + 1):
            yield Finding(number, "altered", f"record {number + 1} names another hash of it")
        elif known is False:
            fault: Fault = "cache" if named else "altered"
            yield Finding(number, fault, "restore-setting/ledger.json names another hash of it")

    def _is_inserted(self, number: int) -> bool:
        """Whether a record neither follows on the one before nor is followed upon."""
        named = self._named(number)
        followed = self._known(number) if named is None else named
        return self._follows(number) is False and (number == 1 or followed is False)

    def _named(self, number: int) -> bool | None:
        """Whether the next record names the hash of this one; None if that cannot be told."""
        return self._follows(number + 1)

    def _known(self, number: int) -> bool | None:
        """Whether the cache names the hash of this record; None if that cannot be told."""
        cached = self._cached
        if cached is None or cached.seq != number:
            return None
        return cached.hash == self._links[number].hash

    def _follows(self, number: int) -> bool | None:
        """Whether a record names the hash of the one before; None if that cannot be told."""
        link, before = self._links.get(number), self._links.get(number - 1)
        if link is None or link.record is None or (before is None and number > 1):
            return None
        return link.record.previous == (before.hash if before else GENESIS)


def _missing(first: int, last: int, because: str) -> Iterator[Finding]:
    if first <= last:
        those = "it is" if first == last else f"records {first} to {last} are"
        yield Finding(first, "missing", f"{those} not there, and {because}")
