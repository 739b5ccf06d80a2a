"""Microsoft's renderer in a browser shows the names of strangers as they are."""

import html
import json
import re

import pytest

from shared.report.render.card import card
from tests.conftest import skip_or_fail
from tests.report.render.cards import microsoft
from tests.report.render.digests import LINKS, NAMES, TEAMS, lines, view


@pytest.fixture(scope="module")
def document() -> str:
    """A card about devices of all the names, as the browser has it."""
    if lack := microsoft.missing_parser() or microsoft.missing_browser():
        skip_or_fail(lack)
    message = json.loads(card(view(lines(5)), TEAMS, LINKS))
    whole = microsoft.drawn(microsoft.page(card=message["attachments"][0]["content"]))
    return whole[whole.index('<div id="sheet">') : whole.index("<script>")]


def test_every_name_is_drawn_as_it_is_in_all_four_panes(document: str) -> None:
    text = html.unescape(re.sub(r"<[^>]*>", "", document)).replace("\u2068", "")
    for name, user, *_ in NAMES[:5]:
        assert text.count(name) == 4
        assert text.count(user) == 4


def test_no_name_becomes_a_link_or_a_tag_of_its_own(document: str) -> None:
    targets = set(re.findall(r'href="([^"]*)"', document))
    assert len(targets) == 5
    assert all(target.startswith("https://intune.microsoft.com/#view/") for target in targets)
    assert "<b>" not in document
    assert "<em>" not in document
