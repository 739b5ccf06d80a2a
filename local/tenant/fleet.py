"""A fleet of any size of which no device is held: device i is computed from i."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache

from msgspec import UNSET

from local.tenant.archetypes import Archetype
from local.tenant.chance import key, mix
from local.tenant.device import ZERO_GUID, Device
from local.tenant.identifiers import Identifiers
from local.tenant.looks import Look, batches
from local.tenant.names import Names
from shared.domain.facts import Text

STRIDE = 1_000_003
"""A prime: as many consecutive devices as there are batches hold one of each batch."""

WAVE = 4
"""Batches that are rolled out together, and so are in the same groups."""

MORNING = 12 * 60
"""Minutes before the noon of its day since when no device of a fleet has synced."""

PROFILE_NAMES = {
    "user-driven": "AP-UserDriven",
    "pre-provisioned": "AP-PreProvisioned",
    "kiosk": "AP-Kiosk",
    "hybrid": "AP-Hybrid",
}


class Fleet:
    """The devices of a seed as they were before anything changed.

    `device(i)` works for any index; those from `devices` on are there for devices added later.
    """

    def __init__(self, seed: int, devices: int, today: date) -> None:
        self.seed, self.devices, self.today = seed, devices, today
        self.intune = Identifiers(seed, "intune")
        self.entra = Identifiers(seed, "entra")
        self.objects = Identifiers(seed, "object")
        self.users = Identifiers(seed, "user")
        self.autopilot = Identifiers(seed, "autopilot")
        self.events = Identifiers(seed, "event")
        self._names = Names(devices)
        self._batches = batches(seed)
        self._offset = key(seed, "batches")
        self._key = key(seed, "device")

    def name(self, index: int) -> str:
        """Return the name of a device, which ascends with the index."""
        return self._names.of(index, self._draw(index) >> 52)

    def batch(self, index: int) -> int:
        """Return the number of the batch of like devices that a device is from."""
        return (index * STRIDE + self._offset) % len(self._batches)

    def wave(self, index: int) -> int:
        """Return the number of the roll-out that a device came with."""
        return self.batch(index) // WAVE

    def look(self, index: int) -> Look:
        """Return the look of a device."""
        return self._batches[self.batch(index)]

    def device(self, index: int) -> Device:
        """Compute a device."""
        look, draw = self.look(index), self._draw(index)
        kind, sku, make = look.kind, look.sku, look.make
        user = user_index(index)
        return Device(
            index=index,
            entra_index=index,
            id=self.intune.guid(index),
            name=self._names.of(index, draw >> 52),
            operating_system=kind.operating_system,
            os_version=look.version,
            join_type=kind.join_type,
            enrollment_type=kind.enrollment_type,
            agent=kind.agent,
            autopilot_enrolled=kind.autopilot,
            sku_number=sku.number,
            sku_family=sku.family,
            sku_in_lists=sku.in_lists,
            entra_device_id=self._entra_device_id(kind, index),
            user_id=self.users.guid(user) if kind.user in ("named", "absent") else "",
            user_name=_user_name(kind, user),
            serial_number=make.serial + self.intune.serial(index),
            manufacturer=make.manufacturer,
            model=make.model,
            category=kind.category,
            enrollment_profile=PROFILE_NAMES.get(kind.profile or "", ""),
            enrolled=_before(self.today, 1_440 * (31 + (draw >> 36) % 1_400)),
            last_sync=_before(self.today, MORNING + (draw >> 26) % 43_200),
            owner=kind.owner,
            chassis=make.chassis,
            architecture=make.architecture,
            in_entra=kind.registration != "deleted",
            trust_type=kind.trust_type,
            profile_type=kind.profile_type,
            autopilot_profile=kind.profile,
            autopilot_events=kind.events,
        )

    @property
    def last_syncs(self) -> str:
        """The time that no device of the fleet has synced after, the midnight its day began."""
        return _before(self.today, MORNING)

    def _draw(self, index: int) -> int:
        return mix(index ^ self._key)

    def _entra_device_id(self, kind: Archetype, index: int) -> str | None:
        if kind.registration == "null":
            return None
        return ZERO_GUID if kind.registration == "zero" else self.entra.guid(index)


def user_index(index: int) -> int:
    """Return whose device this is: every eighth device is its owner's second one."""
    return index - (index % 8 == 7)


def user_name(user: int) -> str:
    """Return the principal name of a user."""
    return f"user{user:07d}@contoso.example"


def _user_name(kind: Archetype, user: int) -> Text:
    if kind.user == "named":
        return user_name(user)
    if kind.user == "absent":
        return UNSET
    return "" if kind.user == "empty" else None


@lru_cache(maxsize=65_536)
def _before(today: date, minutes: int) -> str:
    return f"{(datetime.combine(today, time(12)) - timedelta(minutes=minutes)).isoformat()}Z"
