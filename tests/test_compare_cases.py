"""The script that compares answers with cases finds every kind of difference."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.compare_cases import differences, main


def case(**expected: Any) -> str:
    nothing: dict[str, Any] = {
        "verdict": "ineligible",
        "ready": "no",
        "blockers_must": [],
        "blockers_may": [],
        "unknowns": [],
        "warnings_must": [],
        "warnings_must_not": [],
    }
    return json.dumps({"id": "C", "expected": {"backup": nothing | expected}})


def answer(id_: str = "C", verdict: str = "ineligible", **parts: list[str]) -> str:
    findings = {
        part: [{"reason": reason} for reason in parts.get(part, [])]
        for part in ("blockers", "unknowns", "warnings")
    }
    judged = {"verdict": verdict, "ready": "no", **findings}
    return json.dumps({"id": id_, "capabilities": {"backup": judged, "restore": {}}})


def test_an_answer_as_expected_has_no_difference() -> None:
    expected = case(blockers_must=["a|b"], blockers_may=["c"], unknowns=["u"], warnings_must=["w"])

    given = answer(blockers=["b", "c"], unknowns=["u", "more"], warnings=["w", "more"])

    assert list(differences([expected], [given])) == []


@pytest.mark.parametrize(
    ("expected", "given", "difference"),
    [
        (case(), answer(verdict="eligible"), "verdict is eligible, expected ineligible"),
        (case(ready="yes"), answer(), "ready is no, expected yes"),
        (case(blockers_must=["a|b"]), answer(), "blocker a or b is missing"),
        (case(), answer(blockers=["a"]), "blocker a is not expected"),
        (case(unknowns=["u"]), answer(), "unknown u is missing"),
        (case(warnings_must=["w"]), answer(), "warning w is missing"),
        (case(warnings_must_not=["w"]), answer(warnings=["w"]), "warning w must not be there"),
    ],
)
def test_each_kind_of_difference_is_named(expected: str, given: str, difference: str) -> None:
    assert list(differences([expected], [given])) == [f"C backup: {difference}"]


def test_answers_that_are_missing_double_or_unasked_are_named() -> None:
    assert list(differences([case()], [])) == ["C: not answered"]
    assert list(differences([case()], [answer(), answer()])) == ["C: answered twice"]
    assert list(differences([], [answer("D")])) == ["D: answered, and is no case"]


def test_the_exit_status_is_1_on_any_difference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cases").write_text(case() + "\n", encoding="utf-8")
    (tmp_path / "good").write_text(answer() + "\n", encoding="utf-8")
    (tmp_path / "bad").write_text(answer(blockers=["x"]) + "\n", encoding="utf-8")

    assert main(str(tmp_path / "cases"), str(tmp_path / "good")) == 0
    assert main(str(tmp_path / "cases"), str(tmp_path / "bad")) == 1
    assert "C backup: blocker x is not expected" in capsys.readouterr().out
