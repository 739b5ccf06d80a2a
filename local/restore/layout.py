"""How the commands lay things out on a terminal, or for a file."""

import sys
from collections.abc import Iterable, Iterator
from datetime import datetime

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from local.assess.visible import visible
from shared.domain.principal import Principal
from shared.report.restore_remedies import Remedy

WIDTH = 120
"""Columns where nobody knows how wide the reader's page is."""


def console(*, errors: bool = False) -> Console:
    """Make the console of one stream."""
    stream = sys.stderr if errors else sys.stdout
    width = None if stream.isatty() else WIDTH
    return Console(stderr=errors, width=width, highlight=False, markup=False, emoji=False)


def headed(title: str) -> Table:
    """Make a table under a title."""
    return Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        title=title,
        title_justify="left",
        title_style="bold",
        caption_justify="left",
    )


def facts(rows: Iterable[tuple[str, RenderableType | str]]) -> Table:
    """Lay out what is the case, a row each with its name before it."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, style="bold")
    grid.add_column(overflow="fold")
    for name, what in rows:
        grid.add_row(name, what)
    return grid


def to_do(what: str) -> Text:
    """Say what to do about the line above."""
    return Text(f"  To do: {what}")


def remedies(offered: Iterable[Remedy]) -> Iterator[Text]:
    """Say each way out, and its command where there is one."""
    for remedy in offered:
        yield Text.assemble((f"{visible(remedy.title)}: ", "bold"), visible(remedy.do))
        if remedy.command:
            yield command(visible(remedy.command))


def command(text: str) -> Text:
    """Show a command to be copied."""
    return Text(f"  {text}", style="cyan")


def print_all(out: Console, parts: Iterable[RenderableType]) -> None:
    """Print one part below the other; lines of text are not broken, so that they can be copied."""
    for part in parts:
        out.print(part, soft_wrap=isinstance(part, Text))


def moment(at: datetime) -> str:
    """Say when."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def named(who: Principal | None) -> str:
    """Name a caller as people know it."""
    if who is None:
        return "the app itself"
    name = visible(who.name or who.oid)
    return name if who.kind == "user" else f"{name} (application)"
