"""Makes exported devices into subjects, and says what the export could not tell."""

from collections.abc import Iterable, Iterator

from msgspec import UNSET

from local.assess.subject import Found, Note, Subject, Unread
from local.assess.tenant_file import Given, completed
from shared.domain.reach import Reached, facts_of

TOLD = {
    "operating_system": "operating system (operatingSystem)",
    "os_version": "OS version (osVersion)",
    "join_type": "join type (joinType)",
    "trust_type": "trust type (trustType)",
    "sku_number": "SKU number (skuNumber)",
    "sku_family": "SKU family (skuFamily)",
    "enrollment_type": "enrolment type (deviceEnrollmentType)",
    "management_agent": "management agent (managementAgent)",
    "autopilot_enrolled": "Autopilot enrolment (autopilotEnrolled)",
    "user_name": "primary user (userPrincipalName)",
    "manufacturer": "manufacturer (manufacturer)",
    "model": "model (model)",
}
"""The properties of a device that rules depend on, for people."""


def subjects_of(
    found: Iterable[Found | Unread | Note], given: Given
) -> Iterator[Subject | Unread | Note]:
    """Complete each device by what was given; at the end, note what stayed unknown for all."""
    untold = dict(TOLD)
    any_device = False
    for item in found:
        if not isinstance(item, Found):
            yield item
            continue
        any_device = True
        device = item.device
        untold = {name: words for name, words in untold.items() if getattr(device, name) is UNSET}
        yield Subject(
            where=item.where,
            id=device.id or device.device_name or item.where,
            name=device.device_name or device.id or item.where,
            facts=completed(facts_of(device, Reached()), given.reaching),
            tenant=given.tenant,
        )
    if any_device:
        if given.reaching.has_backup_profile is UNSET:
            untold["profile"] = "the user's backup profile (hasBackupProfile)"
        yield Note(_cannot_tell(untold.values()))
        if given == Given():
            yield Note(
                "No tenant facts were given: cloud, restore setting and policies count as unknown."
                " Give them with --tenant FACTS.json."
            )


def _cannot_tell(untold: Iterable[str]) -> str:
    silent = ", ".join([*untold, "Autopilot history"])
    return (
        f"This export does not tell: {silent}. What depends on them is answered 'unknown'."
        " The nightly sweep reads all but the backup profile from Graph."
    )
