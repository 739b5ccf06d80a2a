"""Rows of the merge's tables, as fold_sql.py and merge_sql.py lay them out."""

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from shared.domain.assessment import Assessment
from shared.domain.known_device import KnownDevice
from shared.domain.rule import CAPABILITIES
from shared.domain.transitions import held_reasons, open_reasons


def assessment_row(
    key: str, assessment: Assessment, rule_blockers: Mapping[str, tuple[str, ...]]
) -> list[Any]:
    """Write an assessment's answers, and the reasons that it opens and holds."""
    answers: list[Any] = []
    for capability in CAPABILITIES:
        judgement = assessment.of(capability)
        answers += [judgement.verdict, judgement.ready, [f.reason for f in judgement.blockers]]
    return [
        key,
        *answers,
        [{"capability": c, "reason": r} for c, r in open_reasons(assessment)],
        [{"capability": c, "reason": r} for c, r in held_reasons(assessment, rule_blockers)],
    ]


def overlay_row(device: KnownDevice, assessment: str) -> list[Any]:
    """Write an overlay's entry, its assessment by key."""
    return [
        *structs.astuple(device.record),
        assessment,
        device.history.open,
        device.history.cleared,
        device.read_at,
        device.gone,
        device.succeeded_by,
        device.succeeds,
        device.transitions,
    ]
