"""A sweep's summary as a readable terminal report."""

import io
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Literal

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from local.assess.table import HEADINGS
from local.assess.visible import visible
from shared.domain.history import Cause
from shared.domain.rule import CAPABILITIES, Kind
from shared.domain.sweep import Tally
from shared.report.summary import CapabilitySummary, Summary
from shared.report.tenant_findings import TenantFinding
from shared.report.unlock import MOST_TOGETHER, Unlock
from shared.report.vocabulary import fixes
from shared.rules import reasons

TITLES: dict[str, str] = {c: HEADINGS[c] for c in CAPABILITIES}
COLUMNS: dict[str, str] = {
    "backup": "Backup",
    "restore": "Restore at\nenrolment",
    "first_sign_in_restore": "Restore at\nfirst sign-in",
}
CAUSES: dict[Cause, str] = {
    "assessed": "changed",
    "new_device": "new device",
    "re_enrolled": "re-enrolled",
    "gone": "device gone",
}
STYLES = {"blocks": "bold red", "limits": "yellow", "unreadable": "magenta"}
MOST_REASONS = 12
MOST_SINGLES = 4
PICTURED = 3
"""Parts of the report on a picture: as much as a page wants to show."""

PICTURE_WIDTH = 90
FONT_FROM_THE_NET = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
"""Left out of pictures: who looks at one asks nobody else for anything."""


def show(summary: Summary, console: Console) -> None:
    """Print the report: verdicts, what to fix first, reasons, the tenant, and changes."""
    for part in parts(summary):
        console.print(part, emoji=False)
        console.print()


def draw(summary: Summary, path: Path) -> None:
    """Write the beginning of the report as an SVG picture; equal summaries give equal pictures."""
    console = Console(
        file=io.StringIO(), record=True, width=PICTURE_WIDTH, force_terminal=True, highlight=False
    )
    for part in islice(parts(summary), PICTURED):
        console.print(part)
        console.print()
    picture = console.export_svg(title="python -m local sweep", unique_id="sweep")
    path.write_text(FONT_FROM_THE_NET.sub("", picture), encoding="utf-8")


def parts(summary: Summary) -> Iterator[RenderableType]:
    """Make the parts of the report, in reading order; what has nothing to say is left out."""
    yield _head(summary)
    yield _verdicts(summary)
    if any(c.unlock for c in summary.capabilities):
        yield _fix_first(summary)
    if any(c.blockers for c in summary.capabilities):
        yield _reasons(summary, "blocker", "What blocks, in devices")
    if summary.tenant_findings:
        yield _tenant(summary.tenant_findings)
    if any(c.unknowns for c in summary.capabilities):
        yield _reasons(summary, "unknown", "What could not be decided, in devices")
    yield _changes(summary)


