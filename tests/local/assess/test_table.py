"""The table is readable, keeps its columns in line, and counts."""

import io
import re

import pytest

from local.assess.subject import Subject
from local.assess.table import BATCH, TableAnswers
from shared.domain.assessment import Assessment, Judgement
from shared.domain.facts import Facts, TenantFacts
from shared.domain.rule import Finding
from shared.rules import reasons

FINE = Judgement("eligible", "yes")
OLD = Judgement(
    "ineligible",
    "no",
    (
        Finding("os_build_too_old", "blocker", "verdict", "26100.1", "26100.4946"),
        Finding("unknown_cloud", "unknown", "verdict"),
        Finding("os_out_of_servicing", "warning", "verdict"),
    ),
)
ASSESSMENT = Assessment(OLD, FINE, Judgement("unknown", "unknown"))


def printed(*names: str) -> str:
    out = io.StringIO()
    table = TableAnswers(out)
    for name in names:
        table.write(Subject("line 1", f"id of {name}", name, Facts(), TenantFacts()), ASSESSMENT)
    table.close()
    return out.getvalue()


def test_a_row_tells_the_answers_and_what_stands_behind_them() -> None:
    shown = printed("PC-1")

    assert "ineligible, ready: no" in shown
    assert "✗ os_build_too_old: 26100.1; needs" in shown
    assert "? unknown_cloud" in shown
    assert "! os_out_of_servicing" in shown
    assert "id of PC-1" in shown


def test_the_footer_counts_verdicts_and_ready_per_capability() -> None:
    *_, devices, backup, restore, sign_in = printed("PC-1", "PC-2").splitlines()

    assert devices == "2 devices"
    assert backup.endswith("0 eligible, 2 ineligible, 0 unknown; ready: 0 yes, 2 no, 0 unknown")
    assert restore.endswith("2 eligible, 0 ineligible, 0 unknown; ready: 2 yes, 0 no, 0 unknown")
    assert sign_in.endswith("0 eligible, 0 ineligible, 2 unknown; ready: 0 yes, 0 no, 2 unknown")


def test_no_devices_are_counted_without_a_table() -> None:
    assert printed().splitlines()[0] == "0 devices"


def test_columns_stay_in_line_from_batch_to_batch_under_one_heading() -> None:
    names = [f"PC-{number}" + "x" * (number % 40) for number in range(2 * BATCH + 1)]
    shown = printed(*names).splitlines()

    assert sum("Restore at enrolment" in line for line in shown[:-3]) == 1
    assert len({line.index("ineligible") for line in shown[:-4] if "ineligible" in line}) == 1


def test_names_can_neither_colour_nor_reorder_nor_break_the_table() -> None:
    shown = printed("a\x1b[31m\u202eb\nc", "[bold]plain[/bold] :smile:")

    assert r"a\x1b[31m\u202eb\nc" in "".join(shown.split())
    assert "\x1b" not in shown
    assert "[bold]plain[/bold]" in shown
    assert ":smile:" in shown


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("width", [80, 100, 120, 129, 130, 160])
def test_no_reason_code_is_broken_in_two_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    codes = {(code, kind) for code, kind in reasons() if kind in ("blocker", "unknown")}
    every = tuple(Finding(code, kind, "verdict", "seen", "needed") for code, kind in codes)
    judgement = Judgement("ineligible", "no", every)
    out = Terminal()
    table = TableAnswers(out)

    table.write(
        Subject("line 1", "PC-1", "PC-1", Facts(), TenantFacts()),
        Assessment(judgement, judgement, judgement),
    )
    table.close()

    shown = re.sub(r"\x1b\[[\d;]*m", "", out.getvalue())
    assert max(map(len, shown.splitlines())) <= width
    words = re.findall(r"[a-z_]+", shown)
    assert {code: words.count(code) for code, _ in codes if words.count(code) < 3} == {}
