"""A digest as an Adaptive Card for Teams, never larger than Teams takes."""

from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from shared.domain.digest import DigestView
from shared.domain.routes import Channel
from shared.report.render.links import Links
from shared.report.render.outline import FIGURES, Figure, Outline, Point, Row, Section, outline
from shared.report.render.safe_text import card_text
from shared.report.render.words import counted

LARGEST = 27 * 1024
"""Bytes of a whole message. Teams takes 28 KB (facts/graph.md, Sending, 2026-11-22)."""

CONTENT_TYPE = "application/vnd.microsoft.card.adaptive"
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"

Element: TypeAlias = dict[str, Any]


class Room(Struct, frozen=True):
    """How much of an outline is shown: devices a section, sections, and points."""

    rows: int
    sections: int
    points: int


ROOMS = (
    Room(5, 20, 10),
    Room(3, 20, 10),
    Room(1, 20, 10),
    Room(0, 20, 10),
    Room(0, 10, 5),
    Room(0, 5, 3),
    Room(0, 2, 2),
    Room(0, 1, 1),
)
"""From the most to the least: devices are dropped first, then sections. The last always fits."""


def card(view: DigestView, channel: Channel, links: Links) -> bytes:
    """Write a digest as the request body that the channel's flow takes, with as much as fits."""
    told = outline(view, channel, links)
    bodies = (_enveloped(_card(told, room, links), told, channel) for room in ROOMS)
    return next(body for body in bodies if len(body) <= LARGEST)


def _enveloped(content: Element, told: Outline, channel: Channel) -> bytes:
    if channel.envelope == "card":
        return msgspec.json.encode(content)
    attachment = {"contentType": CONTENT_TYPE, "contentUrl": None, "content": content}
    return msgspec.json.encode(
        {"type": "message", "summary": told.headline, "attachments": [attachment]}
    )


def _card(told: Outline, room: Room, links: Links) -> Element:
    sections = told.sections[: room.sections]
    points = told.points[: room.points]
    body: list[Element] = [
        {
            "type": "Container",
            "style": told.tone,
            "bleed": True,
            "items": [
                _text(card_text(told.headline), weight="Bolder", size="Medium"),
                _text(card_text(told.subtitle), isSubtle=True, spacing="Small", size="Small"),
            ],
        },
        *(element for point in points for element in _point(point)),
        *_left_out(len(told.points) - len(points), "other thing", links),
        *(_section(section, room, links, first=n == 0) for n, section in enumerate(sections)),
        *_left_out(len(told.sections) - len(sections), "other reason", links),
        *_figures(told.figures),
        *(_text(card_text(text)) for text in told.closing),
    ]
    return {
        "type": "AdaptiveCard",
        "$schema": SCHEMA,
        "version": "1.4",
        "fallbackText": card_text(told.headline),
        "body": body,
        "actions": _actions(told, links),
    }


def _point(point: Point) -> list[Element]:
    return [
        _text(card_text(point.title), weight="Bolder", color=_color(point.tone), spacing="Medium"),
        *(_text(card_text(text), spacing="Small") for text in point.says),
        *([_text(_link("Open in Intune", point.url), spacing="Small")] if point.url else []),
    ]


def _section(section: Section, room: Room, links: Links, *, first: bool) -> Element:
    items = [_text(card_text(section.heading), weight="Bolder", color=_color(section.tone))]
    if section.fix and section.steps:
        fix = f"**{card_text(section.fix)}.** {card_text(section.steps)}"
        items.append(_text(fix, spacing="Small", size="Small"))
    rows = section.rows[: room.rows]
    items += [_text(_row(row), spacing="Small") for row in rows]
    if rest := section.devices - len(rows):
        more = f"and {rest:,} more" if rows else f"See {'it' if rest == 1 else f'all {rest:,}'}"
        items.append(_text(_link(more, links.more), spacing="Small"))
    return {"type": "Container", "separator": not first, "spacing": "Medium", "items": items}


def _row(row: Row) -> str:
    return " · ".join([_link(card_text(row.name), row.url), *map(card_text, row.details)])


def _link(markdown: str, url: str) -> str:
    return f"[{markdown}]({url.replace('(', '%28').replace(')', '%29')})"


def _left_out(number: int, noun: str, links: Links) -> list[Element]:
    if number <= 0:
        return []
    return [_text(_link(f"and {counted(number, noun)}", links.more), separator=True)]


def _figures(figures: tuple[Figure, ...]) -> list[Element]:
    facts = [{"title": f.name, "value": card_text(f.says)} for f in figures]
    if not facts:
        return []
    title = _text(FIGURES, isSubtle=True, size="Small", separator=True, spacing="Medium")
    return [title, {"type": "FactSet", "spacing": "Small", "facts": facts}]


def _actions(told: Outline, links: Links) -> list[Element]:
    dashboard = [_open("Open dashboard", links.dashboard)] if links.dashboard else []
    return [*dashboard, _open("Open in Intune", told.intune)]


def _open(title: str, url: str) -> Element:
    return {"type": "Action.OpenUrl", "title": title, "url": url}


def _text(text: str, **look: str | bool) -> Element:
    shown = {name: value for name, value in look.items() if value is not False}
    return {"type": "TextBlock", "text": text, "wrap": True, **shown}


def _color(tone: str) -> str:
    return tone.capitalize()
