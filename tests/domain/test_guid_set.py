"""Sets of GUIDs, and many of them looked up at once."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from shared.domain.guid_index import NIL, NO_ID, GuidIndex
from shared.domain.guid_set import GuidSet

# Few distinct halves, so that GUIDs share one of them far more often than by chance.
halves = st.sampled_from([0, 1, 2**48, 2**64 - 2, 2**64 - 1])
guids = st.one_of(
    st.builds(lambda high, low: str(UUID(int=high << 64 | low)), halves, halves),
    st.uuids().map(str),
).filter(lambda guid: guid != NIL)


@given(st.lists(guids), guids)
def test_a_set_holds_what_was_put_in_and_nothing_else(members: list[str], asked: str) -> None:
    made = GuidSet(members)
    assert all(member in made for member in members)
    assert (asked in made) == (asked in members)
    assert len(made) == len(set(members))


@given(st.lists(guids))
def test_a_set_is_read_back_from_its_bytes(members: list[str]) -> None:
    assert GuidSet.from_bytes(GuidSet(members).to_bytes()) == GuidSet(members)


@given(st.lists(st.lists(guids), max_size=4), guids, st.sampled_from([0, 1000]))
def test_an_index_small_or_large_tells_which_sets_hold_a_guid(
    sets: list[list[str]], asked: str, small: int
) -> None:
    index = GuidIndex({str(n): GuidSet(members) for n, members in enumerate(sets)}, small)
    for guid in {asked, *(g for members in sets for g in members)}:
        expected = {str(n) for n, members in enumerate(sets) if guid in members}
        found = {name for n, name in enumerate(index.names) if (index.bits(guid) or 0) >> n & 1}
        assert found == expected
        assert index.bits(guid.upper()) == index.bits(guid)


@pytest.mark.parametrize("text", ["no guid", "0" * 36, "g" * 8 + "-0000-0000-0000-" + "0" * 12])
def test_text_that_is_no_guid_is_in_no_set(text: str) -> None:
    everything = GuidSet([str(UUID(int=0)), str(UUID(int=2**128 - 1))])
    assert text not in everything
    assert GuidIndex({"a": everything}).bits(text) in (None, 0)
    assert GuidIndex({"a": everything}, small=0).bits(text) in (None, 0)


@pytest.mark.parametrize("small", [0, 1000])
def test_nobody_is_in_no_set_and_what_was_not_read_stays_unread(small: int) -> None:
    index = GuidIndex({"a": GuidSet([str(UUID(int=1))])}, small)
    assert [index.bits(nobody) for nobody in (None, "", NIL)] == [NO_ID] * 3
    assert index.bits(UNSET) is UNSET


def test_bytes_of_a_wrong_length_are_no_set() -> None:
    with pytest.raises(ValueError, match="16 bytes a member"):
        GuidSet.from_bytes(b"x" * 17)
