"""Large JSON is read piece by piece, wherever the pieces happen to end."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.assess import json_stream
from local.assess.json_stream import JsonStream
from shared.errors import InputError

LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(VALUES, max_size=5), st.integers(1, 40), st.booleans())
def test_an_array_is_read_as_json_reads_it_whatever_the_size_of_the_pieces(
    values: list[Any], chunk: int, spaced: bool
) -> None:
    text = json.dumps(values, indent=2 if spaced else None)

    assert list(JsonStream(io.StringIO(text), chunk).items()) == values


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text(max_size=4), VALUES, max_size=5), st.integers(1, 40))
def test_an_object_is_walked_member_by_member(members: dict[str, Any], chunk: int) -> None:
    stream = JsonStream(io.StringIO(json.dumps(members)), chunk)

    assert {name: stream.value() for name in stream.members()} == members


def test_a_number_is_not_cut_where_a_piece_ends() -> None:
    assert list(JsonStream(io.StringIO("[1234]"), 3).items()) == [1234]


@pytest.mark.parametrize("text", ["[1, 2", "[1 2]", "[", "[1,]", "{", '["x', "[nul]"])
def test_damage_is_an_error_after_the_values_before_it(text: str) -> None:
    with pytest.raises(InputError, match="damaged"):
        list(JsonStream(io.StringIO(text), 2).items())


@pytest.mark.parametrize("text", ['{"a" 1}', "{1: 2}", '{"a": 1', '{"a": 1 "b": 2}'])
def test_damage_in_an_object_is_an_error(text: str) -> None:
    stream = JsonStream(io.StringIO(text))

    with pytest.raises(InputError, match="damaged"):
        [stream.value() for _ in stream.members()]


def test_a_value_without_end_is_given_up_before_it_fills_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(json_stream, "LONGEST_VALUE", 1000)
    text = io.StringIO('["' + "x" * 10_000)

    with pytest.raises(InputError, match="does not end within 1000"):
        list(JsonStream(text, 100).items())
    assert text.tell() < 5_000


@pytest.mark.parametrize("build", [lambda: "[" * 100_000, lambda: "[" + "9" * 10_000 + "]"])
def test_what_python_refuses_to_read_is_an_error_of_the_input(build: Callable[[], str]) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        list(JsonStream(io.StringIO(build())).items())
