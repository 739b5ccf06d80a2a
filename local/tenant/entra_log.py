"""What Entra remembers of its changes: which object changed, and in what."""

from collections.abc import Iterable

from msgspec import Struct

_NAMES = {
    "deviceName": "displayName",
    "operatingSystem": "operatingSystem",
    "osVersion": "operatingSystemVersion",
    "deviceEnrollmentType": "enrollmentType",
    "trustType": "trustType",
    "profileType": "profileType",
}
"""Entra's names of the properties that it has of Intune's, or for itself."""

ENTRA_ONLY = frozenset({"trustType", "profileType", "inEntra"})
"""What changes without the device talking to Intune."""

MANAGEMENT = frozenset({"isManaged", "enrollmentType"})
"""What Intune writes to an Entra object when an enrolment begins or ends."""


class EntraChange(Struct, frozen=True):
    """One change of the object of a number; `names` None is an object that came or went."""

    entra_index: int
    names: frozenset[str] | None = None


def seen_by_entra(names: Iterable[str]) -> frozenset[str] | None:
    """Return what a change of a device's properties is for Entra: nothing, some of them, or all."""
    if "inEntra" in names:
        return None
    return frozenset(_NAMES[name] for name in names if name in _NAMES)
