"""What a sweep must tell, computed from the truth: no Graph, no pages, no cache, no merge."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from typing import TypeAlias

from msgspec import Struct

from local.tenant.truth import Truth
from shared.domain.assessment import Assessment, Judgement, judge
from shared.domain.editions import DEFAULT_EDITION, EDITIONS
from shared.domain.rule import CAPABILITIES, Capability, Finding
from shared.report.summary import CapabilitySummary, ReasonCount
from shared.rules import all_rules, rule_of
from tests.journeys.installation import Swept

Assessments: TypeAlias = dict[str, Assessment]
Blocker: TypeAlias = tuple[Capability, str]


class Figures(Struct, frozen=True):
    """What is counted for one capability; reasons are counted by code."""

    verdicts: dict[str, int]
    ready: dict[str, int]
    blockers: dict[str, int]
    unknowns: dict[str, int]
    warnings: dict[str, int]


class Transition(Struct, frozen=True):
    """One line of changes.parquet, without names and dates."""

    device: str
    capability: str
    reason: str
    transition: str
    cause: str


def judged(truth: Truth, as_of: date, edition: str = DEFAULT_EDITION) -> Assessments:
    """Judge each device by itself, by Intune id."""
    tenant, rules = truth.tenant, all_rules()
    return {
        device.id: judge(rules, facts, tenant, EDITIONS[edition], as_of)
        for device, facts in truth.devices()
    }


def expected(assessments: Assessments, capability: Capability) -> Figures:
    """Count what the summary has to say of a capability."""
    judgements = [assessment.of(capability) for assessment in assessments.values()]
    return Figures(
        verdicts=Counter(j.verdict for j in judgements),
        ready=Counter(j.ready for j in judgements),
        blockers=_counted(j.blockers for j in judgements),
        unknowns=_counted(j.unknowns for j in judgements),
        warnings=_counted(j.warnings for j in judgements),
    )


def told(summary: CapabilitySummary) -> Figures:
    """Read what a summary says, in the form of what is expected."""
    verdicts = {
        "eligible": summary.eligible,
        "ineligible": summary.ineligible,
        "unknown": summary.unknown,
    }
    ready = {"yes": summary.ready, "no": summary.not_ready, "unknown": summary.ready_unknown}
    return Figures(
        verdicts={name: devices for name, devices in verdicts.items() if devices},
        ready={name: devices for name, devices in ready.items() if devices},
        blockers=_by_code(summary.blockers),
        unknowns=_by_code(summary.unknowns),
        warnings=_by_code(summary.warnings),
    )


def assert_tells(swept: Swept, truth: Truth) -> None:
    """Hold a sweep against the truth: every device once, and every figure of the summary."""
    assessments = judged(truth, swept.summary.as_of)
    assert swept.devices.keys() == assessments.keys()
    assert swept.summary.devices == len(assessments)
    assert swept.summary.duplicates == 0
    assert [summary.capability for summary in swept.summary.capabilities] == list(CAPABILITIES)
    for summary in swept.summary.capabilities:
        assert told(summary) == expected(assessments, summary.capability)


def _counted(findings: Iterable[tuple[Finding, ...]]) -> Counter[str]:
    return Counter(code for device in findings for code in {f.reason for f in device})


def _by_code(reasons: tuple[ReasonCount, ...]) -> dict[str, int]:
    counts = {reason.reason: reason.devices for reason in reasons}
    assert len(counts) == len(reasons)
    return counts


class History:
    """Follows every blocker of every device through one sweep after the other."""

    def __init__(self, baseline: Assessments) -> None:
        self._open = {device: _open(a) for device, a in baseline.items()}
        self._cleared: defaultdict[str, set[Blocker]] = defaultdict(set)

    def then(self, assessments: Assessments) -> set[Transition]:
        """Tell what the next sweep has to report."""
        found: set[Transition] = set()
        for device in self._open.keys() | assessments.keys():
            found |= self._step(device, assessments.get(device))
        return found

    def _step(self, device: str, assessment: Assessment | None) -> set[Transition]:
        cause = "assessed" if device in self._open else "new_device"
        before = self._open.pop(device, set())
        if assessment is None:
            return {Transition(device, *blocker, "cleared", "gone") for blocker in before}
        still_held = before & _undecided(assessment)
        after = _open(assessment) | still_held
        cleared, opened = before - after, after - before
        known = self._cleared[device]
        told = {Transition(device, *blocker, "cleared", cause) for blocker in cleared}
        for blocker in opened:
            kind = "reopened" if blocker in known else "raised"
            told.add(Transition(device, *blocker, kind, cause))
        self._cleared[device] = (known | cleared) - opened
        self._open[device] = after
        return told


def _open(assessment: Assessment) -> set[Blocker]:
    return {(c, f.reason) for c, judgement in _judgements(assessment) for f in judgement.blockers}


def _undecided(assessment: Assessment) -> set[Blocker]:
    """Return the blockers of which a rule could not say whether they still hold."""
    return {
        (capability, reason.code)
        for capability, judgement in _judgements(assessment)
        for unknown in judgement.unknowns
        for reason in rule_of(unknown).reasons
        if reason.kind == "blocker"
    }


def _judgements(assessment: Assessment) -> Iterable[tuple[Capability, Judgement]]:
    return ((capability, assessment.of(capability)) for capability in CAPABILITIES)
