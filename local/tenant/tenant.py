"""The simulated tenant: the fleet of a seed, and what changed since."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime

from msgspec import UNSET
from msgspec.structs import replace

from local.tenant.chance import key
from local.tenant.device import ATTRIBUTES, Device
from local.tenant.entra_log import ENTRA_ONLY, MANAGEMENT, EntraChange, seen_by_entra
from local.tenant.fleet import Fleet
from local.tenant.identifiers import INDEX_LIMIT, Identifiers
from local.tenant.membership import Membership
from local.tenant.moments import in_seconds
from local.tenant.scenarios import SCENARIOS, RestoreState, Scenario, Target

DEFAULT_SEED = 2026
DEFAULT_DAY = date(2026, 11, 22)
UNTOUCHED = "2025-03-26T00:08:25Z"
"""The date that every object a tenant was born with carries."""

_ENTRAS = frozenset(ATTRIBUTES[name] for name in ENTRA_ONLY)

Place = tuple[str, int]
"""Where a device stands in name order."""


def utc_now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


class SimulatedTenant:
    """One tenant; only devices that changed are held in memory.

    `entra_log` has what changed for Entra, in order; `restore_state` and `restore_modified` are the
    restore setting; `modified` has when a status page was changed, by its key.
    """

    def __init__(
        self,
        *,
        seed: int = DEFAULT_SEED,
        devices: int = 2_000,
        scenario: str | Scenario = "typical",
        today: date = DEFAULT_DAY,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.fleet = Fleet(seed, devices, today)
        self.scenario = SCENARIOS[scenario] if isinstance(scenario, str) else scenario
        self.membership = Membership(self.fleet, self.scenario)
        self.count = devices
        self.restore_state: RestoreState = self.scenario.restore_state
        self.restore_modified = UNTOUCHED
        self.modified: dict[str, str] = {}
        self.entra_log: list[EntraChange] = []
        self.clock = clock
        self._kinds: dict[str, Identifiers] = {}
        self._altered: dict[int, Device] = {}
        self._gone: set[int] = set()
        self._displaced: set[int] = set()
        self._moved: list[Place] = []
        self._enrollments: dict[int, list[int]] = {}

    @property
    def seed(self) -> int:
        """The seed everything is computed from."""
        return self.fleet.seed

    def now(self) -> str:
        """Return the time in Graph's form, in whole seconds."""
        return in_seconds(self.clock())

    def guid(self, kind: str, name: str) -> str:
        """Return the GUID of an object of the scenario: a policy, a group, a profile."""
        identifiers = self._kinds.setdefault(kind, Identifiers(self.seed, kind))
        return identifiers.guid(key(name) % INDEX_LIMIT)

    def device(self, index: int) -> Device | None:
        """Return a device as it is now, None when it was deleted or never was."""
        if index in self._gone or not 0 <= index < self.count:
            return None
        return self._latest(index)

    def find(self, intune_id: str) -> Device | None:
        """Return a device by its Intune id."""
        index = self.fleet.intune.index(intune_id)
        return None if index is None else self.device(index)

    def devices(self, start: int = 0) -> Iterator[Device]:
        """Return the devices that are there, by index."""
        for index in range(start, self.count):
            device = self.device(index)
            if device is not None:
                yield device

    def altered(self) -> Iterator[Device]:
        """Return the devices that changed since the fleet was born and are there."""
        return (device for index, device in self._altered.items() if index not in self._gone)

    def registered(self, entra_index: int) -> Device | None:
        """Return the device as an Entra object shows it: its newest enrolment, even one that ended.

        None when there is no such object.
        """
        if not 0 <= entra_index < self.count:
            return None
        device = self._latest(self._sharing(entra_index)[-1])
        return device if device.in_entra and device.entra_index == entra_index else None

    def enrollments(self, entra_index: int) -> list[Device]:
        """Return the devices of Intune that belong to an Entra object, the newest last."""
        devices = map(self.device, self._sharing(entra_index))
        return [d for d in devices if d is not None and d.entra_index == entra_index]

    def is_superseded(self, device: Device) -> bool:
        """Tell whether a device was enrolled again since, and this is its old enrolment."""
        return self._sharing(device.entra_index)[-1] != device.index

    def by_name(self, after: Place | None = None) -> Iterator[Device]:
        """Return the devices in name order, those behind a place when one is given."""
        start = self._position(after) if after else 0
        for name, index in self._moved[bisect_right(self._moved, after) if after else 0 :]:
            stop = max(start, self._position((name, index)))
            yield from self._unmoved(start, stop)
            yield self._altered[index]
            start = stop
        yield from self._unmoved(start, self.count)

    def change(
        self, index: int, properties: Mapping[str, object], absent: Iterable[str] = ()
    ) -> Device:
        """Set properties of a device by Graph's names; those in `absent` are answered no more.

        The device syncs with it, unless only Entra has the properties. Those are the same for all
        enrolments of an Entra object. Raises KeyError when the device or a property does not exist.
        """
        before = self._there(index)
        names = {**dict.fromkeys(absent, UNSET), **properties}
        if not names or not ENTRA_ONLY.issuperset(names):
            names.setdefault("lastSyncDateTime", max(before.last_sync, self.now()))
        values = {ATTRIBUTES[name]: value for name, value in names.items()}
        if "skuNumber" in names:
            values["sku_in_lists"] = "same"
        after = replace(before, **values)
        self._place(before, after)
        self._altered[index] = after
        entras = {name: value for name, value in values.items() if name in _ENTRAS}
        for other in self._sharing(before.entra_index) if entras else ():
            self._altered[other] = replace(self._latest(other), **entras)
        seen = seen_by_entra(names)
        if seen is None or seen:
            self._log(before, after, seen)
        return after

    def rename(self, index: int, name: str) -> Device:
        """Give a device another name and leave all else as it is."""
        before = self.device(index)
        synced = {} if before is None else {"lastSyncDateTime": before.last_sync}
        return self.change(index, {"deviceName": name, **synced})

    def delete(self, index: int) -> None:
        """Delete a device from Intune and from Entra."""
        self.change(index, {"inEntra": False})
        self.retire(index)

    def retire(self, index: int) -> None:
        """Delete a device from Intune alone, which tells Entra that it manages it no longer."""
        device = self._there(index)
        if index in self._displaced:
            self._moved.remove((device.name, index))
        self._gone.add(index)
        self._log(device, device, MANAGEMENT)

    def add(self, properties: Mapping[str, object]) -> Device:
        """Add a device, which is like any of the fleet but for the properties given."""
        self.count += 1
        born = {"inEntra": True, "enrolledDateTime": self.now()}
        return self.change(self.count - 1, {**born, **properties})

    def enroll_again(self, index: int, *, beside: bool = False, rejoined: bool = False) -> Device:
        """Enrol a device again, under another Intune id and with the same serial number.

        Its Entra object stays, or is replaced by another one when it has `rejoined`. The old
        enrolment goes, unless the new one is `beside` it. Autopilot's events stay with the old one.
        """
        before, number = self._there(index), self.count
        self.count += 1
        after = replace(
            before,
            index=number,
            id=self.fleet.intune.guid(number),
            enrolled=self.now(),
            last_sync=max(before.last_sync, self.now()),
            autopilot_events=(),
        )
        if rejoined:
            after = replace(
                after,
                entra_index=number,
                entra_device_id=self.fleet.entra.guid(number),
                in_entra=True,
            )
        else:
            self._enrollments[before.entra_index] = [*self._sharing(before.entra_index), number]
        self._place(self.fleet.device(number), after)
        self._altered[number] = after
        self._log(after, after, None if rejoined else MANAGEMENT)
        if not beside:
            (self.delete if rejoined else self.retire)(index)
        return after

    def set_restore_state(self, state: RestoreState) -> None:
        """Set the restore setting, as an administrator would in the admin center."""
        self.restore_state, self.restore_modified = state, self.now()

    def assign(self, policy: str, targets: tuple[Target, ...]) -> None:
        """Assign a policy of the scenario to others than before. Raises KeyError for no policy."""
        if all(known.key != policy for known in self.scenario.policies):
            raise KeyError(f"policy {policy!r} does not exist")
        self.scenario = replace(
            self.scenario,
            policies=tuple(
                replace(known, targets=targets) if known.key == policy else known
                for known in self.scenario.policies
            ),
        )

    def set_quality_updates(self, page: str, value: bool) -> None:
        """Let a status page install quality updates, or not. Raises KeyError for no page."""
        pages = self.scenario.status_pages
        if all(known.key != page for known in pages):
            raise KeyError(f"status page {page!r} does not exist")
        self.scenario = replace(
            self.scenario,
            status_pages=tuple(
                replace(known, quality_updates=value) if known.key == page else known
                for known in pages
            ),
        )
        self.modified[page] = self.now()

    def _there(self, index: int) -> Device:
        device = self.device(index)
        if device is None:
            raise KeyError(f"device {index} does not exist")
        return device

    def _latest(self, index: int) -> Device:
        return self._altered.get(index) or self.fleet.device(index)

    def _sharing(self, entra_index: int) -> list[int]:
        return self._enrollments.get(entra_index, [entra_index])

    def _log(self, before: Device, after: Device, names: frozenset[str] | None) -> None:
        if before.in_entra or after.in_entra:
            self.entra_log.append(EntraChange(after.entra_index, names))

    def _place(self, before: Device, after: Device) -> None:
        if before.name == after.name:
            return
        if before.index in self._displaced:
            self._moved.remove((before.name, before.index))
        self._displaced.add(before.index)
        insort(self._moved, (after.name, after.index))

    def _position(self, place: Place) -> int:
        """Count the devices of the fleet that stand before or at a place by their first name."""
        position = bisect_left(range(self.count), place[0], key=self.fleet.name)
        at = position < self.count and (self.fleet.name(position), position) <= place
        return position + at

    def _unmoved(self, start: int, stop: int) -> Iterator[Device]:
        for index in range(start, stop):
            if index not in self._displaced:
                device = self.device(index)
                if device is not None:
                    yield device
