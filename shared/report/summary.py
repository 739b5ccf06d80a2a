"""The summary of a sweep: the figures an administrator reads first."""

from collections import Counter
from datetime import date, datetime

from msgspec import Struct

from shared.domain.assessment import Assessment, Judgement
from shared.domain.gates import BackupReach
from shared.domain.rule import CAPABILITIES, Capability, Kind, Question
from shared.domain.sweep import Merged, Sweep, Tally, Throttling
from shared.report.backup_reach import backup_reach
from shared.report.tenant_findings import TenantFinding, tenant_findings
from shared.report.unlock import Unlock, unlocks
from shared.report.vocabulary import fix_of_blocker


class ReasonCount(Struct, frozen=True):
    """How many devices a reason concerns."""

    reason: str
    affects: Question
    devices: int


class CapabilitySummary(Struct, frozen=True):
    """The fleet as one capability sees it; all figures are devices."""

    capability: Capability
    eligible: int
    ineligible: int
    unknown: int
    ready: int
    not_ready: int
    ready_unknown: int
    blockers: tuple[ReasonCount, ...]
    unknowns: tuple[ReasonCount, ...]
    warnings: tuple[ReasonCount, ...]
    unlock: tuple[Unlock, ...]


class Summary(Struct, frozen=True):
    """snapshots/{id}/summary.json.

    `backup_reach` is None in the summaries of sweeps before it was counted.
    """

    sweep: str
    started: datetime
    as_of: date
    edition: str
    previous: str | None
    devices: int
    capabilities: tuple[CapabilitySummary, ...]
    tenant_findings: tuple[TenantFinding, ...]
    transitions: tuple[Tally, ...] = ()
    new_devices: int = 0
    gone_devices: int = 0
    re_enrolled_devices: int = 0
    kept_unverified: int = 0
    duplicates: int = 0
    unreadable: int = 0
    unreadable_examples: tuple[str, ...] = ()
    other_platforms: int = 0
    distinct_assessments: int = 0
    pages: int = 0
    cost: Throttling = Throttling()
    backup_reach: BackupReach | None = None

    @property
    def baseline(self) -> bool:
        """Whether this was the first sweep, with nothing to compare to."""
        return self.previous is None


class TrendPoint(Struct, frozen=True):
    """trend/{date}.json: one day in a chart."""

    day: date
    sweep: str
    devices: int
    eligible: dict[str, int]
    ready: dict[str, int]


def summarise(sweep: Sweep, merged: Merged, previous: str | None) -> Summary:
    """Count a merged sweep, from its distinct assessments and their numbers of devices."""
    counted = [(merged.assessments[key], devices) for key, devices in merged.per_assessment.items()]
    return Summary(
        sweep=sweep.id,
        started=sweep.started,
        as_of=sweep.as_of,
        edition=sweep.edition,
        previous=previous,
        devices=merged.devices,
        capabilities=tuple(_capability(capability, counted) for capability in CAPABILITIES),
        tenant_findings=tenant_findings(sweep.reading),
        transitions=merged.tallies,
        new_devices=merged.new_devices,
        gone_devices=merged.gone_devices,
        re_enrolled_devices=merged.re_enrolled_devices,
        kept_unverified=merged.kept_unverified,
        duplicates=merged.duplicates,
        unreadable=merged.unreadable,
        unreadable_examples=merged.unreadable_examples,
        other_platforms=merged.other_platforms,
        distinct_assessments=len(merged.per_assessment),
        pages=merged.pages,
        cost=merged.cost,
        backup_reach=backup_reach(counted),
    )


def trend_point(summary: Summary) -> TrendPoint:
    """Reduce a summary to the figures a trend shows."""
    return TrendPoint(
        day=summary.as_of,
        sweep=summary.sweep,
        devices=summary.devices,
        eligible={c.capability: c.eligible for c in summary.capabilities},
        ready={c.capability: c.ready for c in summary.capabilities},
    )


def _capability(capability: Capability, counted: list[tuple[Assessment, int]]) -> CapabilitySummary:
    judgements = [(assessment.of(capability), devices) for assessment, devices in counted]
    verdicts: Counter[str] = Counter()
    ready: Counter[str] = Counter()
    for judgement, devices in judgements:
        verdicts[judgement.verdict] += devices
        ready[judgement.ready] += devices
    return CapabilitySummary(
        capability=capability,
        eligible=verdicts["eligible"],
        ineligible=verdicts["ineligible"],
        unknown=verdicts["unknown"],
        ready=ready["yes"],
        not_ready=ready["no"],
        ready_unknown=ready["unknown"],
        blockers=_reasons(judgements, "blocker"),
        unknowns=_reasons(judgements, "unknown"),
        warnings=_reasons(judgements, "warning"),
        unlock=unlocks(judgements, fix_of_blocker()),
    )


def _reasons(judgements: list[tuple[Judgement, int]], kind: Kind) -> tuple[ReasonCount, ...]:
    counts: Counter[tuple[str, Question]] = Counter()
    for judgement, devices in judgements:
        # A reason counts once a device, however many findings carry it.
        for reason in {(f.reason, f.affects) for f in judgement.findings if f.kind == kind}:
            counts[reason] += devices
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(ReasonCount(reason, affects, n) for (reason, affects), n in ranked)
