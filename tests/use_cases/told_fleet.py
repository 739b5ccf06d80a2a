"""A fleet that changes, and people on two channels who are told of it through all the trouble."""

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import msgspec

from shared.domain.attempts import again
from shared.domain.delivery import Delivery as DeliveryRecord
from shared.domain.outgoing import Post
from shared.domain.routes import Channel
from shared.domain.telling import Terms
from shared.errors import DeliveryUnavailableError, DeliveryUnknownError
from shared.messages import DIGESTS, NOTIFICATIONS, ComposeDigests, SendNotification
from shared.report.render.links import Links
from shared.use_cases.compose_digests import compose_digests
from shared.use_cases.current_routes import current_routes
from shared.use_cases.send_notification import send_notification
from tests.delivery_fakes import Answer, FakeDeliveries, FakeNotifier
from tests.fakes import Sent
from tests.telling_fakes import FakeSettingsFiles, FakeTelling
from tests.use_cases.living_fleet import BUILDS, TRUSTS, LivingFleet
from tests.use_cases.unruly_host import CrashError, Delivery, Work

ROUTES = """
default = ["rest"]
[[channels]]
name = "rest"
kind = "webhook"
secret = "WEBHOOK_URL"
[[channels]]
name = "builds"
kind = "webhook"
secret = "BUILDS_URL"
[[routes]]
to = ["builds"]
reasons = ["os_build_too_old"]
"""
MOST_CALLS = 40
"""More than a composition makes."""

CHANNELS = ("rest", "builds")
TROUBLES: tuple[Answer, ...] = ("throttles", "fails", "cuts", "loses")
TERMS = Terms(flap_window=timedelta(minutes=10), coalesce=timedelta(minutes=5))

Key: TypeAlias = tuple[str, str, str]
"""A device, capability and reason."""


