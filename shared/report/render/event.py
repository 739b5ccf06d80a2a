"""A digest as a CloudEvent for programs."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from shared.domain.digest import DigestView, Group, Line
from shared.domain.feed import TenantChange
from shared.domain.routes import Channel
from shared.report.drift import described
from shared.report.render.headline import headline
from shared.report.render.identity import message_id
from shared.report.render.links import Links
from shared.report.render.reason_words import blocker, short
from shared.report.render.safe_text import clean, shorten

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
LONGEST = 400
MOST_LINES = 500
"""About 300 KB: what receivers of events commonly take."""


class CloudEvent(Struct, frozen=True):
    """The structured mode of CloudEvents 1.0 (cloudevents.io, spec v1.0.2)."""

    specversion: str
    type: str
    source: str
    id: str
    time: datetime
    datacontenttype: str
    data: dict[str, Any]


def event(view: DigestView, channel: Channel, links: Links, source: str) -> bytes:
    """Write a digest as one JSON event; `source` is a URI reference that names this app."""
    return msgspec.json.encode(
        CloudEvent(
            specversion="1.0",
            type=f"readiness.digest.{view.digest.kind}",
            source=source,
            id=message_id(view, channel),
            time=view.digest.composed,
            datacontenttype="application/json",
            data=_data(view, channel, links),
        )
    )


def _data(view: DigestView, channel: Channel, links: Links) -> dict[str, Any]:
    digest = view.digest
    lines = view.lines[:MOST_LINES]
    storm = digest.storm and msgspec.to_builtins(digest.storm)
    return {
        "digest": digest.id,
        "kind": digest.kind,
        "headline": headline(view, channel),
        "sweep": digest.sweep,
        "fleet": digest.fleet,
        "readiness": digest.readiness,
        "unlock": digest.unlock,
        "exempt": digest.exempt,
        "storm": storm and storm | {"causes": [_said(cause) for cause in storm["causes"]]},
        "tenant": [_tenant(change, channel) for change in digest.tenant],
        "notices": [
            {
                "subject": _said(notice.subject),
                "says": _said(notice.says),
                "do": _said(notice.do),
                "good": notice.good,
                "who": _said(notice.who) if channel.user_names else None,
            }
            for notice in digest.notices
        ],
        "devices": view.devices,
        "groups": [_group(group) for group in view.groups],
        "lines": [_line(line, channel, links) for line in lines],
        "lines_left_out": max(0, sum(g.devices for g in view.groups) - len(lines)),
        "dashboard": links.dashboard,
    }


def _tenant(change: TenantChange, channel: Channel) -> dict[str, Any]:
    who = change.who
    return {
        "kind": change.kind,
        "id": clean(change.id),
        "name": _said(change.name),
        "says": _said(described(change)),
        "seen": change.seen,
        "by_user": _said(who.name) if who and channel.user_names else None,
        "by_application": _said(who.application) if who else None,
        "by_unknown": _said(change.who_unknown),
    }


def _group(group: Group) -> dict[str, Any]:
    known = None if group.change == "cleared" else blocker(group.reason)
    fix = known[0].fix if known else None
    return {
        "reason": group.reason,
        "says": short(group.reason),
        "change": group.change,
        "severity": group.severity,
        "devices": group.devices,
        "fix": fix and {"id": fix.id, "title": fix.title, "steps": fix.steps},
    }


def _line(line: Line, channel: Channel, links: Links) -> dict[str, Any]:
    return {
        "device": clean(line.device),
        "name": _said(line.name),
        "user_name": _said(line.user_name) if channel.user_names else None,
        "serial": _said(line.serial),
        "manufacturer": _said(line.manufacturer),
        "model": _said(line.model),
        "category": _said(line.category),
        "profile": _said(line.profile),
        "reason": line.reason,
        "change": line.change,
        "capabilities": line.capabilities,
        "severity": line.severity,
        "first_seen": line.first_seen,
        "since": line.since,
        "gone": line.gone,
        "url": links.device(line.device),
    }


def _said(text: str | None) -> str | None:
    return None if text is None else shorten(text, LONGEST)
