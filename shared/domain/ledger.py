"""All changes of the restore setting, as the records of the audit add up to them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct, structs

from shared.domain.permits import step
from shared.domain.principal import Principal
from shared.domain.restore_change import (
    UNSETTLED,
    Applied,
    Change,
    Confirmed,
    Conflict,
    Event,
    Foreign,
    Matter,
    NotApplied,
    Planned,
    Record,
    Refused,
    Uncertain,
    Waiting,
)
from shared.domain.restore_value import Value

GENESIS = "0" * 64
"""What the first record names as the hash of the one before it."""

KEPT = timedelta(days=30)
"""How long a change stays in the ledger after its last record; then it is filed away."""

KEYS_KEPT = timedelta(days=7)
"""How long an idempotency key is remembered."""

MOST_NEWS = 50
TOLD = (Applied, Refused, Conflict, Waiting, Uncertain, NotApplied, Confirmed)
"""What people are told of. A foreign change is told by the poll that saw it."""


class KeyUse(Struct, frozen=True):
    """What an idempotency key was used for: the hash of the body, and the change it made."""

    body: str
    change: str
    at: datetime


class Known(Struct, frozen=True):
    """The last value that the records know of; `change` is None where it is not our doing."""

    value: Value
    at: datetime
    change: str | None = None


class News(Struct, frozen=True):
    """The number of a record that people are told of, and the change as it then was."""

    seq: int
    change: Change


class Ledger(Struct, frozen=True):
    """restore-setting/ledger.json: what the records up to number `seq` add up to.

    It can be made anew from the records at any time. `hash` is that of record `seq`. `known` is
    the last value seen by a change of ours or by a poll, `applied` the last one of our own.
    """

    seq: int = 0
    hash: str = GENESIS
    changes: dict[str, Change] = {}
    known: Known | None = None
    applied: Known | None = None
    keys: dict[str, KeyUse] = {}
    news: tuple[News, ...] = ()

    @property
    def in_progress(self) -> Change | None:
        """The one change whose write is not settled, while which nobody else may write."""
        return next((c for c in self.changes.values() if c.state in UNSETTLED), None)

    def is_way_back(self, reverts: str | None) -> bool:
        """Tell whether undoing this change is the way back: it is the last one of ours."""
        return reverts is not None and self.applied is not None and self.applied.change == reverts

    def next(self, id: str, at: datetime, who: Principal | None, event: Event) -> Record:
        """Make the record that may follow; `id` is unique, `who` None where the app itself acts."""
        return Record(self.seq + 1, self.hash, id, at, who, event, self._matter(event))

    def _matter(self, event: Event) -> Matter | None:
        if isinstance(event, Foreign):
            return None
        if isinstance(event, Planned):
            return Matter(event.setting, event.before, event.after, event.reason, event.ticket)
        change = self.changes.get(event.change)
        return None if change is None else change.matter

    def add(self, record: Record, hash: str) -> "Ledger":
        """Take in the next record, whose bytes have this hash.

        Raises ValueError when it is not the next one, or tells of what cannot happen.
        """
        if (record.seq, record.previous) != (self.seq + 1, self.hash):
            raise ValueError(
                f"record {record.seq} does not follow record {self.seq}: it names"
                f" {record.previous[:12]}... as the one before, which is {self.hash[:12]}..."
            )
        event = record.event
        grown = structs.replace(self, seq=record.seq, hash=hash)
        if isinstance(event, Foreign):
            return structs.replace(grown, known=Known(event.new, record.at))
        before = self.changes.get(event.change)
        change = step(before, self.in_progress, record, event)
        grown = structs.replace(grown, changes=self.changes | {change.id: change})
        if isinstance(event, Planned):
            use = KeyUse(event.body, event.change, record.at)
            grown = structs.replace(grown, keys=self.keys | {event.key: use})
        if isinstance(event, Applied | Confirmed):
            known = Known(event.value, record.at, event.change)
            grown = structs.replace(grown, known=known, applied=known)
        waits_on = before is not None and before.code is not None and before.code == change.code
        if isinstance(event, TOLD) and not (isinstance(event, Waiting) and waits_on):
            grown = structs.replace(grown, news=(*self.news, News(record.seq, change))[-MOST_NEWS:])
        return grown

    def filed(self, now: datetime) -> tuple["Ledger", tuple[Change, ...]]:
        """Return the ledger without what need not be at hand any more, and the changes left out."""
        old = tuple(c for c in self.changes.values() if _is_over(c.as_of(now), now))
        gone = {c.id for c in old}
        return structs.replace(
            self,
            changes={id: c for id, c in self.changes.items() if id not in gone},
            keys={key: use for key, use in self.keys.items() if now - use.at < KEYS_KEPT},
        ), old


def folded(ledger: Ledger, records: Iterable[tuple[Record, str]]) -> Ledger:
    """Take in records, each with the hash of its bytes. Raises ValueError as `add` does."""
    for record, hash in records:
        ledger = ledger.add(record, hash)
    return ledger


def _is_over(change: Change, now: datetime) -> bool:
    last = change.history[-1].at if change.history else change.planned
    return change.state not in UNSETTLED and now - max(last, change.expires) >= KEPT
