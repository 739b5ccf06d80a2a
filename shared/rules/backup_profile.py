"""There is something to restore only where the user has a backup."""

from collections.abc import Iterator

from shared.domain.editions.sources import INTUNE_PAGE, WINDOWS_PAGE
from shared.domain.rule import Case, Finding, Fix, Reason, Rule, find

IMPORT = Fix(
    id="import_backup_profiles",
    title="Import the list of users who have a backup",
    steps="An application cannot read backup profiles. Export them as a Microsoft 365 Backup "
    "Administrator, and import the list here.",
)
BACK_UP_FIRST = Fix(
    id="back_up_first",
    title="Let the user's present device back up",
    steps="Enable backup for the device that the user works with, and wait for the first backup: "
    "it runs every eight days, or at once when the user starts it in the Windows Backup app.",
)
NONE_YET = Reason(
    code="no_backup_profile",
    kind="blocker",
    affects="ready",
    says="The user has {observed}; needed is {required}.",
    fix=BACK_UP_FIRST,
)
UNKNOWN = Reason(
    code="unknown_backup_profile",
    kind="unknown",
    affects="ready",
    says="Whether the user has a backup is not known ({observed}); needed is {required}.",
    fix=IMPORT,
)
REQUIRED = "at least one backup profile"


def _check(case: Case) -> Iterator[Finding]:
    has_profile = case.facts.has_backup_profile
    if has_profile is False:
        yield find(NONE_YET, "no backup profile", REQUIRED)
    elif has_profile is not True:
        yield find(UNKNOWN, has_profile, REQUIRED)


RULE = Rule(
    id="backup_profile",
    order=100,
    title="The user has a backup",
    rationale="Restoring takes at least one backup profile of the same user. No application "
    "permission can read it, so it is not known until an operator imports it.",
    remediation="Let the user's present device back up first, and import who has a backup.",
    capabilities=("restore", "first_sign_in_restore"),
    reasons=(NONE_YET, UNKNOWN),
    reads=("has_backup_profile",),
    sources=(INTUNE_PAGE, WINDOWS_PAGE),
    check=_check,
)
