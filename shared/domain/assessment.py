"""What the rules together say of one device, capability by capability."""

from collections.abc import Iterable
from datetime import date
from typing import Literal, TypeAlias

from msgspec import Struct

from shared.domain.editions import Edition
from shared.domain.facts import Facts, TenantFacts
from shared.domain.rule import CAPABILITIES, Capability, Case, Finding, Question, Rule

Verdict: TypeAlias = Literal["eligible", "ineligible", "unknown"]
Ready: TypeAlias = Literal["yes", "no", "unknown"]


class Judgement(Struct, frozen=True):
    """The two answers for one capability, and every finding behind them."""

    verdict: Verdict
    ready: Ready
    findings: tuple[Finding, ...] = ()

    @property
    def blockers(self) -> tuple[Finding, ...]:
        """What stands in the way, of the verdict or of ready."""
        return tuple(f for f in self.findings if f.kind == "blocker")

    @property
    def unknowns(self) -> tuple[Finding, ...]:
        """Required facts that were not read or did not answer."""
        return tuple(f for f in self.findings if f.kind == "unknown")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What is worth knowing and blocks nothing."""
        return tuple(f for f in self.findings if f.kind == "warning")


class Assessment(Struct, frozen=True, cache_hash=True):
    """All of one device: a judgement per capability."""

    backup: Judgement
    restore: Judgement
    first_sign_in_restore: Judgement

    def of(self, capability: Capability) -> Judgement:
        """Return the judgement for one capability."""
        judgement: Judgement = getattr(self, capability)
        return judgement


def judge(
    rules: Iterable[Rule],
    facts: Facts,
    tenant: TenantFacts,
    edition: Edition,
    as_of: date,
    *,
    strict_servicing: bool = False,
) -> Assessment:
    """Ask every rule about every capability it speaks of, listing all findings.

    Rules are asked in the order given.
    """
    asked = tuple(rules)
    return Assessment(
        *(
            _judgement(asked, Case(facts, tenant, capability, edition, as_of, strict_servicing))
            for capability in CAPABILITIES
        )
    )


def _judgement(rules: tuple[Rule, ...], case: Case) -> Judgement:
    findings: list[Finding] = []
    for rule in rules:
        if case.capability not in rule.capabilities:
            continue
        found = tuple(rule.check(case))
        if rule.decisive and any(f.kind == "blocker" for f in found):
            findings = list(found)
            break
        findings += found
    return Judgement(_verdict(findings), _ready(findings), tuple(findings))


def _holds(findings: Iterable[Finding], kind: str, questions: tuple[Question, ...]) -> bool:
    return any(f.kind == kind and f.affects in questions for f in findings)


def _verdict(findings: list[Finding]) -> Verdict:
    if _holds(findings, "blocker", ("verdict",)):
        return "ineligible"
    if _holds(findings, "unknown", ("verdict",)):
        return "unknown"
    return "eligible"


def _ready(findings: list[Finding]) -> Ready:
    if _holds(findings, "blocker", ("verdict", "ready")):
        return "no"
    if _holds(findings, "unknown", ("verdict", "ready")):
        return "unknown"
    return "yes"
