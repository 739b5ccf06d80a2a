"""What happened, as one line of words for a terminal."""

from collections import Counter
from datetime import datetime, tzinfo

from rich.text import Text

from local.assess.visible import visible
from local.sweep.report import CAUSES, TITLES, counted
from local.watch.events import DeviceChanged, Event, SweepMade, Trouble
from shared.domain.feed import TenantChange
from shared.domain.history import Change
from shared.report.drift import described
from shared.rules import rules_by_reason

WORDS: dict[Change, tuple[str, str]] = {
    "raised": ("blocked", "red"),
    "cleared": ("cleared", "green"),
    "reopened": ("blocked again", "bold red"),
}
WIDTH = max(len(word) for word, _ in WORDS.values())


def line(event: Event | Trouble, zone: tzinfo | None = None) -> Text:
    """Tell one event, with its time of day in a zone, None being this machine's."""
    match event:
        case DeviceChanged():
            return _of_device(event, zone)
        case SweepMade():
            devices = counted(event.devices, "device")
            words = f"Sweep {event.sweep} is complete: {devices}."
            return _timed(event.started, zone, (words, "cyan"))
        case TenantChange():
            words = visible(f"The tenant: {described(event)}{_by(event)}.")
            return _timed(event.seen, zone, (words, "yellow"))
        case Trouble():
            words = "Storage does not answer, and is asked again and again:"
            return Text(f"{words} {visible(event.reason)}", style="yellow")


class Tally:
    """Counts what was told."""

    def __init__(self) -> None:
        self._changes: Counter[Change] = Counter()
        self._devices: set[str] = set()

    def add(self, event: Event | Trouble) -> None:
        """Count an event, if it is one of a device."""
        if isinstance(event, DeviceChanged):
            self._changes[event.transition.transition] += 1
            self._devices.add(event.id)

    def __str__(self) -> str:
        if not self._changes:
            return "No device has changed."
        figures = ", ".join(
            f"{self._changes[change]:,} {word}"
            for change, (word, _) in WORDS.items()
            if self._changes[change]
        )
        return f"{figures}, on {counted(len(self._devices), 'device')}."


def _of_device(event: DeviceChanged, zone: tzinfo | None) -> Text:
    of = event.transition
    word, style = WORDS[of.transition]
    rule = rules_by_reason().get((of.reason, "blocker"))
    needed = f"  needed: {rule.title}" if rule else ""
    cause = "" if of.cause == "assessed" else f"  {CAUSES[of.cause]}"
    return _timed(
        of.at,
        zone,
        (visible(event.name or event.id), "bold"),
        "  ",
        (f"{word:{WIDTH}}", style),
        f"  {TITLES[of.capability]}: {of.reason}",
        (needed, "dim"),
        (cause, "magenta"),
    )


def _by(change: TenantChange) -> str:
    who = change.who and (change.who.name or change.who.application)
    return f", by {who}" if who else ""


def _timed(at: datetime, zone: tzinfo | None, *words: str | tuple[str, str]) -> Text:
    return Text.assemble((f"{at.astimezone(zone):%H:%M:%S}  ", "dim"), *words)
