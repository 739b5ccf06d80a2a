"""However polls meet, die and repeat themselves, no change is passed that was not handed on."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from shared.domain.feed import OVERLAP, FeedState
from shared.domain.sweep import ActiveSweep
from shared.errors import DeltaExpiredError, GraphUnavailableError, ReadinessError, StorageError
from shared.messages import DeviceChanges, Message, ReadPage
from shared.ports import DeltaPage, DirectoryPage, SyncedPage
from shared.use_cases.owed_sweep import TRY_AGAIN
from tests.fakes import Calls, FakeQueue
from tests.feed_fakes import FakeChanges, FakeFeed, guid
from tests.use_cases.unruly_host import CrashError, PausingCalls
from tests.world import LAST_NAME, LAST_NIGHT, World, record, throttled

MOMENT = timedelta(minutes=2)
AT_FIRST = 4
"""Devices that there are when the sweep begins."""


class Event(Struct, frozen=True):
    """Something that happened to a device in Entra."""

    device: int
    removed: bool = False
    created: bool = False


class Reality:
    """What truly happens in the tenant, and what the app has handed on of it.

    `told` is how many moments had passed when a device was last hinted at, and `swept` how many
    events there had been when a sweep last began.
    """

    def __init__(self) -> None:
        self.moment = 0
        self.events: list[Event] = []
        self.happened: list[int] = []
        self.living = set(range(AT_FIRST))
        self.born = AT_FIRST
        self.synced: dict[int, int] = {}
        self.told: dict[str, int] = {}
        self.swept = 0
        self.expired = 0

    @property
    def now(self) -> datetime:
        """The time in the tenant."""
        return self.at(self.moment)

    def at(self, moment: int) -> datetime:
        """The time at a moment since last night's sweep began."""
        return LAST_NIGHT + moment * MOMENT

    def happen(self, event: Event) -> None:
        """Let something happen to a device."""
        self.moment += 1
        self.events.append(event)
        self.happened.append(self.moment)
        (self.living.discard if event.removed else self.living.add)(event.device)

    def sync(self, device: int) -> None:
        """Let a device sync with Intune."""
        self.moment += 1
        self.synced[device] = self.moment

    def handed_on(self, place: int) -> bool:
        """Tell whether an event was hinted at after it happened."""
        return self.told.get(entra(self.events[place].device), -1) >= self.happened[place]


def entra(device: int) -> str:
    return guid(device + 1000)


def intune(device: int) -> str:
    return f"intune-{device}"


class RealChanges(FakeChanges):
    """Tells of the events in pages of any size, replays some, and leaves out what Graph may."""

    def __init__(self, calls: Calls, reality: Reality, sizes: Sequence[int]) -> None:
        super().__init__(calls)
        self._reality = reality
        self._sizes = list(sizes)

    async def latest(self) -> str:
        await self._calls("changes.latest")
        return f"from-{len(self._reality.events)}"

    async def since(self, link: str) -> DeltaPage:
        await self._calls("changes.since")
        start = int(link.removeprefix("from-"))
        if start < self._reality.expired:
            raise DeltaExpiredError("410 Gone")
        size = self._size()
        events = self._reality.events
        end = min(start + size, len(events))
        told = events[max(start - size % 2, 0) : end]
        changed: dict[str, str | None] = {}
        for each in told:
            if not each.removed:
                named = each.created or (start + size) % 2
                known = changed.get(guid(each.device))
                changed[guid(each.device)] = entra(each.device) if named else known
        following = f"from-{end}"
        return DeltaPage(
            changed,
            frozenset(guid(e.device) for e in told if e.removed),
            next=following if end < len(events) else None,
            delta_link=None if end < len(events) else following,
        )

    async def device_ids(self, objects: Sequence[str]) -> Mapping[str, str]:
        await self._calls("changes.device_ids")
        living = {guid(device): entra(device) for device in self._reality.living}
        return {each: living[each] for each in objects if each in living}

    async def directory(self, cursor: str | None) -> DirectoryPage:
        await self._calls("changes.directory")
        beyond = int(cursor or -1)
        rest = sorted(device for device in self._reality.living if device > beyond)
        page = rest[: max(self._size(), 1)]
        return DirectoryPage(
            {guid(device): entra(device) for device in page},
            str(page[-1]) if len(page) < len(rest) else None,
        )

    async def synced(self, since: datetime, cursor: str | None) -> SyncedPage:
        await self._calls("changes.synced")
        times = {intune(d): self._reality.at(m) for d, m in self._reality.synced.items()}
        ignored = self._size() % 2
        return SyncedPage({i: at for i, at in times.items() if ignored or at > since})

    def _size(self) -> int:
        self._sizes.append(self._sizes.pop(0))
        return self._sizes[-1]


class RealQueue(FakeQueue):
    """Notes when each device was hinted at, and what a sweep that begins will find."""

    def __init__(self, calls: Calls, reality: Reality) -> None:
        super().__init__(calls)
        self._reality = reality

    async def send(self, queue: str, message: Message, delay: float = 0) -> None:
        await super().send(queue, message, delay)
        if isinstance(message, DeviceChanges):
            for each in message.entra + message.intune:
                self._reality.told[each] = self._reality.moment
        if isinstance(message, ReadPage):
            self._reality.swept = len(self._reality.events)


