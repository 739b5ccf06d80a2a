"""The answers as JSON lines and as CSV."""

import csv
import io
import json

from local.assess.answers import CsvAnswers, JsonAnswers
from local.assess.subject import Subject
from shared.domain.assessment import Assessment, Judgement
from shared.domain.facts import Facts, TenantFacts
from shared.domain.rule import Finding

ASSESSMENT = Assessment(
    Judgement(
        "ineligible",
        "no",
        (
            Finding("os_build_too_old", "blocker", "verdict", "26100.1", "26100.4946"),
            Finding("backup_policy_not_enabled", "blocker", "ready"),
            Finding("unknown_cloud", "unknown", "verdict"),
            Finding("os_out_of_servicing", "warning", "verdict", "out"),
        ),
    ),
    Judgement("eligible", "yes"),
    Judgement("unknown", "unknown"),
)


def subject(name: str) -> Subject:
    return Subject("line 1", "1", name, Facts(), TenantFacts())


def test_a_json_line_has_the_shape_of_the_design() -> None:
    out = io.StringIO()
    JsonAnswers(out).write(subject("PC-1"), ASSESSMENT)

    nothing: dict[str, list[str]] = {"blockers": [], "unknowns": [], "warnings": []}
    assert json.loads(out.getvalue()) == {
        "id": "1",
        "capabilities": {
            "backup": {
                "verdict": "ineligible",
                "ready": "no",
                "blockers": [
                    {
                        "reason": "os_build_too_old",
                        "observed": "26100.1",
                        "required": "26100.4946",
                        "affects": "verdict",
                    },
                    {
                        "reason": "backup_policy_not_enabled",
                        "observed": None,
                        "required": None,
                        "affects": "ready",
                    },
                ],
                "unknowns": [
                    {
                        "reason": "unknown_cloud",
                        "observed": None,
                        "required": None,
                        "affects": "verdict",
                    }
                ],
                "warnings": [
                    {
                        "reason": "os_out_of_servicing",
                        "observed": "out",
                        "required": None,
                        "affects": "verdict",
                    }
                ],
            },
            "restore": {"verdict": "eligible", "ready": "yes", **nothing},
            "first_sign_in_restore": {"verdict": "unknown", "ready": "unknown", **nothing},
        },
    }


def test_json_is_one_line_a_device_whatever_its_name() -> None:
    out = io.StringIO()
    answers = JsonAnswers(out)
    answers.write(Subject("line 1", "a\nb\u2028c", "", Facts(), TenantFacts()), ASSESSMENT)
    answers.write(subject("x"), ASSESSMENT)

    assert [json.loads(line)["id"] for line in out.getvalue().split("\n")[:-1]] == [
        "a\nb\u2028c",
        "1",
    ]


def test_a_csv_row_has_the_codes_of_each_capability() -> None:
    out = io.StringIO()
    CsvAnswers(out).write(subject("PC-1"), ASSESSMENT)

    (row,) = csv.DictReader(io.StringIO(out.getvalue()))
    assert row["id"] == "1"
    assert row["name"] == "PC-1"
    assert row["backup_blockers"] == "os_build_too_old backup_policy_not_enabled"
    assert row["backup_unknowns"] == "unknown_cloud"
    assert row["backup_warnings"] == "os_out_of_servicing"
    assert row["restore_verdict"] == "eligible"
    assert row["first_sign_in_restore_ready"] == "unknown"


def test_a_name_that_is_a_formula_is_text_in_the_csv() -> None:
    out = io.StringIO()
    CsvAnswers(out).write(subject('=HYPERLINK("http://x","y")'), ASSESSMENT)

    (row,) = csv.DictReader(io.StringIO(out.getvalue()))
    assert row["name"] == '\'=HYPERLINK("http://x","y")'
