"""Text of strangers shows as it is, and changes nothing around it."""

import csv
import html
import io
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from shared.report.render.safe_text import (
    ISOLATE,
    ISOLATE_END,
    card_text,
    clean,
    csv_cell,
    isolated,
    shorten,
)

STRANGE = "*_[](){}#-+.>\\~`<&!|=1 :;/\"'\t\r\n\u202e\u200b\u2066DATE"
NAMES = st.text(st.one_of(st.characters(), st.sampled_from(STRANGE)), max_size=40)
MARKDOWN = MarkdownIt("default", {"html": False})
NASTY = (
    *("1. PC", "12) PC", "- PC", "+ PC", "# PC", "> PC", "***", "---", "==", "~~PC~~", "`PC`"),
    *("[PC](http://x)", "![PC](http://x)", "<http://x>", "<b>", "&amp;", "\\*PC\\*", "| a | b |"),
)


def shown(markdown: str) -> str:
    """Render as the JavaScript renderer of cards does, and read the text of the one paragraph."""
    rendered = MARKDOWN.render(markdown)
    found = re.fullmatch(r"<p>([^<]*)</p>\n", rendered)
    assert found is not None or rendered == "", rendered
    return html.unescape(found[1]) if found else ""


@pytest.mark.parametrize("name", NASTY)
def test_a_card_shows_names_that_look_like_markdown_as_they_are(name: str) -> None:
    assert shown(card_text(name)) == name


@given(NAMES)
def test_a_card_shows_any_name_as_it_is_and_takes_nothing_in_it_for_markdown(name: str) -> None:
    without_isolates = shown(card_text(name)).strip(ISOLATE + ISOLATE_END)
    assert without_isolates == clean(name)


@given(NAMES, NAMES)
def test_a_name_in_the_middle_of_a_line_changes_nothing_around_it(name: str, other: str) -> None:
    both = shown(f"For {card_text(name)} · {card_text(other)} end")
    plain = both.replace(ISOLATE, "").replace(ISOLATE_END, "")
    assert plain == " ".join(f"For {clean(name)} · {clean(other)} end".split(" "))


@given(NAMES)
def test_a_name_stays_the_whole_text_of_its_link(name: str) -> None:
    rendered = MARKDOWN.render(f"[{card_text(name)}](https://intune.example/1)")
    assert rendered.count("<a ") == 1
    assert rendered.startswith('<p><a href="https://intune.example/1">')
    assert rendered.endswith("</a></p>\n")


@pytest.mark.parametrize(
    "name", ["{{DATE(2026-01-01T00:00:00Z)}}", "{{{TIME(2026-01-01T00:00:00Z)}}}"]
)
def test_no_macro_of_cards_survives(name: str) -> None:
    assert "{{" not in card_text(name)
    assert shown(card_text(name)) == name


@given(NAMES)
def test_cleaned_text_has_no_controls_and_nothing_that_reorders_it(name: str) -> None:
    categories = {unicodedata.category(c) for c in clean(name) if c not in "\u200c\u200d"}
    assert not categories & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert clean(clean(name)) == clean(name)


def test_a_name_of_nothing_visible_is_empty() -> None:
    assert clean("\u200b\u3164\u202e\ufeff \u2800\x07") == ""


def test_joiners_inside_words_and_emoji_stay() -> None:
    assert clean("می\u200cخواهم 👩\u200d💻\u200d") == "می\u200cخواهم 👩\u200d💻"


@given(NAMES, st.integers(1, 20))
def test_a_shortened_text_is_never_longer_than_asked(name: str, most: int) -> None:
    assert len(shorten(name, most)) <= most


def test_a_cut_leaves_no_half_a_letter() -> None:
    assert shorten("ab\u0301\u0301cd", 4) == "a…"
    assert shorten("abc", 3) == "abc"


def test_only_text_from_right_to_left_is_isolated() -> None:
    assert isolated("حاسوب") == f"{ISOLATE}حاسوب{ISOLATE_END}"
    assert isolated("PC-1 财务") == "PC-1 财务"


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_csv_reads_back_as_written_but_for_apostrophes(names: list[str]) -> None:
    file = io.StringIO()
    csv.writer(file).writerow([csv_cell(name) for name in names])
    (row,) = csv.reader(io.StringIO(file.getvalue()))
    assert [cell.replace("'", "") for cell in row] == [clean(n).replace("'", "") for n in names]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@given(NAMES)
def test_no_separator_a_spreadsheet_may_go_by_makes_a_formula(separator: str, name: str) -> None:
    for cell in csv_cell(name).split(separator):
        assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
