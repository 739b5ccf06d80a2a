"""What a message says and in which order, before it is written in any one format.

All texts of an outline are clean and short (safe_text.py), and not yet escaped.
"""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct, structs

from shared.domain.digest import (
    Digest,
    DigestKind,
    DigestView,
    Group,
    Line,
    Notice,
    Severity,
    Storm,
)
from shared.domain.feed import TenantChange
from shared.domain.history import Change
from shared.domain.routes import Channel
from shared.domain.rule import CAPABILITIES, Capability
from shared.report.drift import described
from shared.report.render.headline import Tone, headline, tone
from shared.report.render.links import Links
from shared.report.render.reason_words import blocker, short
from shared.report.render.safe_text import shorten
from shared.report.render.words import (
    NAMES,
    ability,
    counted,
    difference,
    listed,
    moment,
    sentence,
    span,
)
from shared.report.vocabulary import fixes

LONGEST_NAME = 60
LONGEST_SENTENCE = 400
CAUSES_NAMED = 3
NO_NAME = "(no name)"

KINDS: dict[DigestKind, str] = {
    "baseline": "First sweep",
    "sweep": "Nightly sweep",
    "changes": "Changes since the sweep",
    "storm": "Many changes at once",
    "tenant": "Tenant settings",
    "operations": "Operations",
    "test": "Test message",
}
STORMS = {
    "held": "No device is named before another sweep confirms this. Look at the cause first.",
    "confirmed": "Another sweep has found the same.",
    "passed": "Another sweep has found most of it gone again; nothing has to be done.",
}
TONES: dict[Severity, Tone] = {"high": "attention", "medium": "warning"}
TITLES: dict[Change, str] = {"raised": "{}", "reopened": "Again: {}", "cleared": "All clear: {}"}


FIGURES = "Readiness, and how it moved since yesterday"


class Figure(Struct, frozen=True):
    """How the fleet stands for one capability."""

    name: str
    says: str


class Point(Struct, frozen=True):
    """Something that is not about a device: a title, sentences under it, and where it is found."""

    title: str
    says: tuple[str, ...]
    tone: Tone
    url: str | None = None


class Row(Struct, frozen=True):
    """One device, where it is found, and what is to be known of it."""

    name: str
    url: str
    details: tuple[str, ...]


class Section(Struct, frozen=True):
    """The devices of one reason and change: why, what to do, and the first of them.

    `concerns` names the capabilities, where they are the same for all of the rows.
    """

    title: str
    concerns: str | None
    devices: int
    tone: Tone
    rows: tuple[Row, ...]
    why: str | None = None
    fix: str | None = None
    steps: str | None = None

    @property
    def heading(self) -> str:
        """The title, what it concerns, and how many devices."""
        parts = (self.title, self.concerns, counted(self.devices, "device"))
        return " · ".join(part for part in parts if part)

    @property
    def rest(self) -> int:
        """How many devices are not among the rows."""
        return self.devices - len(self.rows)


class Outline(Struct, frozen=True):
    """One message; `closing` are sentences of their own.

    `intune` is the page of the admin center where the reader goes on.
    """

    headline: str
    tone: Tone
    subtitle: str
    figures: tuple[Figure, ...]
    points: tuple[Point, ...]
    sections: tuple[Section, ...]
    closing: tuple[str, ...]
    intune: str


def outline(view: DigestView, channel: Channel, links: Links) -> Outline:
    """Lay a digest out as one channel is to see it."""
    digest = view.digest
    return Outline(
        headline=headline(view, channel),
        tone=tone(view),
        subtitle=_subtitle(digest, channel),
        figures=tuple(_figures(digest)),
        points=tuple(_points(digest, channel, links)),
        sections=tuple(_section(group, digest.composed, channel, links) for group in view.groups),
        closing=tuple(_closing(digest)),
        intune=_intune(view, links),
    )


def _subtitle(digest: Digest, channel: Channel) -> str:
    parts = [KINDS[digest.kind], moment(digest.composed, channel.time_zone)]
    if digest.fleet:
        parts.append(f"fleet of {counted(digest.fleet, 'device')}")
    return " · ".join(parts)


def _figures(digest: Digest) -> Iterator[Figure]:
    for r in digest.readiness:
        eligible = f"{r.eligible:,} eligible{difference(r.eligible, r.eligible_before)}"
        ready = f"{r.ready:,} ready{difference(r.ready, r.ready_before)}"
        yield Figure(NAMES[r.capability], f"{eligible} · {ready}")


def _points(digest: Digest, channel: Channel, links: Links) -> Iterator[Point]:
    if digest.storm is not None:
        yield _storm(digest.storm)
    for change in digest.tenant:
        yield _tenant(change, channel, links)
    for notice in digest.notices:
        yield _notice(notice, digest.kind, channel)


