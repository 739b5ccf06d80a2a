"""The one line that makes sense on a phone's lock screen, and the tone it is said in."""

from collections import Counter
from collections.abc import Iterable
from typing import Literal, TypeAlias

from shared.domain.digest import DigestView, Group, Notice, Storm
from shared.domain.feed import TenantChange
from shared.domain.routes import Channel
from shared.report.drift import KINDS, described
from shared.report.render.reason_words import short
from shared.report.render.safe_text import shorten
from shared.report.render.words import ability, counted, listed, sentence

Tone: TypeAlias = Literal["attention", "warning", "good", "accent"]

LONGEST = 180
LONGEST_NAME = 60
REASONS_NAMED = 3


def headline(view: DigestView, channel: Channel) -> str:
    """Say a digest in one line of clean text, not escaped for any format."""
    return shorten(_said(view, channel), LONGEST)


def tone(view: DigestView) -> Tone:
    """Tell how grave a digest is: its colour."""
    digest = view.digest
    if digest.kind in ("test", "baseline"):
        return "accent"
    if digest.storm is not None:
        return "good" if digest.storm.state == "passed" else "attention"
    blocked = {g.severity for g in view.groups if g.change != "cleared"}
    if "high" in blocked:
        return "attention"
    if any(not n.good for n in digest.notices):
        return "attention" if digest.kind == "operations" else "warning"
    if digest.tenant or blocked:
        return "warning"
    return "good" if view.groups or digest.notices else "accent"


def _said(view: DigestView, channel: Channel) -> str:
    digest = view.digest
    if digest.kind == "test":
        return f"Test: channel {channel.name} hears of Windows Backup readiness"
    if digest.storm is not None:
        return _storm(digest.storm)
    if digest.kind == "baseline":
        return _baseline(view)
    if view.groups and digest.kind not in ("tenant", "operations"):
        return _changes(view)
    if digest.tenant:
        return _tenant(digest.tenant)
    return _notices(digest.notices) if digest.notices else "No news of Windows Backup readiness"


def _storm(storm: Storm) -> str:
    share = f"{storm.devices:,} of {counted(storm.fleet, 'device')}"
    if storm.state == "passed":
        return f"All clear: {share} had changed at once, and have not stayed so"
    cause = f": {storm.causes[0].rstrip('.')}" if storm.causes else ""
    if storm.state == "confirmed":
        return f"Confirmed: {share} changed at once{cause}"
    return f"{share} changed at once{cause}"


def _baseline(view: DigestView) -> str:
    digest = view.digest
    look = f"First look at {counted(digest.fleet, 'device')}"
    able = [f"{r.eligible:,} can {ability([r.capability])}" for r in digest.readiness[:1]]
    blocked = [f"most often {_reasons(view.groups)}"] if view.groups else []
    return ": ".join(filter(None, (look, "; ".join([*able, *blocked]))))


def _changes(view: DigestView) -> str:
    blocked = [g for g in view.groups if g.change != "cleared"]
    cleared = [g for g in view.groups if g.change == "cleared"]
    devices = _devices(view)
    if not blocked:
        return f"All clear for {devices}: {_reasons(cleared)}"
    if cleared:
        new = f"newly blocked: {_reasons(blocked)}"
        return f"{devices} changed; {new}; all clear: {_reasons(cleared)}"
    return f"{devices} {_inability(view, blocked)}: {_reasons(blocked)}"


def _devices(view: DigestView) -> str:
    """Say how many, or which one it is if there is only one."""
    names = (line.name for group in view.groups for line in group.examples if line.name)
    name = shorten(next(names, ""), LONGEST_NAME) if view.devices == 1 else ""
    return name or counted(view.devices, "device")


def _inability(view: DigestView, blocked: list[Group]) -> str:
    examples = (line for group in blocked for line in group.examples)
    lines = [line for line in (*examples, *view.lines) if line.change != "cleared"]
    able = ability([c for line in lines for c in line.capabilities])
    again = "again " if all(g.change == "reopened" for g in blocked) else ""
    if all(g.severity == "high" for g in blocked):
        return f"{again}cannot {able}" if able else f"{again}blocked"
    verb = "is" if view.devices == 1 else "are"
    return f"{verb} {again}not ready" + (f" to {able}" if able else "")


def _reasons(groups: Iterable[Group]) -> str:
    """Name the reasons with their numbers of devices, the most frequent first."""
    counts: Counter[str] = Counter()
    for group in groups:
        counts[group.reason] += group.devices
    if len(counts) == 1:
        return short(next(iter(counts)))
    ranked = sorted(counts, key=lambda reason: (-counts[reason], reason))
    named = [f"{short(reason)} ({counts[reason]:,})" for reason in ranked[:REASONS_NAMED]]
    rest = len(ranked) - len(named)
    return listed([*named, counted(rest, "other reason")]) if rest else ", ".join(named)


def _tenant(changes: tuple[TenantChange, ...]) -> str:
    if len(changes) == 1:
        return sentence(described(changes[0]))
    kinds = dict.fromkeys(KINDS[change.kind] for change in changes)
    return f"{counted(len(changes), 'tenant setting')} changed: {listed(list(kinds))}"


def _notices(notices: tuple[Notice, ...]) -> str:
    worst = next((n for n in notices if not n.good), notices[0])
    rest = f"; and {counted(len(notices) - 1, 'other notice')}" if len(notices) > 1 else ""
    good = "All clear: " if worst.good else ""
    return f"{good}{sentence(worst.subject)}: {worst.says.rstrip('.')}{rest}"
