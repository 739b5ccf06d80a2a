"""One setting of the tenant shows the restore page during setup."""

from collections.abc import Iterator

from shared.domain.editions.sources import INTUNE_PAGE
from shared.domain.fixes import LET_READ
from shared.domain.rule import Case, Finding, Fix, Reason, Rule, find

ENABLE = Fix(
    id="enable_tenant_restore",
    title="Turn the tenant's restore page on",
    steps="In Intune, open Devices > Enrollment > Windows > Windows Backup and Restore, and set "
    "Show restore page to On. It acts on every enrolment of the tenant from then on, and on "
    "devices already enrolled only when they enrol again.",
)
NOT_ENABLED = Reason(
    code="tenant_restore_not_enabled",
    kind="blocker",
    affects="ready",
    says="The tenant's restore page setting is {observed}; needed is {required}.",
    fix=ENABLE,
)
UNKNOWN = Reason(
    code="unknown_tenant_restore_state",
    kind="unknown",
    affects="ready",
    says="The tenant's restore page setting is not known ({observed}); needed is {required}.",
    fix=LET_READ,
)
WORDS = {"disabled": "disabled", "notConfigured": "not configured, which is off"}
REQUIRED = "enabled"


def _check(case: Case) -> Iterator[Finding]:
    state = case.tenant.restore_state
    if state in WORDS:
        yield find(NOT_ENABLED, WORDS[state], REQUIRED)
    elif state != "enabled":
        yield find(UNKNOWN, state, REQUIRED)


RULE = Rule(
    id="tenant_restore_setting",
    order=110,
    title="The tenant shows the restore page",
    rationale="The restore page is switched on for the whole tenant, and is off until somebody "
    "does. It cannot be scoped to a pilot, and acts at enrolment only.",
    remediation="Turn the restore page on in the Intune admin center.",
    capabilities=("restore",),
    reasons=(NOT_ENABLED, UNKNOWN),
    reads=("restore_state",),
    sources=(INTUNE_PAGE,),
    check=_check,
)
