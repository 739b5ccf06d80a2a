"""What changed for a device between two assessments, reason by reason."""

from collections.abc import Mapping

from shared.domain.assessment import Assessment
from shared.domain.rule import CAPABILITIES, Capability


def open_reasons(assessment: Assessment) -> list[tuple[Capability, str]]:
    """List the open blockers as (capability, reason), in order."""
    return [
        (capability, finding.reason)
        for capability in CAPABILITIES
        for finding in assessment.of(capability).blockers
    ]


def held_reasons(
    assessment: Assessment, rule_blockers: Mapping[str, tuple[str, ...]]
) -> list[tuple[Capability, str]]:
    """List the blockers whose absence proves nothing, because their rule could not decide.

    `rule_blockers` gives for each unknown's code the blocker codes of the same rule. A blocker
    that was open and is listed here stays open until its rule can answer again: a fact that Graph
    failed to give today must not read as "all clear".
    """
    return [
        (capability, blocker)
        for capability in CAPABILITIES
        for blocker in sorted(_undecided(assessment, capability, rule_blockers))
    ]


def _undecided(
    assessment: Assessment, capability: Capability, rule_blockers: Mapping[str, tuple[str, ...]]
) -> set[str]:
    judgement = assessment.of(capability)
    undecided = {b for f in judgement.unknowns for b in rule_blockers.get(f.reason, ())}
    return undecided - {f.reason for f in judgement.blockers}
