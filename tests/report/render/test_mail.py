"""A mail says in HTML and in plain text the same, and brings the devices along."""

from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

from shared.domain.digest import DigestView
from shared.report.render.mail import mail
from shared.report.render.outline import outline
from tests.report.render.digests import (
    LINKS,
    MAIL,
    change_notice,
    line,
    lines,
    samples,
    tenant_change,
    view,
)
from tests.report.render.strategies import views

OWN_TAGS = {
    *("html", "head", "meta", "title", "style", "body", "div", "h1", "h2", "p", "b", "bdi"),
    *("ul", "li", "a", "table", "tbody", "tr", "td"),
}


class Document(HTMLParser):
    """The tags, targets and text of a document."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.targets: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.targets += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_subject_is_the_headline_in_one_line() -> None:
    told = mail(view([line(name="PC\r\nBcc: x@evil.example")]), MAIL, LINKS)
    assert told.subject == "PC Bcc: x@evil.example cannot back up: build too old"


def test_the_mail_goes_to_whom_the_channel_names_under_an_id_that_stays() -> None:
    first, again = (mail(view([line()]), MAIL, LINKS) for _ in range(2))
    assert (first.to, first.sender) == (MAIL.to, MAIL.sender)
    assert first.id == again.id == "20261122T021200Z-1.mail"


@pytest.mark.parametrize("name", samples())
def test_html_and_plain_text_say_the_same(name: str) -> None:
    seen = samples()[name]
    told, said = mail(seen, MAIL, LINKS), outline(seen, MAIL, LINKS)
    rows = [text for s in said.sections for r in s.rows for text in (r.name, *r.details)]
    points = [text for p in said.points for text in (p.title, *p.says)]
    sections = [text for s in said.sections for text in (s.heading, s.why, s.fix, s.steps) if text]
    figures = [text for f in said.figures for text in (f.name, f.says)]
    html = Document(told.html).text
    for text in (said.headline, said.subtitle, *points, *sections, *rows, *figures, *said.closing):
        assert text in html
        assert text in told.text


def test_reasons_are_explained_with_why_and_what_to_do() -> None:
    told = mail(view([line()]), MAIL, LINKS)
    for form in (told.html, told.text):
        assert "Revisions compare within a branch only" in form
        assert "Install the latest cumulative update" in form


def test_the_colours_of_text_are_left_to_the_readers_light_or_dark() -> None:
    html = mail(samples()["sweep"], MAIL, LINKS).html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert ";color:" not in html
    assert "background" not in html
    assert "<img" not in html


def test_the_devices_come_as_a_file() -> None:
    told = mail(view(lines(30)), MAIL, LINKS)
    (file,) = told.attachments
    assert file.name == "devices-20261122T021200Z-1.csv"
    assert file.content_type == "text/csv; charset=utf-8"
    assert file.content.count(b"\r\n") == 31
    assert "The file attached holds all 30 for Excel." in told.text
    assert "The file attached holds all 30 for Excel." in told.html


def test_a_file_that_cannot_hold_all_says_what_is_left_out() -> None:
    seen = view(lines(12_000))
    told = mail(replace(seen, lines=seen.lines[:10_000]), MAIL, LINKS)
    assert len(told.attachments[0].content) <= 2 * 1024 * 1024
    assert "of 12,000, one for each device and reason; " in told.text


def test_without_devices_there_is_no_file() -> None:
    told = mail(samples()["operations"], MAIL, LINKS)
    assert told.attachments == ()
    assert "attached" not in told.text


def test_user_names_can_be_turned_off() -> None:
    seen = view([line()], tenant=(tenant_change(),), notices=(change_notice(),))
    assert "approved by Bob" in mail(seen, MAIL, LINKS).text
    told = mail(seen, replace(MAIL, user_names=False), LINKS)
    for form in (told.html, told.text, told.attachments[0].content.decode()):
        assert "Ada" not in form
        assert "ada@" not in form
        assert "Bob" not in form


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(views())
def test_no_name_adds_a_tag_or_a_target(seen: DigestView) -> None:
    document = Document(mail(seen, MAIL, LINKS).html)
    assert set(document.tags) <= OWN_TAGS
    assert all(target.startswith("https://") for target in document.targets)
    bolds = sum(1 + bool(g.reason) for g in seen.groups if g.change != "cleared")
    assert document.tags.count("b") <= bolds + len(seen.digest.readiness)
