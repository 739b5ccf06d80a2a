"""The proof of the audit: no record is missing, altered, put in, or tells of the impossible."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from shared.domain.audit_chain import Chain, Finding, link_of
from shared.domain.audit_sums import added_up, differences
from shared.domain.ledger import GENESIS, Ledger
from shared.domain.restore_change import Change, Record


class Proof(Struct, frozen=True):
    """How many records there are, which one is the last with what hash, and what is wrong.

    Each record is vouched for by the next one, which names its hash, and the last one by the cache.
    Up to `witnessed`, where the cache ends, none can have been altered or taken away unseen.
    """

    records: int
    last: Record | None
    hash: str
    witnessed: int
    findings: tuple[Finding, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def prove(
    contents: Mapping[int, bytes],
    cached: Ledger | None,
    filed: Mapping[str, Change | None],
    now: datetime,
) -> Proof:
    """Look at the bytes of all records, by number, and at what was made of them.

    `cached` is the ledger as it was last kept, and `filed` the changes that are in it no more:
    None for one that cannot be read. These are compared with records that are in order only.
    Findings come in the order of the records.
    """
    links = {number: link_of(contents[number]) for number in sorted(contents)}
    findings = list(Chain(links, cached).findings())
    sums = added_up(links, cached)
    if sums.wrong is not None:
        findings.append(sums.wrong)
    seen = cached.seq if cached is not None else 0
    if not findings:
        findings += (Finding(seen, "cache", says) for says in differences(sums, cached, filed, now))
    last = max(links, default=0)
    return Proof(
        records=len(links),
        last=links[last].record if links else None,
        hash=links[last].hash if links else GENESIS,
        witnessed=max(0, min(last, seen)),
        findings=tuple(sorted(findings, key=lambda finding: finding.seq)),
    )
