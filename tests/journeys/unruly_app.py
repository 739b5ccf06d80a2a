"""The app on real storage and a tenant over HTTP, and a host that dies, repeats and mixes up."""

from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from msgspec import Struct, structs

from local.tenant.changes import Change, apply
from local.tenant.faults import Faults
from local.tenant.scenarios import Target
from local.tenant.server import TenantServer
from shared.bootstrap import build
from shared.config import read_settings
from shared.errors import ReadinessError
from shared.messages import DeviceChanges, FinishSweep, Message, ReadPage
from shared.use_cases.assess_devices import assess_devices
from shared.use_cases.finish_sweep import finish_sweep
from shared.use_cases.judges import Judges
from shared.use_cases.poll_device_changes import poll_device_changes
from shared.use_cases.start_sweep import start_sweep
from shared.use_cases.sweep_page import sweep_page
from tests.journeys.gates import CrashError, Fate, Gated, Run
from tests.journeys.installation import Installation
from tests.journeys.replay import forebears_in
from tests.journeys.system import FEED

MORNING = datetime(2026, 11, 22, 6, tzinfo=UTC)
REREAD_AFTER = timedelta(minutes=2)
"""So that the tenant is read again a few times between sweeps."""

MOST_DELIVERIES = 4
"""A message that failed this often is left alone: with one more it would be poisoned."""

MOST_RUNS = 5
MOST_POLLS = 4
"""One to find what is left to find, and each of the others for a sweep that it owes."""

WITHOUT_END = 1_000_000
AUDIENCES = ((Target("all_devices"),), ())
UNSTEADY = Faults(delta_sparse=True, delta_replays=0.3, delta_empty_pages=0.3)
Ports: TypeAlias = dict[str, Any]
EXPIRED = ("gone", "syncStateNotFound", "resyncRequired")


class Clock:
    """The time, which passes when it is told to."""

    def __init__(self) -> None:
        self.now = MORNING

    def __call__(self) -> datetime:
        return self.now

    def tick(self, seconds: float = 1) -> None:
        self.now += timedelta(seconds=seconds)


class Delivery(Struct, frozen=True):
    """A message on a queue, visible from a moment on, and how often it has been delivered."""

    message: Message
    due: datetime
    before: int = 0


class Queued:
    """Stands in for the queues of sweeps and of the feed, whose delays nobody would wait for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.deliveries: list[Delivery] = []

    async def send(self, queue: str, message: Message, delay: float = 0) -> None:
        if queue in FEED:
            self.deliveries.append(Delivery(message, self._clock() + timedelta(seconds=delay)))

    def due(self) -> list[Delivery]:
        return [delivery for delivery in self.deliveries if delivery.due <= self._clock()]


class Trigger(Struct, eq=False):
    """A run, and the delivery it is for; None is a timer's. A `lost` one is delivered again."""

    run: Run
    delivery: Delivery | None
    lost: bool = False


