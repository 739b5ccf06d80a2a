"""Goals and what was measured, on the terminal and in the README."""

import re
from collections.abc import Iterable, Sequence
from typing import Self

from msgspec import Struct
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

BEGIN = "<!-- benchmarks:begin -->"
END = "<!-- benchmarks:end -->"


class Measured(Struct, frozen=True):
    """One line of the table; `kept` is None where this machine could not measure it."""

    what: str
    goal: str
    measured: str
    kept: bool | None
    how: str

    @classmethod
    def at_most(cls, what: str, limit: float, value: float, unit: str, how: str) -> Self:
        """Hold a value against an upper limit in the same unit."""
        return cls(what, f"at most {limit:g}{unit}", f"{value:.2f}{unit}", value <= limit, how)

    @classmethod
    def times_as_fast(cls, what: str, least: float, ratio: float, how: str) -> Self:
        """Hold a ratio of speeds against a lower limit."""
        return cls(what, f"at least {least:g} x", f"{ratio:.3g} x", ratio >= least, how)

    @classmethod
    def skipped(cls, what: str, goal: str, reason: str) -> Self:
        """Say that something could not be measured here, and why."""
        return cls(what, goal, "not measured", None, reason)

    @property
    def verdict(self) -> str:
        """One word on the goal."""
        return {True: "kept", False: "MISSED", None: "skipped"}[self.kept]


def show(rows: Sequence[Measured], console: Console) -> None:
    """Print the table."""
    table = Table(box=box.SIMPLE_HEAD, title="Benchmarks", title_justify="left")
    table.add_column("measured side by side", ratio=3)
    table.add_column("goal", no_wrap=True)
    table.add_column("measured", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("how", ratio=4)
    styles = {True: "green", False: "bold red", None: "yellow"}
    for row in rows:
        verdict = Text(row.verdict, style=styles[row.kept])
        table.add_row(row.what, row.goal, row.measured, verdict, Text(row.how, style="dim"))
    console.print(table)


def markdown(rows: Iterable[Measured], machine: str) -> str:
    """Write the table for the README, and under it what it was measured on."""
    lines = ["| | goal | measured | | how |", "|---|---|---|---|---|"]
    lines += [
        f"| {row.what} | {row.goal} | {row.measured} | {row.verdict} | {row.how} |" for row in rows
    ]
    return "\n".join([*lines, "", machine])


def between_markers(text: str, table: str) -> str:
    """Put a table between the markers; text without them gets a section of its own at its end."""
    section = f"{BEGIN}\n{table}\n{END}"
    if BEGIN in text and END in text:
        marked = re.escape(BEGIN) + ".*?" + re.escape(END)
        return re.sub(marked, lambda _: section, text, count=1, flags=re.DOTALL)
    return f"{text.rstrip()}\n\n## Benchmarks\n\n{section}\n".lstrip()
