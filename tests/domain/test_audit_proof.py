"""The proof finds whatever was done to the records, or to what was made of them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec import structs

from shared.domain.audit_proof import Proof
from shared.domain.audit_record import decoded, encoded, hash_of
from shared.domain.ledger import GENESIS, KEPT, Ledger
from shared.domain.restore_change import (
    Approved,
    Denied,
    Foreign,
    Rejected,
)
from tests.audit_builders import LATER, OFF, STORY, Written, altered, found, proof_of
from tests.restore_builders import ANNA, BEN, NOON, planned
from tests.restore_fakes import SETTING_ID

LAST = len(STORY)


@pytest.fixture
def written() -> Written:
    return Written()


def test_records_as_they_were_written_hold(written: Written) -> None:
    proof = proof_of(written.contents, written.ledger)
    assert proof.holds
    assert (proof.records, proof.witnessed, proof.hash) == (LAST, LAST, written.ledger.hash)
    assert proof.last == decoded(written.contents[LAST])


def test_no_records_hold_too() -> None:
    assert proof_of({}, None) == Proof(records=0, last=None, hash=GENESIS, witnessed=0)


@pytest.mark.parametrize("cached", [0, 2, LAST])
def test_records_that_the_cache_does_not_know_of_are_not_witnessed(
    written: Written, cached: int
) -> None:
    proof = proof_of(written.contents, written.ledgers[cached] if cached else None)
    assert (proof.holds, proof.witnessed) == (True, cached)


@pytest.mark.parametrize("number", range(1, LAST))
def test_a_record_that_was_taken_away_is_missing(written: Written, number: int) -> None:
    del written.contents[number]
    assert found(written.contents, written.ledger) == [(number, "missing")]


def test_many_that_were_taken_away_are_one_finding(written: Written) -> None:
    written.contents = {number: written.contents[number] for number in (1, LAST)}
    (finding,) = proof_of(written.contents, written.ledger).findings
    assert finding.says == f"records 2 to {LAST - 1} are not there, and record {LAST} is there"


def test_a_tail_that_was_cut_off_is_missing_by_what_the_cache_knows(written: Written) -> None:
    del written.contents[LAST], written.contents[LAST - 1]
    assert found(written.contents, written.ledger) == [(LAST - 1, "missing")]


@pytest.mark.parametrize("number", range(1, LAST + 1))
def test_a_record_whose_time_was_altered_is_found_by_the_next_one_or_by_the_cache(
    written: Written, number: int
) -> None:
    written.contents[number] = altered(written.contents[number], at=NOON + timedelta(minutes=1))
    assert (number, "altered") in found(written.contents, written.ledger)


@pytest.mark.parametrize("number", range(1, LAST + 1))
def test_a_record_of_somebody_elses_in_the_place_of_another_is_inserted(
    written: Written, number: int
) -> None:
    foreign = Foreign(SETTING_ID, OFF)
    written.contents[number] = altered(
        written.contents[number], previous="f" * 64, event=foreign, who=None
    )
    chain = [each for each in found(written.contents, written.ledger) if each[1] != "impossible"]
    assert chain == [(number, "inserted")]


def test_a_beginning_that_was_cut_off_is_found_though_the_rest_was_made_anew() -> None:
    rest = Written()
    rest.contents = {1: altered(rest.contents[1], previous="f" * 64)}
    assert found(rest.contents, None) == [(1, "inserted")]
    hashed = hash_of(rest.contents[1])
    rest.contents[2] = altered(Written().contents[2], previous=hashed)
    assert found(rest.contents, None) == [(1, "inserted")]


def test_a_record_put_between_two_others_is_inserted_though_the_rest_was_moved(
    written: Written,
) -> None:
    moved = {number + (number > 3): content for number, content in written.contents.items()}
    moved[4] = altered(written.contents[4], event=Foreign(SETTING_ID, OFF), who=None)
    assert {(4, "altered"), (5, "inserted")} <= set(found(moved, written.ledger))


def test_two_records_that_changed_places_are_found(written: Written) -> None:
    written.contents |= {3: written.contents[4], 4: written.contents[3]}
    assert {(3, "inserted"), (4, "inserted")} <= set(found(written.contents, written.ledger))


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b'{"seq": 3}', b'{"a":' + b"[" * 99999])
def test_what_is_no_record_is_unreadable(written: Written, content: bytes) -> None:
    written.contents[3] = content
    assert found(written.contents, written.ledger) == [(3, "unreadable"), (3, "altered")]


def test_a_chain_that_was_made_anew_is_found_by_the_cache(written: Written) -> None:
    other = Written([*STORY[:-1], (ANNA, STORY[-1][1])])
    assert (LAST, "altered") in found(other.contents, written.ledger)


def test_what_cannot_have_happened_is_found_in_an_unbroken_chain(written: Written) -> None:
    bens = planned("c1"), Approved("c1")
    forged = Written([(ANNA, bens[0])])
    record = forged.ledger.next("forged", NOON, ANNA, bens[1])
    forged.contents[2] = encoded(record)
    (finding,) = proof_of(forged.contents, None).findings
    assert (finding.seq, finding.fault) == (2, "impossible")
    assert "approved by one who may not" in finding.says


def cache_without_its_change(ledger: Ledger) -> Ledger:
    return structs.replace(ledger, changes={"c2": ledger.changes["c2"]})


def cache_that_has_approved(ledger: Ledger) -> Ledger:
    approved = structs.replace(ledger.changes["c2"], state="approved")
    return structs.replace(ledger, changes=ledger.changes | {"c2": approved})


def cache_with_a_change_of_its_own(ledger: Ledger) -> Ledger:
    own = structs.replace(ledger.changes["c2"], id="c3")
    return structs.replace(ledger, changes=ledger.changes | {"c3": own})


@pytest.mark.parametrize(
    "tamper",
    [
        cache_without_its_change,
        cache_that_has_approved,
        cache_with_a_change_of_its_own,
        lambda ledger: structs.replace(ledger, known=None),
        lambda ledger: structs.replace(ledger, applied=None),
        lambda ledger: structs.replace(ledger, news=()),
        lambda ledger: structs.replace(ledger, keys={}),
        lambda ledger: structs.replace(ledger, keys=ledger.keys | {"x": ledger.keys["key-c1"]}),
    ],
)
def test_a_cache_that_tells_something_else_than_the_records_is_found(
    written: Written, tamper: Callable[[Ledger], Ledger]
) -> None:
    assert found(written.contents, tamper(written.ledger)) == [(LAST, "cache")]


def test_a_cache_with_the_hash_of_no_record_is_found(written: Written) -> None:
    forged = structs.replace(written.ledgers[2], hash="f" * 64)
    assert found(written.contents, forged) == [(2, "cache")]


def test_a_cache_that_tells_of_no_record_is_found(written: Written) -> None:
    assert found(written.contents, Ledger()) == [(0, "cache")]


class TestFiled:
    """A change that ended long ago is filed away, and no more in the cache."""

    then = NOON - KEPT - timedelta(days=3)
    ended = Written(
        [
            (ANNA, planned("c1", expires=then + timedelta(days=1))),
            (BEN, Rejected("c1")),
        ],
        at=then,
    )

    def test_it_is_as_its_records_tell(self) -> None:
        kept, (change,) = self.ended.ledger.filed(LATER)
        assert found(self.ended.contents, kept, {"c1": change}) == []
        assert found(self.ended.contents, self.ended.ledger, {"c1": change}) == []
        assert found(self.ended.contents, None, {"c1": change}) == []

    def test_one_that_was_altered_is_found(self) -> None:
        kept, (change,) = self.ended.ledger.filed(LATER)
        forged = structs.replace(change, reason="none")
        for cached in (kept, None):
            (finding,) = proof_of(self.ended.contents, cached, {"c1": forged}).findings
            assert "c1 was filed away with something else" in finding.says

    def test_one_that_is_nowhere_is_found(self) -> None:
        kept, _ = self.ended.ledger.filed(LATER)
        (finding,) = proof_of(self.ended.contents, kept).findings
        assert finding.says == "restore-setting/ledger.json lacks the change c1"

    def test_one_that_was_filed_too_early_is_found(self, written: Written) -> None:
        change = written.ledger.changes["c1"]
        lacking = cache_without_its_change(written.ledger)
        (finding,) = proof_of(written.contents, lacking, {"c1": change}).findings
        assert finding.says == "restore-setting/ledger.json lacks the change c1"

    def test_one_that_something_happened_to_since_may_be_filed_as_it_was(self) -> None:
        kept, (change,) = self.ended.ledger.filed(LATER)
        since = Written(
            [
                (ANNA, planned("c1", expires=self.then + timedelta(days=1))),
                (BEN, Rejected("c1")),
                (ANNA, Denied("c1", "approve", "it is over")),
            ],
            at=self.then,
        )
        for cached in (kept, since.ledger):
            assert found(since.contents, cached, {"c1": change}) == []

    def test_one_that_cannot_be_read_is_found(self) -> None:
        kept, _ = self.ended.ledger.filed(LATER)
        (finding,) = proof_of(self.ended.contents, kept, {"c1": None}).findings
        assert "c1, filed away, cannot be read" in finding.says

    def test_one_that_nobody_planned_is_found(self) -> None:
        change = structs.replace(self.ended.ledger.changes["c1"], id="c9")
        (finding,) = proof_of(self.ended.contents, self.ended.ledger, {"c9": change}).findings
        assert "no record tells of it" in finding.says
