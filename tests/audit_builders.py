"""The audit's records as bytes, by number, with what they add up to."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import structs

from shared.domain.audit_proof import Proof, prove
from shared.domain.audit_record import decoded, encoded, hash_of
from shared.domain.ledger import Ledger
from shared.domain.principal import Principal
from shared.domain.restore_change import (
    Applied,
    Applying,
    Approved,
    Change,
    Denied,
    Event,
    Foreign,
)
from shared.domain.restore_value import Value
from tests.restore_builders import ANNA, BEN, NOON, WRITTEN, planned
from tests.restore_fakes import SETTING_ID

LATER = NOON + timedelta(hours=1)
Step = tuple[Principal | None, Event]

OFF = Value("disabled", "2026-11-22T13:00:00Z")
STORY: tuple[Step, ...] = (
    (ANNA, planned("c1")),
    (ANNA, Denied("c1", "approve", "whoever planned a change cannot approve it")),
    (BEN, Approved("c1")),
    (ANNA, Applying("c1")),
    (None, Applied("c1", WRITTEN, "read_back", "request-1")),
    (None, Foreign(SETTING_ID, OFF, WRITTEN)),
    (BEN, planned("c2", before=OFF)),
)
"""A change from its plan to its end, somebody else's, and a new plan."""


class Written:
    """Records that follow on each other, and the ledger after each of them."""

    def __init__(self, steps: Iterable[Step] = STORY, at: datetime = NOON) -> None:
        self.contents: dict[int, bytes] = {}
        self.ledgers = [Ledger()]
        for who, event in steps:
            self.add(who, event, at)

    @property
    def ledger(self) -> Ledger:
        """What all of them add up to."""
        return self.ledgers[-1]

    def add(self, who: Principal | None, event: Event, at: datetime = NOON) -> None:
        """Add a record. Raises ValueError, and adds none, for what cannot happen."""
        record = self.ledger.next(f"r{self.ledger.seq + 1}", at, who, event)
        content = encoded(record)
        self.ledgers.append(self.ledger.add(record, hash_of(content)))
        self.contents[record.seq] = content


def proof_of(
    contents: Mapping[int, bytes],
    cached: Ledger | None,
    filed: Mapping[str, Change | None] | None = None,
) -> Proof:
    """Prove records by a cache, an hour after they were written."""
    return prove(contents, cached, filed or {}, LATER)


def found(
    contents: Mapping[int, bytes],
    cached: Ledger | None,
    filed: Mapping[str, Change | None] | None = None,
) -> list[tuple[int, str]]:
    """Tell what is found wrong, with the number of each record."""
    return [(each.seq, each.fault) for each in proof_of(contents, cached, filed).findings]


def altered(content: bytes, **differing: Any) -> bytes:
    """Write a record with some of its fields changed, as somebody who knows the form would."""
    return encoded(structs.replace(decoded(content), **differing))
