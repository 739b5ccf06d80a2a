"""Restore at first sign-in is switched on by a policy that reaches the device."""

from collections.abc import Iterator

from shared.domain.editions.sources import WINDOWS_PAGE
from shared.domain.fixes import LET_READ
from shared.domain.policy_words import in_words
from shared.domain.rule import Case, Finding, Fix, Reason, Rule, find

ASSIGN = Fix(
    id="assign_first_sign_in_policy",
    title="Assign a policy that enables restore at first sign-in",
    steps="In Intune, create a settings catalog policy with Windows Backup And Restore > Enable "
    "Windows Restore set to enabled, and assign it to the device.",
)
NOT_ENABLED = Reason(
    code="first_sign_in_policy_not_enabled",
    kind="blocker",
    affects="ready",
    says="The policy for restore at first sign-in is {observed}; needed is {required}.",
    fix=ASSIGN,
)
UNKNOWN = Reason(
    code="unknown_first_sign_in_policy",
    kind="unknown",
    affects="ready",
    says="The policy for restore at first sign-in is not known ({observed}); needed is {required}.",
    fix=LET_READ,
)
REQUIRED = "enabled"


def _check(case: Case) -> Iterator[Finding]:
    policy = case.facts.first_sign_in_policy
    if policy in ("disabled", "notConfigured"):
        yield find(NOT_ENABLED, in_words(policy), REQUIRED)
    elif policy != "enabled":
        yield find(UNKNOWN, in_words(policy), REQUIRED)


RULE = Rule(
    id="first_sign_in_policy",
    order=120,
    title="A policy enables restore at first sign-in",
    rationale="Restore at first sign-in is off until the setting EnableWindowsRestore reaches the "
    "device. The tenant's restore page setting plays no part in it.",
    remediation="Assign a settings catalog policy that enables Windows Restore.",
    capabilities=("first_sign_in_restore",),
    reasons=(NOT_ENABLED, UNKNOWN),
    reads=("first_sign_in_policy",),
    sources=(WINDOWS_PAGE,),
    check=_check,
)