class WitnessedFeed(FakeFeed):
    """Holds every state that is written to what has been handed on by then."""

    def __init__(self, calls: Calls, reality: Reality) -> None:
        super().__init__(calls)
        self._reality = reality

    async def write(self, state: FeedState, etag: str | None) -> str:
        written = await super().write(state, etag)
        assert state.delta_link is not None
        for place in range(int(state.delta_link.removeprefix("from-"))):
            if place >= self._reality.swept and state.owed_sweep is None:
                assert self._reality.handed_on(place), self._reality.events[place]
        for device, moment in self._reality.synced.items():
            if self._reality.at(moment) <= state.watermark - OVERLAP:
                assert self._reality.told.get(intune(device), -1) >= moment
        return written


class Polls:
    """Polls of one app, up to three at once, among whatever else happens."""

    def __init__(self, sizes: Sequence[int]) -> None:
        self.reality = Reality()
        self.calls = PausingCalls()
        self.world = World(self.calls)
        self.world.changes = RealChanges(self.calls, self.reality, sizes)
        self.world.queue = RealQueue(self.calls, self.reality)
        self.world.feed = WitnessedFeed(self.calls, self.reality)
        self.world.snapshots.point_at(LAST_NAME, LAST_NIGHT)
        self.world.sweeps.records[LAST_NAME] = record(
            id=LAST_NAME, started=LAST_NIGHT, state="complete", delta_link="from-0"
        )
        self._running: list[Coroutine[Any, Any, object]] = []

    def act(self, choice: int, *, may_expire: bool) -> None:
        """Do one thing that may happen now; going on with a poll is the most likely."""
        which, kind = divmod(choice, 20)
        device = which % self.reality.born
        if kind == 0:
            self.reality.happen(Event(self.reality.born, created=True))
            self.reality.born += 1
        elif kind in (1, 2) and device in self.reality.living:
            self.reality.happen(Event(device, removed=kind == 2))
        elif kind == 3:
            self.reality.sync(device)
        elif kind == 4:
            self.world.sweeps.now_active = ActiveSweep()
        elif kind == 5 and may_expire:
            self.reality.expired = len(self.reality.events)
        elif kind in (6, 7) and len(self._running) < 3:
            self.reality.moment += 1
            self.calls.pausing = True
            self._running.append(self.world.poll(self.reality.now))
        elif self._running:
            troubles = {
                8: CrashError(),
                9: StorageError("storage is busy"),
                10: (GraphUnavailableError("Graph answered 503"), throttled(60))[which % 2],
            }
            self._go_on(self._running[which % len(self._running)], troubles.get(kind))

    def settle(self) -> None:
        """Let what runs come to its end, and poll until no sweep is owed, without trouble.

        A sweep that failed is not tried again at once, so the polls are that far apart.
        """
        while self._running:
            self._go_on(self._running[0])
        self.calls.pausing = False
        for _ in range(2):
            self.reality.moment += TRY_AGAIN // MOMENT
            self.world.sweeps.now_active = ActiveSweep()
            assert asyncio.run(self._poll()) == "followed"

    async def _poll(self) -> str:
        return (await self.world.poll(self.reality.now)).result

    def _go_on(
        self, poll: Coroutine[Any, Any, object], trouble: BaseException | None = None
    ) -> None:
        try:
            _ = poll.throw(trouble) if trouble else poll.send(None)
        except StopIteration:
            self._running.remove(poll)
        except (ReadinessError, CrashError):
            self._running.remove(poll)


CHOICES = st.lists(st.integers(0, 399), min_size=40, max_size=120)
SIZES = st.lists(st.integers(0, 4), min_size=3, max_size=7).filter(any)


CREATED_AND_REMOVED_BETWEEN_POLLS = [0, 1, 1, 2, 306, *[1] * 8, 21, 0, *[1] * 16, 261, 262, 0, 0, 0]

OWED_SWEEP_DID_NOT_COMPLETE = [0, 2, 1, 26, 123, *[1] * 12, *[0] * 13, *[1] * 9, 210]


@given(CHOICES, SIZES)
@example(CREATED_AND_REMOVED_BETWEEN_POLLS, [4, 1, 0])
@example(OWED_SWEEP_DID_NOT_COMPLETE, [0, 0, 0, 0, 2])
@settings(max_examples=300, deadline=None)
def test_every_change_is_hinted_at_after_it_happened(choices: list[int], sizes: list[int]) -> None:
    polls = Polls(sizes)
    for choice in choices:
        polls.act(choice, may_expire=False)
    polls.settle()

    reality = polls.reality
    for place, event in enumerate(reality.events):
        found_gone = event.device not in reality.living and place < reality.swept
        assert reality.handed_on(place) or found_gone, event
    for device, moment in reality.synced.items():
        assert reality.told[intune(device)] >= moment
    assert polls.world.feed.state is not None
    assert polls.world.feed.state.owed_sweep is None


@given(CHOICES, SIZES)
@settings(max_examples=300, deadline=None)
def test_what_an_expired_link_loses_is_found_by_a_sweep_that_begins_afterwards(
    choices: list[int], sizes: list[int]
) -> None:
    polls = Polls(sizes)
    for choice in choices:
        polls.act(choice, may_expire=True)
    polls.settle()

    reality = polls.reality
    for place, event in enumerate(reality.events):
        assert reality.handed_on(place) or place < reality.swept, event
    for device, moment in reality.synced.items():
        assert reality.told[intune(device)] >= moment
