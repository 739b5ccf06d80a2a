"""Backup runs where a policy enables it, and from 26H2 by default outside the EU."""

from collections.abc import Iterator

from shared.domain.builds import parse
from shared.domain.editions.sources import INTUNE_PAGE, WINDOWS_PAGE
from shared.domain.fixes import LET_READ
from shared.domain.policy_words import in_words
from shared.domain.rule import Case, Finding, Fix, Reason, Rule, find, shown

ASSIGN = Fix(
    id="assign_backup_policy",
    title="Assign a policy that enables backup",
    steps="In Intune, create a settings catalog policy with Sync your settings > Enable Windows "
    "Backup set to enabled, and assign it to the device. Do not set it by Group Policy as well.",
)
NOT_ENABLED = Reason(
    code="backup_policy_not_enabled",
    kind="blocker",
    affects="ready",
    says="The backup policy is {observed}; needed is {required}.",
    fix=ASSIGN,
)
UNKNOWN = Reason(
    code="unknown_backup_policy",
    kind="unknown",
    affects="ready",
    says="Whether backup is switched on is not known ({observed}); needed is {required}.",
    fix=LET_READ,
)
ON_BY_DEFAULT = Reason(
    code="backup_on_by_default",
    kind="warning",
    affects="ready",
    says="The backup policy is {observed}, and from Windows 11 26H2 that means on; assign a policy "
    "to settle it either way.",
    fix=ASSIGN,
)
REQUIRED = "enabled"


def _check(case: Case) -> Iterator[Finding]:
    policy = case.facts.backup_policy
    if policy == "enabled":
        return
    if policy == "disabled":
        yield find(NOT_ENABLED, policy, REQUIRED)
    elif policy == "notConfigured":
        yield from _by_default(case)
    else:
        yield find(UNKNOWN, in_words(policy), REQUIRED)


def _by_default(case: Case) -> Iterator[Finding]:
    default = case.edition.backup_default
    build = parse(case.facts.os_version)
    region = case.tenant.region
    observed = in_words("notConfigured")
    before = build is not None and (build.branch < default.on_in or build.branch in default.off_in)
    if before or region == default.except_region:
        yield find(NOT_ENABLED, observed, REQUIRED)
    elif build is None or build.branch != default.on_in:
        version = shown(case.facts.os_version)
        yield find(UNKNOWN, f"{observed}, and the default of build {version} is open", REQUIRED)
    elif region == "non-DMA":
        yield find(ON_BY_DEFAULT, observed, REQUIRED)
    else:
        yield find(UNKNOWN, f"{observed}, region: {shown(region)}", REQUIRED)


RULE = Rule(
    id="backup_policy",
    order=130,
    title="A policy enables backup",
    rationale="Not configured means off below Windows 11 26H2, and in 26H1. From 26H2 it means on, "
    "except in regions of the EU Digital Markets Act; that exception is known at second hand. An "
    "explicit enabled or disabled always wins. Restore needs a backup profile and no such policy.",
    remediation="Assign a settings catalog policy that enables Windows Backup.",
    capabilities=("backup",),
    reasons=(NOT_ENABLED, UNKNOWN, ON_BY_DEFAULT),
    reads=("backup_policy", "os_version", "region"),
    sources=(INTUNE_PAGE, WINDOWS_PAGE),
    check=_check,
)
