"""Make a digest ready for a channel, in the form that its kind takes."""

from typing import assert_never

from shared.domain.digest import DigestView
from shared.domain.outgoing import Outgoing, Post
from shared.domain.routes import Channel
from shared.report.render.card import card
from shared.report.render.csv_file import MOST_ROWS
from shared.report.render.event import CONTENT_TYPE as EVENT
from shared.report.render.event import MOST_LINES, event
from shared.report.render.identity import message_id
from shared.report.render.links import Links
from shared.report.render.mail import mail

JSON = "application/json"
SOURCE = "/windows-backup-readiness"
"""Names this app in events where it has no dashboard to be named by."""

MOST_ON_A_CARD = 50


def most_lines(channel: Channel) -> int:
    """Return how many lines of a digest a channel can use."""
    match channel.kind:
        case "graph_mail" | "smtp_mail":
            return MOST_ROWS
        case "webhook":
            return MOST_LINES
        case "teams":
            return MOST_ON_A_CARD
        case _:
            assert_never(channel.kind)


def render(view: DigestView, channel: Channel, links: Links) -> Outgoing:
    """Write a digest as the channel's card, mail or event."""
    match channel.kind:
        case "graph_mail" | "smtp_mail":
            return mail(view, channel, links)
        case "webhook":
            body = event(view, channel, links, links.dashboard or SOURCE)
            return Post(body, EVENT, message_id(view, channel))
        case "teams":
            return Post(card(view, channel, links), JSON, message_id(view, channel))
        case _:
            assert_never(channel.kind)