def _storm(storm: Storm) -> Point:
    causes = tuple(_said(cause) for cause in storm.causes[:CAUSES_NAMED])
    title = "Likely cause" if causes else "No common cause was found"
    return Point(
        title if len(causes) < 2 else "Likely causes, the likeliest first",
        (*causes, STORMS[storm.state]),
        "good" if storm.state == "passed" else "attention",
    )


def _tenant(change: TenantChange, channel: Channel, links: Links) -> Point:
    who = _who(change, channel)
    seen = moment(change.seen, channel.time_zone)
    return Point(
        _said(sentence(described(change))),
        (
            _said(f"{who} Seen {seen}." if who else f"Seen {seen}."),
            "Check that this was meant: devices are judged by it from now on.",
        ),
        "warning",
        links.setting(change.kind),
    )


def _who(change: TenantChange, channel: Channel) -> str | None:
    if change.who is None:
        return f"Who did it is not known: {change.who_unknown}." if change.who_unknown else None
    name = shorten(change.who.name or "", LONGEST_NAME) if channel.user_names else ""
    application = shorten(change.who.application or "", LONGEST_NAME)
    by = listed([part for part in (name, application) if part], "with")
    at = f", {moment(change.who.at, channel.time_zone)}" if change.who.at else ""
    return f"By {by}{at}." if by else None


def _notice(notice: Notice, kind: DigestKind, channel: Channel) -> Point:
    grave: Tone = "attention" if kind == "operations" else "warning"
    says = (notice.says, notice.who if channel.user_names else None, notice.do)
    return Point(
        shorten(sentence(notice.subject), LONGEST_NAME * 2),
        tuple(_said(text) for text in says if text),
        "good" if notice.good else grave,
    )


def _section(group: Group, now: datetime, channel: Channel, links: Links) -> Section:
    known = None if group.change == "cleared" else blocker(group.reason)
    concerned = {line.capabilities for line in group.examples}
    alike = len(concerned) == 1
    bare = Section(
        title=shorten(sentence(TITLES[group.change].format(short(group.reason))), 120),
        concerns=_concerns(*concerned) if alike else None,
        devices=group.devices,
        tone="good" if group.change == "cleared" else TONES[group.severity],
        rows=tuple(_row(line, alike, now, channel, links) for line in group.examples),
    )
    if known is None:
        return bare
    reason, rule = known
    return structs.replace(
        bare,
        why=rule.rationale,
        fix=reason.fix.title if reason.fix else "No fix on this device",
        steps=reason.fix.steps if reason.fix else rule.remediation,
    )


def _row(line: Line, alike: bool, now: datetime, channel: Channel, links: Links) -> Row:
    details = (
        line.user_name if channel.user_names else None,
        f"{line.manufacturer or ''} {line.model or ''}",
        None if alike else _concerns(line.capabilities),
        _since(line, now),
    )
    return Row(
        name=shorten(line.name or "", LONGEST_NAME) or NO_NAME,
        url=links.device(line.device),
        details=tuple(text for d in details if d and (text := shorten(d, LONGEST_NAME))),
    )


def _concerns(capabilities: tuple[Capability, ...]) -> str:
    return ", ".join(NAMES[c].lower() for c in CAPABILITIES if c in capabilities)


def _since(line: Line, now: datetime) -> str | None:
    if line.gone:
        return "the device is gone"
    stood = span(now - line.since)
    if line.change == "cleared":
        return f"was open for {stood}" if stood else None
    if line.change == "reopened" and (first := span(now - line.first_seen)):
        return f"first seen {first} ago"
    return f"for {stood}" if stood else None


def _closing(digest: Digest) -> Iterator[str]:
    if digest.kind == "test":
        yield "This is a test: there is nothing to do, and nothing has happened."
    if digest.unlock is not None:
        known = fixes()
        titles = [_begun(known[f].title) if f in known else f for f in digest.unlock.fixes]
        gain = f"{counted(digest.unlock.devices, 'device')} ready to"
        yield _said(
            f"Best next step: {listed(titles)}. That would make {gain}"
            f" {ability([digest.unlock.capability])}."
        )
    if digest.exempt:
        verb = "is" if digest.exempt == 1 else "are"
        yield f"{counted(digest.exempt, 'device')} with an exemption {verb} counted, not told."


def _intune(view: DigestView, links: Links) -> str:
    if view.digest.tenant:
        return links.setting(view.digest.tenant[0].kind)
    devices = {line.device for group in view.groups for line in group.examples}
    return links.device(*devices) if view.devices == len(devices) == 1 else links.devices


def _begun(title: str) -> str:
    """Continue a sentence with a title, which begins with a verb."""
    return title[:1].lower() + title[1:]


def _said(text: str) -> str:
    return shorten(text, LONGEST_SENTENCE)
