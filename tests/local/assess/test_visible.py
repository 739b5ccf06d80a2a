"""Names that others chose can neither hide nor run anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.assess.visible import cell, visible


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("PC-01", "PC-01"),
        ("PC\u202e10-CP", r"PC\u202e10-CP"),
        ("\u2066PC\u2069", r"\u2066PC\u2069"),
        ("red\x1b[31m", r"red\x1b[31m"),
        ("two\nlines", r"two\nlines"),
        ("nul\0", r"nul\x00"),
        ("half\ud800", r"half\ud800"),
        ("شركة‌ها", "شركة‌ها"),
        ("Bücher-デスク", "Bücher-デスク"),
    ],
)
def test_what_has_no_glyph_is_spelled_out_and_every_script_stays(name: str, shown: str) -> None:
    assert visible(name) == shown


@given(st.text())
def test_what_is_visible_stays_on_one_line_and_is_visible_already(text: str) -> None:
    shown = visible(text)

    assert len(shown.splitlines()) <= 1
    assert visible(shown) == shown


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_formula_becomes_text_in_a_spreadsheet(value: str) -> None:
    assert cell(value) == f"'{value}"


@pytest.mark.parametrize("value", ["", "PC=1", "eligible", "'=1"])
def test_other_values_stay_as_they_are(value: str) -> None:
    assert cell(value) == value
