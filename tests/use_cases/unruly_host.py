"""A host that dies, repeats itself and mixes everything up, as a list of numbers tells it to."""

from collections.abc import Coroutine, Generator, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from shared.domain.managed_device import ManagedDevice
from shared.errors import GraphUnavailableError, ReadinessError, StorageError
from shared.messages import (
    DIGESTS,
    MAX_DEQUEUE_COUNT,
    DeviceChanges,
    FinishSweep,
    Message,
    ReadPage,
)
from shared.ports import DevicePage
from tests.fakes import Calls, FakeDevices, Sent
from tests.world import FORBIDDEN, NIGHT, World, throttled

PASSING = (GraphUnavailableError("Graph answered 503"), throttled(60))
LASTING = (*PASSING, FORBIDDEN)


class CrashError(BaseException):
    """The process dies here: nothing handles it, and nothing after it runs."""


class Pause:
    """Hands control back to the host, which is told what is about to be called."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __await__(self) -> Generator[str, None, None]:
        yield self._name


class PausingCalls(Calls):
    """Stops at every call until the host lets it go on, or fail."""

    pausing = False

    async def __call__(self, name: str) -> None:
        if self.pausing:
            await Pause(name)
        await super().__call__(name)


class ShiftingDevices(FakeDevices):
    """Cuts the fleet into other pages at every reading, as a list in motion does."""

    def __init__(self, calls: Calls, fleet: tuple[ManagedDevice, ...]) -> None:
        super().__init__(calls)
        self._fleet = fleet
        self._readings = 0

    async def page(self, cursor: str | None) -> DevicePage:
        await self._calls("devices.page")
        self._readings += 1
        start = int(cursor or 0)
        end = start + 1 + self._readings % 3
        return DevicePage(self._fleet[start:end], str(end) if end < len(self._fleet) else None)


class Delivery(Struct, frozen=True):
    """A message on a queue, and how often it has been delivered before."""

    message: Message
    before: int = 0


class Work:
    """One trigger under way, paused before a call; without a delivery it is the timer's.

    Work whose delivery was `lost` runs on, but the message is no longer its to delete.
    """

    def __init__(self, run: Coroutine[str, None, object], delivery: Delivery | None) -> None:
        self.run = run
        self.delivery = delivery
        self.lost = False
        self.paused_before = ""


class UnrulyHost:
    """Triggers of one app, any number under way at once, in any order and with any trouble."""

    def __init__(self, graph_troubles: Sequence[Exception] = LASTING) -> None:
        self._graph_troubles = graph_troubles
        self.calls = PausingCalls()
        self.world = World(self.calls)
        self.queued: list[Delivery] = []
        self.works: list[Work] = []
        self.poisoned: list[Message] = []
        self.timer_died = False

    def fire(self, now: datetime = NIGHT) -> None:
        """Let the timer start a sweep."""
        self.calls.pausing = True
        self.timer_died = False
        self._begin(self.world.start(now), None)

    def act(self, choice: int) -> None:
        """Do one thing that may happen now; going on is the most likely."""
        which, kind = divmod(choice, 20)
        if kind in range(6, 10) and self.queued:
            self._deliver(self.queued.pop(which % len(self.queued)))
        elif kind == 10 and self.queued:
            self.queued.append(Delivery(self.queued[which % len(self.queued)].message))
        elif self.works:
            work = self.works[which % len(self.works)]
            if kind == 11:
                self._go_on(work, CrashError())
            elif kind == 12:
                self._lose(work)
            elif kind == 13:
                self._go_on(work, self._trouble(work.paused_before, which))
            else:
                self._go_on(work)

    def settle(self) -> None:
        """Let all that is under way come to its end without further trouble."""
        while self.works or self.queued:
            self.settle_one()

    def settle_one(self) -> None:
        """Let the oldest work, or else message, come on by one call without trouble."""
        if self.works:
            self._go_on(self.works[0])
        else:
            self._deliver(self.queued.pop(0))

    def _deliver(self, delivery: Delivery) -> None:
        message, attempt = delivery.message, delivery.before + 1
        run: Coroutine[Any, Any, object]
        if isinstance(message, FinishSweep):
            run = self.world.finish(message, attempt)
        elif isinstance(message, DeviceChanges):
            run = self.world.assess(message)
        else:
            assert isinstance(message, ReadPage)
            first = message.page == 0
            run = self.world.resume(message) if first else self.world.read(message, attempt)
        self._begin(run, delivery)

    def _begin(self, run: Coroutine[Any, Any, object], delivery: Delivery | None) -> None:
        work = Work(run, delivery)
        self.works.append(work)
        self._go_on(work)

    def _go_on(self, work: Work, trouble: BaseException | None = None) -> None:
        try:
            work.paused_before = work.run.throw(trouble) if trouble else work.run.send(None)
        except StopIteration:
            self.works.remove(work)
        except (ReadinessError, CrashError):
            self.works.remove(work)
            self._give_back(work)
        for sent in self.world.queue.sent:
            self._take(sent)
        self.world.queue.sent.clear()

    def _take(self, sent: Sent) -> None:
        """Put what was sent on the queue; here nobody is told of anything."""
        if sent.queue != DIGESTS:
            self.queued.append(Delivery(sent.message))

    def _lose(self, work: Work) -> None:
        """Let the message of running work become visible again, as if its host had hung."""
        if work.delivery is not None and not work.lost:
            self._give_back(work)
            work.lost = True

    def _give_back(self, work: Work) -> None:
        if work.delivery is None:
            self.timer_died = True
        elif work.lost:
            return
        elif work.delivery.before + 1 >= MAX_DEQUEUE_COUNT:
            self.poisoned.append(work.delivery.message)
        else:
            self.queued.append(Delivery(work.delivery.message, work.delivery.before + 1))

    def _trouble(self, call: str, which: int) -> Exception:
        if call.startswith(("changes.", "devices.", "tenant.")):
            return self._graph_troubles[which % len(self._graph_troubles)]
        return StorageError("storage is busy")
