"""Whatever happens is proved, and whatever is done to any of its records is found."""

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.restore_change import (
    Applied,
    Applying,
    Approved,
    Conflict,
    Denied,
    Foreign,
    NotApplied,
    Rejected,
    Uncertain,
)
from tests.audit_builders import OFF, Step, Written, altered, found, proof_of
from tests.restore_builders import ANNA, BEN, FORMER, WRITTEN, planned
from tests.restore_fakes import SETTING_ID


def steps_of(change: str) -> list[Step]:
    """All that is tried with a change; what cannot happen is left out."""
    return [
        (ANNA, planned(change)),
        (ANNA, planned(change, approvals_needed=0)),
        (BEN, Approved(change)),
        (BEN, Rejected(change)),
        (ANNA, Denied(change, "approve", "why not")),
        (ANNA, Applying(change)),
        (None, Applied(change, WRITTEN, "later")),
        (None, Conflict(change, OFF)),
        (None, Uncertain(change, "no answer")),
        (None, NotApplied(change, FORMER, "it never came")),
        (None, Foreign(SETTING_ID, OFF)),
    ]


@st.composite
def stories(draw: st.DrawFn) -> Written:
    """The story, and after it those of many steps that can happen."""
    written = Written()
    steps = st.sampled_from([*steps_of("c2"), *steps_of("c3")])
    for step in draw(st.lists(steps, max_size=30)):
        try:
            written.add(*step)
        except ValueError:
            continue
    return written


@settings(max_examples=60, deadline=None)
@given(written=stories(), data=st.data())
def test_whatever_was_written_holds_by_a_cache_of_any_age(
    written: Written, data: st.DataObject
) -> None:
    cached = data.draw(st.sampled_from(written.ledgers))
    assert found(written.contents, cached if cached.seq else None) == []


def tampered(contents: dict[int, bytes], data: st.DataObject) -> dict[int, bytes]:
    """Do something to one record that there is, or put in another one."""
    number = data.draw(st.sampled_from(sorted(contents)))
    content = contents[number]
    at = data.draw(st.integers(0, len(content) - 1))
    other = data.draw(st.sampled_from(sorted(contents)))
    moved = {n + (n >= number): each for n, each in contents.items()}
    done: dict[str, dict[int, bytes]] = {
        "flip a bit": contents | {number: _flipped(content, at)},
        "cut it": contents | {number: content[:at]},
        "take it away": {n: each for n, each in contents.items() if n != number},
        "take the tail away": {n: each for n, each in contents.items() if n < number},
        "exchange it": contents | {number: contents[other], other: content},
        "double it": moved | {number: content},
        "say who": contents | {number: altered(content, who=BEN, id="forged")},
        "forge it": contents | {number: altered(content, previous="0" * 63 + "1")},
    }
    return done[data.draw(st.sampled_from(sorted(done)))]


def _flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


@settings(max_examples=150, deadline=None)
@given(written=stories(), data=st.data())
def test_whatever_is_done_to_witnessed_records_is_found(
    written: Written, data: st.DataObject
) -> None:
    cached = data.draw(st.sampled_from(written.ledgers[1:]))
    forged = tampered(written.contents, data)
    witnessed = proof_of(written.contents, cached).witnessed
    unseen = all(forged.get(n) == written.contents[n] for n in range(1, witnessed + 1))
    proof = proof_of(forged, cached)
    assert proof.holds is False or unseen


@settings(max_examples=40, deadline=None)
@given(written=stories(), data=st.data())
def test_one_record_that_was_altered_is_named(written: Written, data: st.DataObject) -> None:
    number = data.draw(st.sampled_from(sorted(written.contents)))
    forged = written.contents | {number: altered(written.contents[number], id="forged")}
    assert found(forged, written.ledger) == [(number, "altered")]
