"""The simulated tenant: the fleet of a seed, and what changed since."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime

from msgspec import UNSET
from msgspec.structs import replace

from local.tenant.chance import key
from local.tenant.device import ATTRIBUTES, Device
from local.tenant.fleet import Fleet
from local.tenant.identifiers import INDEX_LIMIT, Identifiers
from local.tenant.membership import Membership
from local.tenant.scenarios import SCENARIOS, RestoreState, Scenario, Target

DEFAULT_SEED = 2026
DEFAULT_DAY = date(2026, 11, 22)
UNTOUCHED = "2025-03-26T00:08:25Z"
"""The date that every object a tenant was born with carries."""

SEEN_BY_ENTRA = {
    *("deviceName", "operatingSystem", "osVersion", "deviceEnrollmentType"),
    *("trustType", "profileType", "inEntra"),
}

Place = tuple[str, int]
"""Where a device stands in name order."""


def utc_now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


class SimulatedTenant:
    """One tenant; only devices that changed are held in memory.

    `entra_log` has the index of every device that changed for Entra, in order; `restore_state` and
    `restore_modified` are the restore setting.
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
        self.entra_log: list[int] = []
        self._clock = clock
        self._kinds: dict[str, Identifiers] = {}
        self._altered: dict[int, Device] = {}
        self._gone: set[int] = set()
        self._displaced: set[int] = set()
        self._moved: list[Place] = []

    @property
    def seed(self) -> int:
        """The seed everything is computed from."""
        return self.fleet.seed

    def now(self) -> str:
        """Return the time in Graph's form, in whole seconds."""
        return self._clock().strftime("%Y-%m-%dT%H:%M:%SZ")

    def guid(self, kind: str, name: str) -> str:
        """Return the GUID of an object of the scenario: a policy, a group, a profile."""
        identifiers = self._kinds.setdefault(kind, Identifiers(self.seed, kind))
        return identifiers.guid(key(name) % INDEX_LIMIT)

    def device(self, index: int) -> Device | None:
        """Return a device as it is now, None when it was deleted or never was."""
        if index in self._gone or not 0 <= index < self.count:
            return None
        return self._altered.get(index) or self.fleet.device(index)

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

        Raises KeyError when the device or a property does not exist.
        """
        before = self.device(index)
        if before is None:
            raise KeyError(f"device {index} does not exist")
        names = {**dict.fromkeys(absent, UNSET), **properties}
        names.setdefault("lastSyncDateTime", self.now())
        values = {ATTRIBUTES[name]: value for name, value in names.items()}
        if "skuNumber" in names:
            values["sku_in_lists"] = "same"
        after = replace(before, **values)
        self._place(before, after)
        self._altered[index] = after
        if SEEN_BY_ENTRA.intersection(names):
            self.entra_log.append(index)
        return after

    def rename(self, index: int, name: str) -> Device:
        """Give a device another name and leave all else as it is."""
        before = self.device(index)
        synced = {} if before is None else {"lastSyncDateTime": before.last_sync}
        return self.change(index, {"deviceName": name, **synced})

    def delete(self, index: int) -> None:
        """Delete a device from Intune and from Entra."""
        device = self.device(index)
        if device is None:
            raise KeyError(f"device {index} does not exist")
        if index in self._displaced:
            self._moved.remove((device.name, index))
        self._gone.add(index)
        self.entra_log.append(index)

    def add(self, properties: Mapping[str, object]) -> Device:
        """Add a device, which is like any of the fleet but for the properties given."""
        self.count += 1
        return self.change(self.count - 1, {"inEntra": True, **properties})

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
