"""What the audit's records add up to, held against what was made of them."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec import Struct, structs

from shared.domain.audit_chain import Finding, Link
from shared.domain.ledger import Ledger
from shared.domain.restore_change import Change

CACHE = "restore-setting/ledger.json"


class Sums(Struct, frozen=True):
    """What all records add up to, and those up to where the cache ends; None if it ends nowhere.

    Adding up ends at a record that is missing, unreadable or impossible; `wrong` is the latter.
    """

    last: Ledger
    at_cache: Ledger | None
    wrong: Finding | None = None


def added_up(links: Mapping[int, Link], cached: Ledger | None) -> Sums:
    """Add up records whatever hashes they name, to see whether each may happen."""
    ledger, at_cache = Ledger(), None
    for number, link in links.items():
        record = link.record
        if record is None or not number == record.seq == ledger.seq + 1:
            break
        try:
            ledger = structs.replace(ledger, hash=record.previous).add(record, link.hash)
        except ValueError as error:
            return Sums(ledger, at_cache, Finding(number, "impossible", str(error)))
        if cached is not None and cached.seq == number:
            at_cache = ledger
    return Sums(ledger, at_cache)


def differences(
    sums: Sums, cached: Ledger | None, filed: Mapping[str, Change | None], now: datetime
) -> Iterator[str]:
    """Tell where the cache, and the changes filed away, differ from what the records say.

    It is for records of which each is there and may have happened.
    """
    if cached is not None and cached.seq < 1:
        yield f"{CACHE} tells of no record"
    elif cached is not None and sums.at_cache is not None:
        yield from _in_cache(sums.at_cache, cached, filed, now)
    at_hand = cached.changes if cached is not None else {}
    for id in sorted(filed):
        change, true = filed[id], sums.last.changes.get(id)
        if change is None:
            yield f"the change {id}, filed away, cannot be read"
        elif true is None:
            yield f"the change {id} is filed away, and no record tells of it"
        elif id not in at_hand and change not in (true, _of(sums.at_cache, id)):
            yield f"the change {id} was filed away with something else than its records tell"


def _in_cache(
    true: Ledger, cached: Ledger, filed: Mapping[str, Change | None], now: datetime
) -> Iterator[str]:
    """Compare the cache with the ledger that it should be.

    What may be filed away by now need not be in it, but is filed then.
    """
    needed, _ = true.filed(now)
    for name in ("known", "applied", "news"):
        if getattr(cached, name) != getattr(true, name):
            yield f"{CACHE} holds other {name!r} than the records tell"
    if not needed.keys.items() <= cached.keys.items() <= true.keys.items():
        yield f"{CACHE} holds other 'keys' than the records tell"
    for id in sorted(cached.changes.keys() | true.changes.keys()):
        if id in cached.changes:
            if cached.changes[id] != true.changes.get(id):
                yield f"{CACHE} holds another change {id} than the records tell"
        elif id in needed.changes or id not in filed:
            yield f"{CACHE} lacks the change {id}"


def _of(ledger: Ledger | None, id: str) -> Change | None:
    return None if ledger is None else ledger.changes.get(id)
