"""A small fleet that changes while it is looked at, and what has to come of looking at it."""

from collections.abc import Mapping
from datetime import timedelta

from msgspec import structs

from shared.domain.history import Reason, Transition
from shared.domain.known_device import KnownDevice
from shared.domain.managed_device import ManagedDevice
from shared.messages import DeviceChanges
from shared.ports import DevicePage
from tests.fakes import FakeDevices
from tests.use_cases.unruly_host import PASSING, Delivery, UnrulyHost
from tests.world import LAST_NIGHT, pc

BUILDS = ("10.0.26100.9550", "10.0.19045.1", "10.0.26100.4945", None)
TRUSTS = ("AzureAd", "ServerAd", "Workplace")
MACHINES = 4


class LivingDevices(FakeDevices):
    """Lists what is there at the moment, two devices a page, in the order of their ids."""

    async def page(self, cursor: str | None) -> DevicePage:
        await self._calls("devices.page")
        following = [d for id, d in sorted(self.known.items()) if cursor is None or id > cursor]
        more = str(following[1].id) if len(following) > 2 else None
        return DevicePage(following[:2], more)


class LivingFleet(UnrulyHost):
    """A host whose tenant changes. A machine keeps its number, whatever Intune calls it.

    A change is hinted at once nothing is under way any more that began before it: polls lie
    further apart than a message takes.
    """

    def __init__(self) -> None:
        super().__init__(PASSING)
        self.fleet = LivingDevices(self.calls)
        self.world.devices = self.fleet
        self.names: dict[str, int] = {}
        self._hints: list[tuple[list[object], DeviceChanges]] = []
        self._alive: dict[int, str] = {}
        self._gone: dict[int, ManagedDevice] = {}

    async def settled(self) -> None:
        """Let last night's sweep have found all machines."""
        for machine in range(MACHINES):
            build = BUILDS[machine % len(BUILDS)]
            self._appear(machine, f"{machine}.0", os_version=build, entra_device_id=f"e{machine}")
        await self.world.committed(self.fleet.known.values())
        self._hints.clear()
        self.started = self.open_now()

    def change(self, choice: int) -> None:
        """Change one machine in one of the ways in which machines change."""
        how, machine = divmod(choice, MACHINES)
        how, which = how % 8, how // 8
        if machine not in self._alive:
            self._return(machine, own=which % 2 == 0)
        elif how < 3:
            self._alter(machine, os_version=BUILDS[which % len(BUILDS)], last_sync=self._sync())
        elif how < 5:
            self._alter(machine, join_type="unknown", trust_type=TRUSTS[which % len(TRUSTS)])
        elif how == 5:
            self._alter(machine, last_sync=self._sync())
        elif self._is_known(self._alive[machine]):
            self._vanish(machine)
            if how == 6:
                # Of one that is listed under both its ids, the serial says nothing.
                listed = self.world.active is not None
                self._return(machine, own=False, same_entra_id=listed or which % 2 == 0)

    def tick(self, seconds: float = 1) -> None:
        """Let time pass, and hints come that are due."""
        self.world.now += timedelta(seconds=seconds)
        self.world.overlay.now = self.world.now
        due = [hint for works, hint in self._hints if not any(w in self.works for w in works)]
        self._hints = [each for each in self._hints if each[1] not in due]
        self.queued += [Delivery(hint) for hint in due]

    def go_on(self, calls: int) -> None:
        """Let whatever is first in line come on by some calls without trouble."""
        for _ in range(calls):
            if self.works or self.queued:
                self.settle_one()

    def come_to_rest(self) -> None:
        """Let everything come to its end; what was poisoned is put back by a patient hand."""
        while self.works or self.queued or self._hints or self.poisoned:
            if not self.works:
                put_back = [m for m in self.poisoned if isinstance(m, DeviceChanges)]
                self.queued += [Delivery(message) for message in put_back]
                self.poisoned.clear()
            self.tick(0 if self.works else 60)
            if self.works or self.queued:
                self.settle_one()

    def union(self) -> dict[str, KnownDevice]:
        """What is known: the current snapshot with what was read since, as far as it is there."""
        pointer, visible = self.world.snapshots.pointer, self.world.snapshots.visible
        assert pointer is not None
        assert visible is not None
        known = {**visible.devices, **self.world.overlay.of(pointer.sweep)}
        return {id: device for id, device in known.items() if not device.gone}

    def open_now(self) -> set[tuple[int, Reason]]:
        """The blockers that stand open, by machine."""
        return {
            (self.names[id], (b.capability, b.reason))
            for id, device in self.union().items()
            for b in device.history.open
        }

    def told(self) -> dict[tuple[int, Reason], list[Transition]]:
        """All transitions that were recorded, by machine and reason, in the order of time."""
        snapshots = self.world.snapshots
        assert snapshots.pointer is not None
        committed = [s.changes for id, s in sorted(snapshots.stored.items()) if id in self._shown()]
        since = [
            (id, transition)
            for id, entry in self.world.overlay.of(snapshots.pointer.sweep).items()
            for transition in entry.transitions
        ]
        recorded: dict[tuple[int, Reason], list[Transition]] = {}
        for changes in (*committed, since):
            for id, t in sorted(changes, key=lambda change: change[1].at):
                key = (self.names[id], (t.capability, t.reason))
                recorded.setdefault(key, []).append(t)
        return recorded

    def _shown(self) -> set[str]:
        return {id for id, r in self.world.sweeps.records.items() if r.state == "complete"}

    def _sync(self) -> str:
        return self.world.now.isoformat()

    def _is_known(self, id: str) -> bool:
        """Tell whether a machine was seen under its id; until then it is not enrolled again."""
        return id in self.union()

    def _alter(self, machine: int, **differing: object) -> None:
        id = self._alive[machine]
        self.fleet.known[id] = structs.replace(self.fleet.known[id], **differing)
        self._hint(machine)

    def _appear(self, machine: int, id: str, **differing: object) -> None:
        last_sync = {"last_sync": self._sync() if self._gone else LAST_NIGHT.isoformat()}
        self.fleet.known[id] = pc(id, serial_number=f"S{machine}", **(last_sync | differing))
        self.names[id] = machine
        self._alive[machine] = id
        self._hint(machine)

    def _vanish(self, machine: int) -> None:
        self._hint(machine)
        self._gone[machine] = self.fleet.known.pop(self._alive.pop(machine))

    def _return(self, machine: int, *, own: bool, same_entra_id: bool = True) -> None:
        before = self._gone[machine]
        id = str(before.id) if own else f"{machine}.{len(self.names)}"
        entra_id = before.entra_device_id if own or same_entra_id else f"e{id}"
        self._appear(machine, id, os_version=before.os_version, entra_device_id=entra_id)

    def _hint(self, machine: int) -> None:
        id = self._alive[machine]
        entra_id = str(self.fleet.known[id].entra_device_id)
        hint = DeviceChanges((entra_id,)) if len(self._hints) % 2 else DeviceChanges(intune=(id,))
        self._hints.append((list(self.works), hint))


def replayed(
    start: set[tuple[int, Reason]], told: Mapping[tuple[int, Reason], list[Transition]]
) -> set[tuple[int, Reason]]:
    """Replay transitions over what was open. Raises AssertionError where one does not fit."""
    now_open = set(start)
    for key, transitions in told.items():
        for transition in transitions:
            assert (transition.transition == "cleared") == (key in now_open), (key, transitions)
            now_open ^= {key}
    return now_open
