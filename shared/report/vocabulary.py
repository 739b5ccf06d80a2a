"""Look-ups over the reasons of all rules, for reports and merges."""

from functools import cache

from shared.domain.digest import Severity
from shared.domain.rule import Fix
from shared.rules import all_rules


@cache
def fix_of_blocker() -> dict[str, Fix | None]:
    """Return the fix of each blocker, by reason code; None where nothing helps."""
    return {
        reason.code: reason.fix
        for rule in all_rules()
        for reason in rule.reasons
        if reason.kind == "blocker"
    }


@cache
def fixes() -> dict[str, Fix]:
    """Return every fix by its id."""
    return {
        reason.fix.id: reason.fix
        for rule in all_rules()
        for reason in rule.reasons
        if reason.fix is not None
    }


@cache
def blockers_by_unknown() -> dict[str, tuple[str, ...]]:
    """Return for each unknown's code the blockers its rule could have found, had it known."""
    return {
        unknown.code: tuple(r.code for r in rule.reasons if r.kind == "blocker")
        for rule in all_rules()
        for unknown in rule.reasons
        if unknown.kind == "unknown"
    }


@cache
def severities() -> dict[str, Severity]:
    """Return how grave each blocker is, by reason code: does it stop the verdict, or only ready?"""
    return {
        reason.code: "high" if reason.affects == "verdict" else "medium"
        for rule in all_rules()
        for reason in rule.reasons
        if reason.kind == "blocker"
    }
