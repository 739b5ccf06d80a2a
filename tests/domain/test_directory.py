"""The map from Entra objects to devices, against a plain dictionary."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.directory import Directory

# Few objects, so that pairs meet the same one far more often than by chance.
guids = st.one_of(st.integers(0, 8).map(lambda n: str(UUID(int=n << 120))), st.uuids().map(str))
some_pairs = st.dictionaries(guids, guids)


def built(batches: list[dict[str, str]]) -> Directory:
    made = Directory()
    for pairs in batches:
        made = made.with_pairs(pairs)
    return made


@given(st.lists(some_pairs), guids)
def test_it_answers_as_a_dictionary_that_took_in_the_same(
    batches: list[dict[str, str]], asked: str
) -> None:
    plain: dict[str, str] = {}
    for pairs in batches:
        plain |= pairs
    directory = built(batches)
    assert len(directory) == len(plain)
    assert {o: directory.device_of(o) for o in plain} == plain
    assert directory.device_of(asked) == plain.get(asked)


@given(some_pairs, some_pairs)
def test_a_map_is_never_changed_by_taking_in_more(
    first: dict[str, str], more: dict[str, str]
) -> None:
    directory = Directory(first.items())
    before = directory.to_bytes()
    directory.with_pairs(more)
    assert directory.to_bytes() == before


@given(some_pairs, some_pairs)
def test_it_lacks_what_it_does_not_have_as_given_and_nothing_once_it_took_it_in(
    known: dict[str, str], asked: dict[str, str]
) -> None:
    directory = Directory(known.items())
    assert directory.lacks(asked) == any(known.get(o) != d for o, d in asked.items())
    assert not directory.with_pairs(asked).lacks(asked)


@given(st.lists(some_pairs))
def test_a_map_is_read_back_from_its_bytes(batches: list[dict[str, str]]) -> None:
    packed = built(batches).to_bytes()
    assert len(packed) == 32 * len(built(batches))
    assert Directory.from_bytes(packed).to_bytes() == packed


@given(some_pairs)
def test_the_case_in_which_a_guid_is_written_does_not_matter(pairs: dict[str, str]) -> None:
    upper = {o.upper(): d.upper() for o, d in pairs.items()}
    assert Directory(upper.items()).to_bytes() == Directory(pairs.items()).to_bytes()
    assert not Directory(pairs.items()).lacks(upper)


@pytest.mark.parametrize(
    ("object_id", "device_id"),
    [("no guid", str(UUID(int=1))), (str(UUID(int=1)), ""), (str(UUID(int=1)), "0" * 31)],
)
def test_what_is_no_guid_is_not_taken_in_and_so_never_lacks(object_id: str, device_id: str) -> None:
    pairs = {object_id: device_id}
    assert len(Directory().with_pairs(pairs)) == 0
    assert not Directory().lacks(pairs)
    assert Directory().device_of(object_id) is None


def test_bytes_of_a_wrong_length_are_no_map() -> None:
    with pytest.raises(ValueError, match="32 bytes a device"):
        Directory.from_bytes(b"x" * 48)