class ToldFleet(LivingFleet):
    """Composes and sends as well. What is sent with a delay comes when the clock says so."""

    def __init__(self) -> None:
        super().__init__()
        world = self.world
        self.telling = FakeTelling(self.calls, world.snapshots, world.overlay)
        self.deliveries = FakeDeliveries(self.calls, lambda: world.now)
        self.files = FakeSettingsFiles(self.calls)
        self.files.put("routes", ROUTES)
        self.notifiers = {name: FakeNotifier(self.calls) for name in CHANNELS}
        self.given_up: list[SendNotification] = []
        self.replayed: set[str] = set()
        """Channels on which something was given up, and sent by a patient hand."""
        self._late: list[tuple[datetime, Delivery]] = []
        self._composers = 0

    async def settled(self) -> None:
        """Let people have been told how the fleet stands after last night's sweep."""
        await super().settled()
        await self._compose("the first sweep is complete")
        self.told_first = self.open_keys()

    def look(self) -> None:
        """Let the timer that watches the product's health compose."""
        self._begin(self._compose("it is time to look"), None)

    def doom(self, calls: int) -> None:
        """Let what began last come on by so many calls, and die there if it has not ended."""
        work = self.works[-1]
        for _ in range(calls):
            if work in self.works:
                self._go_on(work)
        if work in self.works:
            self._go_on(work, CrashError())

    def trouble(self, choice: int) -> None:
        """Let a channel be in trouble when it is next sent to, and after that no more."""
        which, how = divmod(choice, len(TROUBLES))
        self.notifiers[CHANNELS[which % len(CHANNELS)]].script = [TROUBLES[how]]

    def tick(self, seconds: float = 1) -> None:
        """Let time pass, and what is due by then come."""
        super().tick(seconds)
        due = [each for each in self._late if each[0] <= self.world.now]
        self._late = [each for each in self._late if each not in due]
        self.queued += [delivery for _, delivery in due]

    def repair(self) -> None:
        """Let nothing stand in any machine's way."""
        for machine in sorted(self._alive):
            self._alter(machine, os_version=BUILDS[0], trust_type=TRUSTS[0], last_sync=self._sync())

    def come_to_rest(self) -> None:
        """Let everything come to its end, and be told when no flap is waited out any more."""
        for _ in range(3):
            self._run_dry()
            self.tick(TERMS.flap_window.total_seconds())
            self.look()
        self._run_dry()

    def open_keys(self) -> set[Key]:
        """What stands open."""
        return {
            (id, each.capability, each.reason)
            for id, device in self.union().items()
            for each in device.history.open
        }

    def events(self, channel: str) -> list[dict[str, Any]]:
        """What reached a channel, in the order of arrival, with each digest once."""
        posts = [p for p in self.notifiers[channel].arrived if isinstance(p, Post)]
        first = {post.id: post.body for post in reversed(posts)}
        ids = dict.fromkeys(post.id for post in posts)
        return [msgspec.json.decode(first[id])["data"] for id in ids]

    def arrivals(self, channel: str, digest: str) -> int:
        """How often a digest reached a channel."""
        posts = [p for p in self.notifiers[channel].arrived if isinstance(p, Post)]
        return sum(msgspec.json.decode(post.body)["data"]["digest"] == digest for post in posts)

    def addressed(self) -> set[tuple[str, str]]:
        """Every digest that was committed, with its channels."""
        return {pair for state in self.telling.committed for pair in state.outbox}

    def _run_dry(self) -> None:
        while True:
            super().come_to_rest()
            self._replay()
            if not (self.queued or self._late):
                return
            if not self.queued:
                soonest = min(due for due, _ in self._late)
                self.tick((soonest - self.world.now).total_seconds())

    def _replay(self) -> None:
        for message in self.given_up:
            self.replayed.add(message.channel)
            record = self.deliveries.record(message.digest, message.channel)
            if record.state == "failed":
                self.deliveries.put(again(record, self.world.now))
            self.queued.append(Delivery(SendNotification(message.digest, message.channel)))
        self.given_up.clear()

    def _deliver(self, delivery: Delivery) -> None:
        message, attempt = delivery.message, delivery.before + 1
        if isinstance(message, ComposeDigests):
            self._begin(self._compose(message.why), delivery)
        elif isinstance(message, SendNotification):
            self._begin(self._send(message, attempt), delivery)
        else:
            super()._deliver(delivery)

    def _take(self, sent: Sent) -> None:
        if sent.queue in (DIGESTS, NOTIFICATIONS):
            due = self.world.now + timedelta(seconds=sent.delay)
            self._late.append((due, Delivery(sent.message)))
        else:
            super()._take(sent)

    def _give_back(self, work: Work) -> None:
        super()._give_back(work)
        self.given_up += [m for m in self.poisoned if isinstance(m, SendNotification)]
        self.poisoned = [m for m in self.poisoned if not isinstance(m, SendNotification)]

    def _trouble(self, call: str, which: int) -> Exception:
        if call == "notifier.send":
            return DeliveryUnavailableError("it answered 503", status=503)
        if call == "notifier.answers":
            return DeliveryUnknownError("it did not answer")
        return super()._trouble(call, which)

    def _compose(self, why: str) -> Coroutine[Any, Any, object]:
        self._composers += 1
        world = self.world
        return compose_digests(
            world.now,
            why,
            f"c{self._composers}",
            TERMS,
            {},
            fitness=None,
            audit=world.audit,
            telling=self.telling,
            windows=world.windows,
            snapshots=world.snapshots,
            sweeps=world.sweeps,
            feed=world.feed,
            deliveries=self.deliveries,
            poison=world.poison,
            files=self.files,
            queue=world.queue,
        )

    async def _send(self, message: SendNotification, attempt: int) -> None:
        now = self.world.now
        routes, problem = await current_routes(self.files, {})
        await send_notification(
            message,
            attempt,
            now,
            routes=routes,
            routes_problem=problem,
            telling=self.telling,
            deliveries=self.deliveries,
            queue=self.world.queue,
            notifier_of=self._notifier_of,
            links=Links(),
        )

    def _notifier_of(self, channel: Channel) -> FakeNotifier:
        return self.notifiers[channel.name]


def doubts(records: list[DeliveryRecord], digest: str, channel: str) -> int:
    """Count the tries that some record ever said nobody knows the outcome of."""
    tries = {
        attempt.at
        for record in records
        if (record.digest, record.channel) == (digest, channel)
        for attempt in record.attempts
        if attempt.outcome == "unknown"
    }
    return len(tries)


def lived(steps: list[int]) -> ToldFleet:
    """Live through these steps: changes, sweeps, looks, time that passes, and all the trouble."""
    fleet = ToldFleet()
    asyncio.run(fleet.settled())
    fleet.calls.pausing = True
    for step in steps:
        choice, kind = divmod(step, 8)
        fleet.tick()
        if kind in (0, 1):
            fleet.change(choice)
        elif kind == 2 and choice % 4 == 0:
            fleet.fire(fleet.world.now)
        elif kind == 3:
            fleet.tick(choice * 3)
        elif kind == 4:
            fleet.trouble(choice)
        elif kind == 5 and choice % 2 == 0:
            fleet.look()
            fleet.doom(choice // 2 % MOST_CALLS)
        elif kind == 5 and fleet.works:
            fleet.doom(choice // 2 % MOST_CALLS)
        else:
            fleet.act(choice)
            fleet.go_on(choice % 16)
    return fleet
