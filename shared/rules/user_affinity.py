"""Backups belong to a user, so the device needs one of its own."""

from collections.abc import Iterator

from msgspec import UNSET

from shared.domain.editions.sources import GRAPH, INTUNE_PAGE
from shared.domain.fixes import GIVE_A_USER
from shared.domain.rule import CAPABILITIES, Case, Finding, Reason, Rule, find

SHARED = Reason(
    code="shared_or_userless",
    kind="blocker",
    affects="verdict",
    says="The device is shared or has no user ({observed}); needed is {required}.",
    fix=GIVE_A_USER,
)
UNKNOWN = Reason(
    code="unknown_user_affinity",
    kind="unknown",
    affects="verdict",
    says="Whether the device has a user of its own is not known ({observed}).",
    fix=GIVE_A_USER,
)
REQUIRED = "a primary user"


def _check(case: Case) -> Iterator[Finding]:
    facts = case.facts
    shared = []
    if facts.has_user is False:
        shared.append("no primary user")
    if facts.enrollment_type == "windowsBulkUserless":
        shared.append("enrolled as windowsBulkUserless")
    if facts.sku_number in case.edition.skus.multi_session:
        shared.append(f"multi-session Windows, SKU {facts.sku_number}")
    if shared:
        yield find(SHARED, "; ".join(shared), REQUIRED)
    elif facts.has_user is UNSET:
        yield find(UNKNOWN, "primary user not read", REQUIRED)
    elif facts.enrollment_type == "deviceEnrollmentManager":
        yield find(UNKNOWN, "enrolled by a device enrollment manager", REQUIRED)


RULE = Rule(
    id="user_affinity",
    order=40,
    title="The device has a user of its own",
    rationale="Settings are backed up for, and restored to, the user of a device. Shared, userless "
    "and multi-session devices have none; a device enrollment manager is usually not the one who "
    "works with the device.",
    remediation="Let the person who works with the device enrol it with their own account.",
    capabilities=CAPABILITIES,
    reasons=(SHARED, UNKNOWN),
    reads=("has_user", "enrollment_type", "sku_number"),
    sources=(INTUNE_PAGE, GRAPH),
    check=_check,
)
