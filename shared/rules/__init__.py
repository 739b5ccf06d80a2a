"""The rules: one requirement a file, and being in this folder is being registered."""

import pkgutil
from functools import cache
from importlib import import_module

from shared.domain.rule import Finding, Kind, Reason, Rule


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return every rule of this folder, in the order of reports."""
    modules = (
        import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)
    )
    rules: list[Rule] = [module.RULE for module in modules]
    return tuple(sorted(rules, key=lambda rule: rule.order))


@cache
def reasons() -> dict[tuple[str, Kind], Reason]:
    """Return the public vocabulary: each reason by its code and kind."""
    return {(reason.code, reason.kind): reason for rule in all_rules() for reason in rule.reasons}


@cache
def rules_by_reason() -> dict[tuple[str, Kind], Rule]:
    """Return the rule that each reason belongs to, by the reason's code and kind."""
    return {(reason.code, reason.kind): rule for rule in all_rules() for reason in rule.reasons}


def reason_of(finding: Finding) -> Reason:
    """Return the reason that a finding says holds. Raises KeyError for one that is not ours."""
    return reasons()[finding.reason, finding.kind]


def rule_of(finding: Finding) -> Rule:
    """Return the rule that made a finding. Raises KeyError for one that is not ours."""
    return rules_by_reason()[finding.reason, finding.kind]


def sentence(finding: Finding) -> str:
    """Say a finding in one sentence. Raises KeyError for one that is not ours."""
    return reason_of(finding).says.format(observed=finding.observed, required=finding.required)
