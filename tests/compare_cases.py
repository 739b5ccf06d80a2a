"""Compares the JSON answers of the assess command with what the eligibility cases expect.

python tests/compare_cases.py ../shared/cases/eligibility.jsonl answers.jsonl
"""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any


def differences(cases: Iterable[str], answers: Iterable[str]) -> Iterator[str]:
    """Name every difference; a capability that a case does not expect anything of is not judged."""
    answered: dict[str, Any] = {}
    for line in answers:
        answer = json.loads(line)
        if answer["id"] in answered:
            yield f"{answer['id']}: answered twice"
        answered[answer["id"]] = answer["capabilities"]
    for line in cases:
        case = json.loads(line)
        capabilities = answered.pop(case["id"], None)
        if capabilities is None:
            yield f"{case['id']}: not answered"
            continue
        for capability, expected in case["expected"].items():
            for difference in _of_capability(expected, capabilities[capability]):
                yield f"{case['id']} {capability}: {difference}"
    for unasked in answered:
        yield f"{unasked}: answered, and is no case"


def _of_capability(expected: dict[str, Any], answer: dict[str, Any]) -> Iterator[str]:
    for part in ("verdict", "ready"):
        if answer[part] != expected[part]:
            yield f"{part} is {answer[part]}, expected {expected[part]}"
    blockers = _reasons(answer, "blockers")
    musts = [set(must.split("|")) for must in expected["blockers_must"]]
    for must in musts:
        if not must & blockers:
            yield f"blocker {' or '.join(sorted(must))} is missing"
    for blocker in sorted(blockers.difference(expected["blockers_may"], *musts)):
        yield f"blocker {blocker} is not expected"
    for unknown in sorted(set(expected["unknowns"]) - _reasons(answer, "unknowns")):
        yield f"unknown {unknown} is missing"
    warnings = _reasons(answer, "warnings")
    for warning in sorted(set(expected["warnings_must"]) - warnings):
        yield f"warning {warning} is missing"
    for warning in sorted(set(expected["warnings_must_not"]) & warnings):
        yield f"warning {warning} must not be there"


def _reasons(answer: dict[str, Any], part: str) -> set[str]:
    return {finding["reason"] for finding in answer[part]}


def _lines(name: str) -> list[str]:
    return [line for line in Path(name).read_text(encoding="utf-8").split("\n") if line.strip()]


def main(cases: str, answers: str) -> int:
    """Print each difference; the exit status is 1 if there is any."""
    expected, given = _lines(cases), _lines(answers)
    found = list(differences(expected, given))
    sys.stdout.writelines(f"{difference}\n" for difference in found)
    sys.stdout.write(f"{len(expected)} cases, {len(found)} differences\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
