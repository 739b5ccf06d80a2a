"""A host for the queue of notifications, with a clock of its own and any trouble there is."""

from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from shared.domain.delivery import Delivery
from shared.domain.routes import Channel
from shared.errors import ReadinessError, StorageError
from shared.messages import MAX_DEQUEUE_COUNT, NOTIFICATIONS, Message, SendNotification
from shared.report.render.links import Links
from shared.use_cases.send_notification import SendOutcome, send_notification
from tests.delivery_fakes import FakeDeliveries, FakeDigests, FakeNotifier
from tests.fakes import FakeQueue
from tests.report.render.digests import line, view
from tests.telling_builders import routed
from tests.use_cases.unruly_host import CrashError, PausingCalls

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
VISIBLE_AGAIN = timedelta(seconds=15)
DIGEST = view([line()])
MAIN = SendNotification(DIGEST.digest.id, "main")


class Waiting(Struct, frozen=True):
    """A message on the queue: when it is to be seen, and how often it has been delivered."""

    due: datetime
    message: SendNotification
    before: int = 0


class Work:
    """One handling of a message, paused before a call.

    Work that was `lost` runs on, but somebody else has its message by now.
    """

    def __init__(self, run: Coroutine[str, None, object], waiting: Waiting) -> None:
        self.run = run
        self.waiting = waiting
        self.lost = False


class MailRoom:
    """Digests, channels and records in memory, and `send_notification` at hand."""

    def __init__(self) -> None:
        self.calls = PausingCalls()
        self.now = NOON
        self.queue = FakeQueue(self.calls)
        self.deliveries = FakeDeliveries(self.calls, lambda: self.now)
        self.telling = FakeDigests(self.calls, DIGEST)
        self.routes = routed()
        self.routes_problem: str | None = None
        self.notifiers = {name: FakeNotifier(self.calls) for name in ("main", "ops", "desk")}
        self.waiting: list[Waiting] = []
        self.works: list[Work] = []
        self.poison: list[SendNotification] = []
        self.told: list[Message] = []

    @property
    def main(self) -> FakeNotifier:
        """The channel that most tests are about."""
        return self.notifiers["main"]

    @property
    def record(self) -> Delivery:
        """What became of the digest on that channel."""
        return self.deliveries.record(MAIN.digest, MAIN.channel)

    def notifier_of(self, channel: Channel) -> FakeNotifier:
        return self.notifiers[channel.name]

    async def handle(self, message: SendNotification = MAIN, attempt: int = 1) -> SendOutcome:
        """Handle a message now."""
        return await send_notification(
            message,
            attempt,
            self.now,
            routes=self.routes,
            routes_problem=self.routes_problem,
            telling=self.telling,
            deliveries=self.deliveries,
            queue=self.queue,
            notifier_of=self.notifier_of,
            links=Links(),
        )

    def post(self, message: SendNotification = MAIN) -> None:
        """Put a message on the queue."""
        self.waiting.append(Waiting(self.now, message))

    def act(self, choice: int) -> None:
        """Do one thing that may happen now; going on is the most likely."""
        which, kind = divmod(choice, 20)
        if kind in range(5) and self.waiting:
            self._deliver(which)
        elif kind == 5 and self.waiting:
            self.waiting.append(self.waiting[which % len(self.waiting)])
        elif self.works:
            work = self.works[which % len(self.works)]
            trouble = {6: CrashError(), 7: StorageError("storage is busy")}.get(kind)
            if kind == 8:
                self._lose(work)
            else:
                self._go_on(work, trouble)

    def settle(self) -> None:
        """Let all that is under way, and on the queue, come to its end without further trouble."""
        while self.works or self.waiting:
            if self.works:
                self._go_on(self.works[0])
            else:
                self._deliver(0)

    def _deliver(self, which: int) -> None:
        """Let the clock come to the time of a message, and hand it over."""
        waiting = sorted(self.waiting, key=lambda each: each.due)[which % len(self.waiting)]
        self.waiting.remove(waiting)
        self.now = max(self.now, waiting.due)
        if waiting.before >= MAX_DEQUEUE_COUNT:
            self.poison.append(waiting.message)
            return
        run: Coroutine[Any, Any, object] = self.handle(waiting.message, waiting.before + 1)
        work = Work(run, waiting)
        self.works.append(work)
        self._go_on(work)

    def _go_on(self, work: Work, trouble: BaseException | None = None) -> None:
        self.calls.pausing = True
        try:
            if trouble is None:
                work.run.send(None)
            else:
                work.run.throw(trouble)
        except StopIteration:
            self.works.remove(work)
        except (ReadinessError, CrashError):
            self.works.remove(work)
            self._lose(work)
        finally:
            self.calls.pausing = False
        self._collect()

    def _lose(self, work: Work) -> None:
        """Let a message become visible again, as when its host has failed, died, or hung."""
        if not work.lost:
            before = work.waiting.before + 1
            self.waiting.append(Waiting(self.now + VISIBLE_AGAIN, work.waiting.message, before))
            work.lost = True

    def _collect(self) -> None:
        for sent in self.queue.sent:
            if isinstance(sent.message, SendNotification):
                assert sent.queue == NOTIFICATIONS
                due = self.now + timedelta(seconds=sent.delay)
                self.waiting.append(Waiting(due, sent.message))
            else:
                self.told.append(sent.message)
        self.queue.sent.clear()
