"""Older builds reach the restore page only by updating during setup."""

from collections.abc import Iterator

from shared.domain.builds import Build, parse
from shared.domain.editions.sources import INTUNE_PAGE, WINDOWS_PAGE
from shared.domain.editions.tables import Threshold
from shared.domain.fixes import LET_READ
from shared.domain.rule import Case, Finding, Fix, Reason, Rule, find

INSTALL_UPDATES_IN_SETUP = Fix(
    id="install_updates_in_setup",
    title="Install quality updates during setup",
    steps="In Intune, open Devices > Enrollment > Enrollment Status Page, and set Install Windows "
    "quality updates to Yes in the profile that applies to the device.",
)

NOT_ENABLED = Reason(
    code="quality_updates_not_enabled",
    kind="blocker",
    affects="ready",
    says="Quality updates during setup are {observed}; needed is {required}.",
    fix=INSTALL_UPDATES_IN_SETUP,
)
UNKNOWN = Reason(
    code="unknown_esp_quality_updates",
    kind="unknown",
    affects="ready",
    says="Whether quality updates are installed during setup is not known ({observed}); needed is "
    "{required}.",
    fix=LET_READ,
)
RECOMMENDED = Reason(
    code="quality_updates_recommended",
    kind="warning",
    affects="ready",
    says="Quality updates during setup are {observed}; recommended is {required}.",
    fix=INSTALL_UPDATES_IN_SETUP,
)
ON = "on in the enrollment status page that applies"
WORDS = {
    False: "off",
    "depends_on_filter": "the enrollment status page depends on an assignment filter",
}


def _check(case: Case) -> Iterator[Finding]:
    setting = case.facts.esp_quality_updates
    if setting is True:
        return
    observed = WORDS.get(setting, setting) if isinstance(setting, bool | str) else setting
    build = parse(case.facts.os_version)
    if case.capability == "first_sign_in_restore":
        newer_than = _crossed(case.edition.quality_updates_recommended_below, build)
        if setting is False and newer_than:
            yield find(RECOMMENDED, observed, f"{ON}, on builds older than {newer_than.month}")
        return
    needed_below = _crossed(case.edition.quality_updates_required_below, build)
    if needed_below:
        required = f"{ON}, on builds older than {needed_below.month}"
        yield find(NOT_ENABLED if setting is False else UNKNOWN, observed, required)
    elif setting is False:
        yield find(RECOMMENDED, observed, ON)


def _crossed(thresholds: tuple[Threshold, ...], build: Build | None) -> Threshold | None:
    """Return the threshold that the build lies below, if there is one of its branch."""
    if build is None or build.ubr is None:
        return None
    return next((t for t in thresholds if t.branch == build.branch and build.ubr < t.ubr), None)


RULE = Rule(
    id="quality_updates",
    order=90,
    title="Quality updates are installed during setup",
    rationale="A build older than July 2025 does not show the restore page until it is updated, so "
    "the enrollment status page has to install quality updates. On newer builds that is advice. "
    "For restore at first sign-in it is advice too, on builds older than March 2026. The untouched "
    "default enrollment status page has it off.",
    remediation="Set Install Windows quality updates to Yes in the enrollment status page that "
    "applies to the device, and assign the page to devices.",
    capabilities=("restore", "first_sign_in_restore"),
    reasons=(NOT_ENABLED, UNKNOWN, RECOMMENDED),
    reads=("esp_quality_updates", "os_version"),
    sources=(INTUNE_PAGE, WINDOWS_PAGE),
    check=_check,
)