def counted(number: int, one: str, many: str | None = None) -> str:
    """Say a number of things.

    >>> counted(1, "page"), counted(1200, "page")
    ('1 page', '1,200 pages')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _head(summary: Summary) -> RenderableType:
    text = Text()
    text.append(counted(summary.devices, "Windows device"), style="bold")
    text.append(f" on {summary.as_of}, judged by the rules of edition {summary.edition}\n")
    text.append(
        f"Sweep {summary.sweep}: {counted(summary.pages, 'page')},"
        f" {counted(summary.cost.calls, 'Graph call')} for devices,"
        f" {counted(summary.distinct_assessments, 'distinct assessment')}"
    )
    if summary.cost.throttled:
        text.append(
            f"; throttled {counted(summary.cost.throttled, 'time')},"
            f" {summary.cost.waited:,.0f} s waited"
        )
    for count, words in (
        (summary.unreadable, "came without an id or in a form that cannot be read: left out"),
        (summary.kept_unverified, "not listed, and nobody could say whether gone: kept"),
        (summary.duplicates, "listed more than once: counted once"),
        (summary.other_platforms, "not running Windows: left out"),
    ):
        if count:
            text.append(f"\n{counted(count, 'device')} {words}", style="yellow")
    return Panel(text, title="Windows Backup for Organizations: readiness", box=box.ROUNDED)


def _table(title: str, *columns: str, vertical: Literal["top", "bottom"] = "top") -> Table:
    """Make a table whose first column is words and all others are figures."""
    table = _headed(title)
    table.add_column("", overflow="fold", vertical="bottom")
    for column in columns:
        table.add_column(column, justify="right", vertical=vertical, no_wrap=True)
    return table


def _headed(title: str) -> Table:
    return Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        title=title,
        title_justify="left",
        title_style="bold",
        caption_justify="left",
    )


def _indented(*lines: Text | str) -> RenderableType:
    """Indent lines so that what does not fit goes on below the indent."""
    return Padding(Group(*lines), (0, 0, 0, 2))


def _verdicts(summary: Summary) -> RenderableType:
    table = _table("Verdicts", *(COLUMNS[c.capability] for c in summary.capabilities))
    for question, answers in (
        (
            "By what Microsoft documents",
            (("eligible", "green"), ("ineligible", "red"), ("unknown", "yellow")),
        ),
        (
            "Ready as the tenant is today",
            (("ready", "green"), ("not_ready", "red"), ("ready_unknown", "yellow")),
        ),
    ):
        table.add_row(Text(question, style="bold"))
        for figure, style in answers:
            shares = (
                _share(getattr(c, figure), summary.devices, style) for c in summary.capabilities
            )
            words = {"ready_unknown": "unknown"}.get(figure, figure.replace("_", " "))
            table.add_row(_indented(words), *shares, end_section=figure == "unknown")
    return table


def _share(devices: int, of: int, style: str) -> Text:
    share = f"{devices / of:6.0%}" if of else ""
    return Text(f"{devices:,}{share}", style=style if devices else "dim")


def _fix_first(summary: Summary) -> RenderableType:
    table = _table(
        "Fix first: devices that each fix alone, and the best together, would unlock",
        "become\neligible",
        "become\nready",
        "left\nunblocked",
        vertical="bottom",
    )
    for c in summary.capabilities:
        if not c.unlock:
            continue
        table.add_row(Text(TITLES[c.capability], style="bold"))
        shown = list(_most_useful(c.unlock))
        for unlock in shown:
            table.add_row(
                _named_fixes(unlock),
                *(_gain(n) for n in (unlock.eligible, unlock.ready, unlock.unblocked)),
                end_section=unlock is shown[-1],
            )
    table.caption = "Left unblocked: no known blocker remains; something may still be unknown."
    return table


def _most_useful(unlocks: Iterable[Unlock]) -> Iterator[Unlock]:
    """Choose the best single fixes, the best pair and the best triple."""
    for size in range(1, MOST_TOGETHER + 1):
        yield from islice(
            (u for u in unlocks if len(u.fixes) == size), MOST_SINGLES if size == 1 else 1
        )


def _named_fixes(unlock: Unlock) -> RenderableType:
    first, *others = (fixes()[fix].title for fix in unlock.fixes)
    return _indented(first, *(f"+ {title}" for title in others))


def _gain(devices: int) -> Text:
    return Text(f"+{devices:,}" if devices else "0", style="" if devices else "dim")


def _reasons(summary: Summary, kind: Kind, title: str) -> RenderableType:
    table = _table(title, *(COLUMNS[c.capability] for c in summary.capabilities))
    counts = [_counts(c, kind) for c in summary.capabilities]
    ranked = sorted(
        {code for each in counts for code in each},
        key=lambda code: (-max(each.get(code, 0) for each in counts), code),
    )
    for code in ranked[:MOST_REASONS]:
        fix = reasons()[code, kind].fix
        remedy = [_indented(Text(fix.title, style="dim"))] if fix else []
        words = Group(Text(code, style="bold"), *remedy)
        table.add_row(words, *(f"{each[code]:,}" if code in each else "" for each in counts))
    if len(ranked) > MOST_REASONS:
        table.caption = f"and {len(ranked) - MOST_REASONS} more, in summary.json"
    return table


def _counts(capability: CapabilitySummary, kind: Kind) -> dict[str, int]:
    found = {
        "blocker": capability.blockers,
        "unknown": capability.unknowns,
        "warning": capability.warnings,
    }[kind]
    return {reason.reason: reason.devices for reason in found}


def _tenant(findings: Iterable[TenantFinding]) -> RenderableType:
    table = Table(box=None, show_header=False, padding=(0, 2, 1, 0), pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        words = Text.assemble(
            (visible(finding.title), "bold"),
            f"\n{visible(finding.detail)}",
            ("\nFix: ", "bold"),
            visible(finding.fix),
        )
        table.add_row(Text(finding.severity, style=STYLES[finding.severity]), words)
    return Group(Text("The tenant\n", style="bold"), Padding(table, (0, 0, 0, 1)))


def _changes(summary: Summary) -> RenderableType:
    if summary.baseline:
        return Text("The first sweep: from now on, sweeps tell what changed.", style="italic")
    came_and_went = f"{counted(summary.new_devices, 'new device')}, {summary.gone_devices:,} gone"
    if summary.re_enrolled_devices:
        came_and_went += f", {summary.re_enrolled_devices:,} enrolled again"
    if not summary.transitions:
        return Text(
            f"No blocker came or went since sweep {summary.previous}; {came_and_went}.",
            style="italic",
        )
    table = _headed(f"Changes since sweep {summary.previous}: {came_and_went}")
    table.add_column("devices", justify="right", no_wrap=True)
    table.add_column("change", no_wrap=True)
    table.add_column("reason", no_wrap=True)
    table.add_column("for")
    table.add_column("because")
    ranked = sorted(summary.transitions, key=_weight)
    for t in ranked[:MOST_REASONS]:
        table.add_row(
            f"{t.devices:,}", t.transition, t.reason, TITLES[t.capability], CAUSES[t.cause]
        )
    if len(ranked) > MOST_REASONS:
        table.caption = f"and {len(ranked) - MOST_REASONS} more, in changes.parquet"
    return table


def _weight(tally: Tally) -> tuple[int, str, str, str, str]:
    return (-tally.devices, tally.transition, tally.reason, tally.capability, tally.cause)
