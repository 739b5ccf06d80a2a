"""`python -m local explain NAME|ID|SERIAL`: one device's story, as it is known now."""

import argparse
import asyncio
from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from local.assess.visible import visible
from local.stored import connected, opened
from local.sweep.report import TITLES
from shared.domain.history import OpenBlocker
from shared.domain.rule import CAPABILITIES, Capability, Finding
from shared.domain.story import Story
from shared.rules import reason_of, rule_of, sentence
from shared.use_cases.explain_device import Explanation, explain_device

COLOURS = {
    "eligible": "green",
    "yes": "green",
    "ineligible": "red",
    "no": "red",
    "unknown": "yellow",
}
MARKS = {
    "blocker": ("blocks", "red"),
    "unknown": ("unknown", "yellow"),
    "warning": ("note", "cyan"),
    "held": ("held", "yellow"),
}
"""In the order in which findings are told."""

MARGIN = max(len(word) for word, _ in MARKS.values())


def main(argv: Sequence[str]) -> int:
    """Tell the story of the devices that match; exit status 1 when none does."""
    parser = argparse.ArgumentParser(prog="python -m local explain", description=__doc__)
    parser.add_argument("device", help="a device's name (or part of it), id, Entra id or serial")
    # Names may begin with a dash, and there are no options besides those for help.
    asks = {"-h", "--help", "--"} & set(argv)
    wanted = parser.parse_args(argv if asks else ["--", *argv])
    console = Console(highlight=False, markup=False, emoji=False)
    with connected() as connection:
        explanation = asyncio.run(_explanation(wanted.device, connection))
    if explanation is None:
        console.print("There is no snapshot yet: run `python -m local sweep` first.")
        return 1
    if not explanation.stories:
        console.print(f"No known device matches '{visible(wanted.device)}'.")
        return 1
    tell(explanation, console)
    return 0


def tell(explanation: Explanation, console: Console) -> None:
    """Print every story: who the device is, and how it stands for each capability."""
    for story in explanation.stories:
        _tell_who(story, explanation, console)
        told: set[str] = set()
        for capability in CAPABILITIES:
            _tell_capability(story, capability, told, console)
    if explanation.more:
        console.print("Others match too: give more of the name, or an id or serial.")


async def _explanation(wanted: str, connection: str) -> Explanation | None:
    async with opened(connection) as stored:
        return await explain_device(wanted, snapshots=stored.snapshots)


def _tell_who(story: Story, explanation: Explanation, console: Console) -> None:
    console.rule(Text(visible(story.name or story.id), style="bold"), align="left")
    known = {
        "id": story.id,
        "Entra device id": story.entra_id,
        "serial": story.serial,
        "user": story.user_name,
        "model": " ".join(filter(None, (story.manufacturer, story.model))),
        "Windows": story.os_version,
        "last sync": story.last_sync and f"{story.last_sync:%Y-%m-%d %H:%M} UTC",
        "as of": _as_of(story, explanation),
    }
    grid = _grid()
    for name, value in known.items():
        if value:
            grid.add_row(Text(name, style="dim"), Text(visible(value)))
    console.print(Padding(grid, (0, 0, 1, 2)))


def _as_of(story: Story, explanation: Explanation) -> str:
    sweep = f"the sweep of {explanation.as_of:%Y-%m-%d %H:%M} UTC"
    if story.reassessed is None:
        return sweep
    return f"{story.reassessed:%Y-%m-%d %H:%M:%S} UTC, when it was read again after {sweep}"


def _tell_capability(
    story: Story, capability: Capability, told: set[str], console: Console
) -> None:
    """Print one capability's answers; a reason whose words were `told` is explained only once."""
    judgement = story.assessment.of(capability)
    console.print(
        Text.assemble(
            (TITLES[capability], "bold"),
            ": ",
            (judgement.verdict, COLOURS[judgement.verdict]),
            ", ready: ",
            (judgement.ready, COLOURS[judgement.ready]),
        )
    )
    opened = {blocker.reason: blocker for blocker in story.open if blocker.capability == capability}
    grid = _grid()
    grid.columns[0].min_width = MARGIN
    for finding in sorted(judgement.findings, key=lambda finding: list(MARKS).index(finding.kind)):
        _add_finding(grid, finding, opened.get(finding.reason))
        if finding.kind != "warning" and finding.reason not in told:
            _add_explanation(grid, finding)
            told.add(finding.reason)
    for blocker in opened.values():
        if blocker.held:
            words = "What it depends on could not be read this time, so it stays open."
            grid.add_row(_mark("held"), Text.assemble(*_titled(blocker.reason, blocker)))
            grid.add_row("", Text(words))
    console.print(Padding(grid, (0, 0, 1, 2)))


def _add_finding(grid: Table, finding: Finding, opened: OpenBlocker | None) -> None:
    grid.add_row(_mark(finding.kind), Text.assemble(*_titled(finding.reason, opened)))
    said = sentence(finding)
    grid.add_row("", Text(visible(said)))
    unsaid = [
        f"{name}: {visible(value)}"
        for name, value in (("observed", finding.observed), ("required", finding.required))
        if value is not None and value not in said
    ]
    if unsaid:
        grid.add_row("", Text("; ".join(unsaid)))


def _add_explanation(grid: Table, finding: Finding) -> None:
    rule, fix = rule_of(finding), reason_of(finding).fix
    source = rule.sources[0]
    for name, words in (
        ("why", rule.rationale),
        ("fix", f"{fix.title}. {fix.steps}" if fix else rule.remediation),
        ("source", f"{source.title}, {source.dated} {source.url}".rstrip()),
    ):
        grid.add_row("", Text.assemble((f"{name}: ", "dim"), words))


def _titled(reason: str, opened: OpenBlocker | None) -> list[str | tuple[str, str]]:
    """Name a reason, with the day since when it is open and the first day ever, if earlier."""
    title: list[str | tuple[str, str]] = [(reason, "bold")]
    if opened is not None:
        title.append(f", since {opened.since:%Y-%m-%d}")
        if opened.first_seen.date() < opened.since.date():
            title.append(f" (first seen {opened.first_seen:%Y-%m-%d})")
    return title


def _mark(kind: str) -> Text:
    return Text(*MARKS[kind])


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    return grid
