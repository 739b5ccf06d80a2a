"""Eligibility cases: how they are found, and how an assessment is compared with one."""

from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from local.assess.case_lines import DeviceCase, read_case
from shared.domain.assessment import Assessment, Judgement
from shared.domain.editions import DEFAULT_EDITION, EDITIONS
from shared.rules import all_rules
from shared.use_cases.assess import assess
from tests.builders import TODAY

ROOT = Path(__file__).parents[1]
OWN = ROOT / "tests" / "data" / "cases.jsonl"
SHARED = ROOT.parent / "shared" / "cases" / "eligibility.jsonl"


class Expected(Struct, forbid_unknown_fields=True):
    """What a case says of one capability; `a|b` among the blockers is either of them."""

    verdict: str
    ready: str
    blockers_must: list[str] = []
    blockers_may: list[str] = []
    unknowns: list[str] = []
    warnings_must: list[str] = []
    warnings_must_not: list[str] = []


class Known(Struct):
    """What is the tests' own in a case line; `ambiguous` is another acceptable reading."""

    expected: dict[str, Expected]
    why: str
    ambiguous: str | None = None


class KnownCase(Struct):
    """A device case with what is known of its answer."""

    case: DeviceCase
    known: Known

    def mismatches(self) -> list[str]:
        """Assess the case and say every way in which the answer is not the expected one."""
        assessment = assessment_of(self.case)
        return [
            f"{capability}: {mismatch}"
            for capability, expected in self.known.expected.items()
            for mismatch in mismatches(getattr(assessment, capability), expected)
        ]


def read_cases(path: Path) -> list[KnownCase]:
    """Read every case of a file; none where the file is absent."""
    if not path.exists():
        return []
    lines = path.read_bytes().splitlines()
    return [KnownCase(read_case(line), msgspec.json.decode(line, type=Known)) for line in lines]


def assessment_of(case: DeviceCase) -> Assessment:
    """Judge a case in its own edition and on its own day."""
    edition = EDITIONS[case.edition or DEFAULT_EDITION]
    return assess(case.facts, case.tenant, edition, case.as_of or TODAY)


def mismatches(judgement: Judgement, expected: Expected) -> list[str]:
    """Say every way in which a judgement is not the expected one."""
    blockers, unknowns, warnings = (
        {finding.reason for finding in findings}
        for findings in (judgement.blockers, judgement.unknowns, judgement.warnings)
    )
    either = [set(codes.split("|")) for codes in expected.blockers_must]
    allowed = set(expected.blockers_may).union(*either)
    return [
        *_differing("verdict", judgement.verdict, expected.verdict),
        *_differing("ready", judgement.ready, expected.ready),
        *(f"no blocker {'|'.join(sorted(one))}" for one in either if not one & blockers),
        *(f"blocker {code} is one too many" for code in sorted(blockers - allowed)),
        *_missing("unknown", expected.unknowns, unknowns),
        *_missing("warning", expected.warnings_must, warnings),
        *(f"warning {code} is wrong" for code in expected.warnings_must_not if code in warnings),
    ]


def vocabulary() -> set[str]:
    """Return every reason code there is."""
    return {reason.code for rule in all_rules() for reason in rule.reasons}


def _differing(name: str, got: str, expected: str) -> list[str]:
    return [] if got == expected else [f"{name} is {got}, not {expected}"]


def _missing(kind: str, expected: Iterable[str], got: set[str]) -> list[str]:
    return [f"no {kind} {code}" for code in expected if code not in got]
