"""Findings that somebody has decided to live with, for a while."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from hashlib import blake2b
from itertools import count

from msgspec import Struct, json, structs

from shared.domain.fault import Fault
from shared.domain.known_device import DeviceRecord
from shared.domain.spelling import uncased, unknown

LONGEST_EXEMPTION = timedelta(days=366)
ANNOUNCED = timedelta(days=7)
"""How long before its end an exemption is announced."""

SCOPES = ("device", "category", "profile", "model")


class Exemption(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line of exemptions.jsonl. A scope that is left out is not asked about.

    `device` is an Intune id, name or serial; all scopes given must hold, and at least one is given:
    a reason that nobody at all wants to hear of is a matter of routes. `reason_code` is a blocker's
    code, None for every reason. It ends with the day `expires`, at most a year after `created`.
    """

    id: str
    reason_code: str | None
    owner: str
    why: str
    created: date
    expires: date
    device: str | None = None
    category: str | None = None
    profile: str | None = None
    model: str | None = None

    def scopes(self) -> dict[str, str]:
        """Return what it is limited to, by field."""
        given = {scope: getattr(self, scope) for scope in SCOPES}
        return {scope: value for scope, value in given.items() if value is not None}


def in_force(exemption: Exemption, today: date) -> bool:
    """Tell whether an exemption has not ended; days are those of UTC."""
    return today <= exemption.expires


def matches(exemption: Exemption, record: DeviceRecord, reason: str, today: date) -> bool:
    """Tell whether an exemption holds for a blocker of a device; the case of letters is no matter.

    What is not known of a device is in no scope.
    """
    return (
        in_force(exemption, today)
        and exemption.reason_code in (None, reason)
        and _is(exemption.device, record.id, record.name, record.serial)
        and _is(exemption.category, record.category)
        and _is(exemption.profile, record.profile)
        and _is(exemption.model, record.model)
    )


def expiring(exemptions: Iterable[Exemption], today: date) -> tuple[Exemption, ...]:
    """Return those that end within the time of announcement, the soonest first."""
    soon = (e for e in exemptions if in_force(e, today) and e.expires - today <= ANNOUNCED)
    return tuple(sorted(soon, key=lambda exemption: (exemption.expires, exemption.id)))


def faults(exemption: Exemption, reasons: Collection[str]) -> Iterator[Fault]:
    """Say what is wrong with an exemption; `reasons` are the codes of all blockers."""
    scopes = exemption.scopes()
    for field in ("id", "owner", "why", *scopes):
        if not getattr(exemption, field).strip():
            yield Fault(field, "is empty")
    if "*" in scopes.get("device", ""):
        yield Fault("device", "holds a *, but names are compared as they stand")
    if not scopes:
        yield Fault(
            "device",
            "is missing: name a device, category, profile or model; to keep a reason from"
            " everybody, use a route",
        )
    code = exemption.reason_code
    if code is not None and code not in reasons:
        yield Fault("reason_code", unknown(code, reasons))
    if exemption.expires < exemption.created:
        yield Fault("expires", f"is before created, {exemption.created}")
    latest = exemption.created + LONGEST_EXEMPTION
    if exemption.expires > latest:
        yield Fault("expires", f"is more than a year after created: {latest} at the latest")


def named(exemption: Exemption, others: Iterable[Exemption]) -> Exemption:
    """Give an exemption an id of eight characters that follows from what it says.

    Where another one has it, the next is taken; the very same exemption keeps its id.
    """
    taken = {other.id: other for other in others}
    bare = structs.replace(exemption, id="")
    hashes = (blake2b(json.encode((bare, n)), digest_size=4).hexdigest() for n in count())
    candidates = (structs.replace(bare, id=id) for id in hashes)
    return next(each for each in candidates if taken.get(each.id, each) == each)


def ended(exemption: Exemption, today: date, why: str | None = None) -> Exemption:
    """Let an exemption end with today, and keep why; one that ends by then stays as it is."""
    if exemption.expires <= today:
        return exemption
    note = f"ended on {today}" + (f": {why}" if why else "")
    return structs.replace(exemption, expires=today, why=f"{exemption.why} ({note})")


def _is(wanted: str | None, *found: str | None) -> bool:
    if wanted is None:
        return True
    return uncased(wanted) in {uncased(name) for name in found if name is not None}
