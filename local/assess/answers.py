"""The answers as JSON lines and as CSV, written as they come."""

import csv
from collections.abc import Sequence
from typing import Protocol, TextIO

import msgspec

from local.assess.subject import Subject
from local.assess.visible import cell
from shared.domain.assessment import Assessment, Judgement
from shared.domain.rule import CAPABILITIES, Finding


class Answers(Protocol):
    """Where answers go, one device at a time; `close` says what is to be said at the end."""

    def write(self, subject: Subject, assessment: Assessment) -> None:
        """Write the answer for one device."""
        ...

    def close(self) -> None:
        """Write what comes after the last device."""
        ...


class JsonAnswers:
    """One JSON line a device, in the shape of the design's section on the assess command."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, subject: Subject, assessment: Assessment) -> None:
        """Write the line of one device."""
        judged = {capability: _judged(assessment.of(capability)) for capability in CAPABILITIES}
        line = msgspec.json.encode({"id": subject.id, "capabilities": judged})
        self._out.write(line.decode() + "\n")

    def close(self) -> None:
        """Write nothing: every line stands for itself."""


class CsvAnswers:
    """One row a device, reason codes separated by spaces, safe to open in a spreadsheet."""

    PARTS = ("verdict", "ready", "blockers", "unknowns", "warnings")

    def __init__(self, out: TextIO) -> None:
        self._rows = csv.writer(out, lineterminator="\n")
        self._rows.writerow(
            ["id", "name", *(f"{c}_{part}" for c in CAPABILITIES for part in self.PARTS)]
        )

    def write(self, subject: Subject, assessment: Assessment) -> None:
        """Write the row of one device."""
        row = [subject.id, subject.name]
        for capability in CAPABILITIES:
            judgement = assessment.of(capability)
            row += [judgement.verdict, judgement.ready]
            row += [
                _codes(judgement.blockers),
                _codes(judgement.unknowns),
                _codes(judgement.warnings),
            ]
        self._rows.writerow([cell(value) for value in row])

    def close(self) -> None:
        """Write nothing: every row stands for itself."""


def _judged(judgement: Judgement) -> dict[str, object]:
    return {
        "verdict": judgement.verdict,
        "ready": judgement.ready,
        "blockers": [_said(finding) for finding in judgement.blockers],
        "unknowns": [_said(finding) for finding in judgement.unknowns],
        "warnings": [_said(finding) for finding in judgement.warnings],
    }


def _said(finding: Finding) -> dict[str, str | None]:
    return {
        "reason": finding.reason,
        "observed": finding.observed,
        "required": finding.required,
        "affects": finding.affects,
    }


def _codes(findings: Sequence[Finding]) -> str:
    return " ".join(finding.reason for finding in findings)
