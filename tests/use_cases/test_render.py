"""Each kind of channel is given what it takes, under a name that stays the same."""

import msgspec
import pytest

from shared.domain.outgoing import Mail, Post
from shared.domain.routes import Channel, ChannelKind
from shared.report.render.links import Links
from shared.use_cases.render import SOURCE, most_lines, render
from tests.report.render.digests import LINKS, MAIL, TEAMS, lines, view

VIEW = view(lines(3))
EVENTS = Channel("events", "webhook", secret="WEBHOOK_URL")


def test_teams_is_given_a_card() -> None:
    message = render(VIEW, TEAMS, LINKS)
    assert isinstance(message, Post)
    assert (message.id, message.content_type) == (f"{VIEW.digest.id}.teams", "application/json")
    assert b"AdaptiveCard" in message.body


@pytest.mark.parametrize("kind", ["smtp_mail", "graph_mail"])
def test_mailboxes_are_given_a_mail(kind: ChannelKind) -> None:
    message = render(VIEW, msgspec.structs.replace(MAIL, kind=kind), LINKS)
    assert isinstance(message, Mail)
    assert (message.id, message.to) == (f"{VIEW.digest.id}.mail", MAIL.to)


@pytest.mark.parametrize(("links", "source"), [(LINKS, LINKS.dashboard), (Links(), SOURCE)])
def test_programs_are_given_an_event_of_this_installation(links: Links, source: str) -> None:
    message = render(VIEW, EVENTS, links)
    assert isinstance(message, Post)
    told = msgspec.json.decode(message.body)
    assert (
        (told["id"], told["source"]) == (message.id, source) == (f"{VIEW.digest.id}.events", source)
    )
    assert message.content_type.startswith("application/cloudevents+json")


def test_mail_has_room_for_the_most_lines() -> None:
    assert most_lines(MAIL) == 10_000 > most_lines(EVENTS) > most_lines(TEAMS) > 0