class UnrulyApp:
    """Runs any number of triggers at once, each a call at a time, and lets them die.

    In a `quiet` tenant nothing but devices changes, so that no sweep is owed which could mend what
    the feed has missed. `changes` is how many changes the tenant has seen, and `forebears` has the
    Intune id that each device had before it was enrolled again.
    """

    def __init__(
        self, installation: Installation, tenant: TenantServer, clock: Clock, *, quiet: bool
    ) -> None:
        self._app = build(read_settings(installation.environ))
        self._installation = installation
        self._tenant = tenant
        self._clock = clock
        self._quiet = quiet
        self._queue = Queued(clock)
        self._judges = Judges()
        self._triggers: list[Trigger] = []
        self.changes = 0
        self.forebears: dict[str, str] = {}

    async def aclose(self) -> None:
        """Close the connections to storage."""
        await self._app.storage.connections.aclose()

    async def act(self, choice: int) -> None:
        """Do one thing that may happen now; going on is the most likely."""
        which, kind = divmod(choice, 20)
        self._clock.tick(1 + which % 3)
        room = len(self._triggers) < MOST_RUNS
        if kind in (0, 1):
            self.change(1 + which % 50)
        elif kind == 2 and not self._quiet:
            self._change_tenant(which)
        elif kind == 3 and room:
            self.poll()
        elif kind == 4 and which % 3 == 0 and room:
            self.sweep()
        elif kind in (5, 6, 7) and self._queue.due() and room:
            self._deliver(which)
        elif kind == 8 and self._queue.deliveries:
            again = self._queue.deliveries[which % len(self._queue.deliveries)]
            self._queue.deliveries.append(structs.replace(again, before=0))
        elif self._triggers:
            trigger = self._triggers[which % len(self._triggers)]
            if kind == 9:
                self._lose(trigger)
            elif kind in (10, 11) and self._may_fail(trigger):
                await self._go_on(trigger, "dies_before" if kind == 10 else "dies_after")
            else:
                await self._come_on(trigger, 1 + which % 60)

    def change(self, count: int) -> None:
        """Let so many changes happen in the tenant."""
        self.changes += count
        self.forebears |= forebears_in(self._tenant, self._tenant.steps(count))

    def poll(self) -> None:
        """Fire the poll, as the timer does."""
        app, storage = self._app, self._app.storage
        self._begin(
            poll_device_changes(
                self._clock(),
                app.terms,
                REREAD_AFTER,
                audit=Gated(storage.audit),
                tenant=Gated(app.tenant),
                changes=Gated(app.changes),
                feed=Gated(storage.feed),
                snapshots=Gated(storage.snapshots),
                sweeps=Gated(storage.sweeps),
                queue=Gated(self._queue),
            )
        )

    def sweep(self) -> None:
        """Fire the nightly sweep, as the timer does."""
        self._begin(
            start_sweep(
                self._clock(),
                self._app.terms,
                changes=Gated(self._app.changes),
                tenant=Gated(self._app.tenant),
                sweeps=Gated(self._app.storage.sweeps),
                queue=Gated(self._queue),
            )
        )

    async def settle(self) -> None:
        """Let all that is under way or on a queue come to its end, without further trouble."""
        while self._triggers or self._queue.deliveries:
            self._clock.tick()
            if self._triggers:
                await self._come_on(self._triggers[0], WITHOUT_END)
            elif self._queue.due():
                self._deliver(0)
            else:
                self._clock.now = min(delivery.due for delivery in self._queue.deliveries)

    async def come_to_rest(self) -> None:
        """Settle, and poll until everything has been told of and no sweep is owed."""
        self._tenant.set_faults(UNSTEADY)
        await self.settle()
        for _ in range(MOST_POLLS):
            self.poll()
            await self.settle()
            state, _ = await self._app.storage.feed.read()
            if state is not None and state.owed_sweep is None:
                return
        raise AssertionError(f"after {MOST_POLLS} polls a sweep is still owed")

    def _change_tenant(self, which: int) -> None:
        """Assign the backup policy to all or to nobody, or let delta tokens expire for a while."""
        how, which = which % 3, which // 3
        if how == 0:
            targets = AUDIENCES[which % len(AUDIENCES)]
            apply(self._tenant.graph, Change(policy="backup", targets=targets))
            self.changes += 1
        else:
            expired = EXPIRED[which % len(EXPIRED)] if how == 1 else None
            self._tenant.set_faults(structs.replace(UNSTEADY, delta_expired=expired))

    def _deliver(self, which: int) -> None:
        due = self._queue.due()
        delivery = due[which % len(due)]
        self._queue.deliveries.remove(delivery)
        self._begin(self._handled(delivery.message, delivery.before + 1), delivery)

    def _handled(self, message: Message, attempt: int) -> Coroutine[Any, Any, object]:
        app, now = self._app, self._clock()
        storage = app.storage
        ports: Ports = {"judges": self._judges, "devices": Gated(app.devices)}
        ports |= {"sweeps": Gated(storage.sweeps), "queue": Gated(self._queue)}
        if isinstance(message, ReadPage):
            tenant: Ports = {"changes": Gated(app.changes), "tenant": Gated(app.tenant)}
            return sweep_page(message, attempt, now, app.terms, **ports, **tenant)
        ports |= {"snapshots": Gated(storage.snapshots), "overlay": Gated(storage.overlay)}
        if isinstance(message, FinishSweep):
            return finish_sweep(message, attempt, now, **ports)
        assert isinstance(message, DeviceChanges)
        ports |= {"feed": Gated(storage.feed), "windows": Gated(storage.windows)}
        return assess_devices(message, now, app.notify.terms.coalesce, **ports)

    def _begin(self, work: Coroutine[Any, Any, object], delivery: Delivery | None = None) -> None:
        self._triggers.append(Trigger(Run(work), delivery))

    async def _come_on(self, trigger: Trigger, calls: int) -> None:
        while calls and trigger in self._triggers:
            await self._go_on(trigger)
            calls -= 1

    async def _go_on(self, trigger: Trigger, fate: Fate = "goes_on") -> None:
        try:
            ended = await trigger.run.go_on(fate)
        except (ReadinessError, CrashError) as error:
            self._triggers.remove(trigger)
            self._lose(trigger)
            if isinstance(error, CrashError):
                # What a process keeps in memory goes with it.
                self._judges = Judges()
        else:
            if ended:
                self._triggers.remove(trigger)

    def _lose(self, trigger: Trigger) -> None:
        """Let a message become visible again, as when its host has died, or hung too long."""
        if trigger.delivery is not None and not trigger.lost:
            delivery = trigger.delivery
            again = structs.replace(delivery, due=self._clock(), before=delivery.before + 1)
            self._queue.deliveries.append(again)
            trigger.lost = True

    def _may_fail(self, trigger: Trigger) -> bool:
        return trigger.delivery is None or trigger.delivery.before + 1 < MOST_DELIVERIES
