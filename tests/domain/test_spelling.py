"""Names are compared the same way here and in DuckDB."""

import sys

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.spelling import uncased, unknown

EVERY = "".join(chr(n) for n in range(1, sys.maxunicode + 1) if not 0xD800 <= n <= 0xDFFF)


def lowered(*names: str) -> list[str]:
    with duckdb.connect() as db:
        rows = db.execute("SELECT lower(unnest(?::VARCHAR[]))", [list(names)]).fetchall()
    return [name for (name,) in rows]


def test_every_letter_is_written_as_duckdb_does() -> None:
    assert lowered(*EVERY) == [uncased(letter) for letter in EVERY]


@settings(max_examples=25)
@given(st.lists(st.text(st.sampled_from("aAßẞİıΣσςÀǅﬁ漢😀 "), max_size=6), max_size=20))
def test_whole_names_are_written_as_duckdb_does(names: list[str]) -> None:
    assert lowered(*names) == [uncased(name) for name in names]


def test_what_may_have_been_meant_is_told() -> None:
    assert unknown("os_build_to_old", {"os_build_too_old", "kiosk"}) == (
        "is not known: did you mean 'os_build_too_old'?"
    )


def test_without_anything_alike_all_that_is_known_is_told_and_the_name_is_not_repeated() -> None:
    assert unknown("https://x/?sig=1", {"b", "a"}) == "is not known: known are a, b"
