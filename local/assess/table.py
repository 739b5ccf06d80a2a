"""The answers as a table for people, printed as it grows."""

from collections import Counter
from collections.abc import Iterator
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.assess.subject import Subject
from local.assess.visible import visible
from shared.domain.assessment import Assessment, Judgement
from shared.domain.rule import CAPABILITIES, Capability, Finding

BATCH = 100
"""Rows printed together; columns have fixed shares of the width, so batches line up."""

WIDE = 130
"""Columns from which the capabilities stand side by side, and no reason code is broken in two."""

NARROWEST_FILE = 140
"""Columns of a table that goes to a file or a pipe, where nobody knows the width."""

HEADINGS: dict[Capability, str] = {
    "backup": "Backup",
    "restore": "Restore at enrolment",
    "first_sign_in_restore": "Restore at first sign-in",
}
COLOURS = {"eligible": "green", "ineligible": "red", "unknown": "yellow"}


class TableAnswers:
    """A row a device: verdict and ready per capability, what blocks, and what is not known."""

    def __init__(self, out: TextIO) -> None:
        self._console = _Console(file=out, highlight=False, markup=False, emoji=False)
        if not self._console.is_terminal:
            self._console.width = max(self._console.width, NARROWEST_FILE)
        self._batch: list[tuple[Subject, Assessment]] = []
        self._headed = False
        self._devices = 0
        self._verdicts: Counter[tuple[Capability, str]] = Counter()
        self._ready: Counter[tuple[Capability, str]] = Counter()

    def write(self, subject: Subject, assessment: Assessment) -> None:
        """Add the row of one device."""
        self._devices += 1
        for capability in CAPABILITIES:
            judgement = assessment.of(capability)
            self._verdicts[capability, judgement.verdict] += 1
            self._ready[capability, judgement.ready] += 1
        self._batch.append((subject, assessment))
        if len(self._batch) == BATCH:
            self._print_batch()

    def close(self) -> None:
        """Print the remaining rows, and the counts under them."""
        self._print_batch()
        self._console.print(f"{self._devices} {'device' if self._devices == 1 else 'devices'}")
        for capability in CAPABILITIES:
            verdicts = _counts(self._verdicts, capability, ("eligible", "ineligible", "unknown"))
            ready = _counts(self._ready, capability, ("yes", "no", "unknown"))
            self._console.print(f"  {HEADINGS[capability]}: {verdicts}; ready: {ready}")

    def _print_batch(self) -> None:
        if not self._batch:
            return
        table = Table(
            box=None,
            expand=True,
            pad_edge=False,
            padding=(0, 2, 1, 0),
            show_header=not self._headed,
        )
        table.add_column("Device", ratio=3, overflow="fold")
        if self._console.width < WIDE:
            table.add_column("Capabilities", ratio=9, overflow="fold")
            for subject, assessment in self._batch:
                table.add_row(_who(subject), _below_each_other(assessment))
        else:
            for capability in CAPABILITIES:
                table.add_column(HEADINGS[capability], ratio=5, overflow="fold")
            for subject, assessment in self._batch:
                table.add_row(_who(subject), *(_what(assessment.of(c)) for c in CAPABILITIES))
        self._console.print(table)
        self._console.print()
        self._headed = True
        self._batch.clear()


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the command; rich would end the whole process here."""
        raise BrokenPipeError


def _who(subject: Subject) -> Text:
    who = Text(visible(subject.name))
    if subject.id != subject.name:
        who.append(f"\n{visible(subject.id)}", style="dim")
    return who


def _below_each_other(assessment: Assessment) -> Text:
    return Text("\n").join(
        Text(f"{HEADINGS[capability]}: ") + _what(assessment.of(capability))
        for capability in CAPABILITIES
    )


def _what(judgement: Judgement) -> Text:
    what = Text()
    what.append(judgement.verdict, style=f"bold {COLOURS[judgement.verdict]}")
    what.append(f", ready: {judgement.ready}")
    for line in _blocking(judgement.blockers):
        what.append(f"\n✗ {line}")
    if judgement.unknowns:
        what.append(f"\n? {_codes(judgement.unknowns)}", style="dim")
    if judgement.warnings:
        what.append(f"\n! {_codes(judgement.warnings)}", style="dim")
    return what


def _blocking(blockers: tuple[Finding, ...]) -> Iterator[str]:
    for finding in blockers:
        observed = f": {finding.observed}" if finding.observed is not None else ""
        required = f"; needs {finding.required}" if finding.required is not None else ""
        yield visible(f"{finding.reason}{observed}{required}")


def _codes(findings: tuple[Finding, ...]) -> str:
    return ", ".join(finding.reason for finding in findings)


def _counts(
    counted: Counter[tuple[Capability, str]], capability: Capability, words: tuple[str, ...]
) -> str:
    return ", ".join(f"{counted[capability, word]} {word}" for word in words)
