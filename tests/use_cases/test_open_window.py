"""Changes are gathered in a window, and none falls between two of them."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.window import LOST, SOON, Window
from shared.errors import StorageError
from shared.messages import DIGESTS, ComposeDigests
from shared.use_cases.open_window import close_window, open_window
from tests.fakes import Calls, FakeQueue, Sent
from tests.telling_fakes import FakeWindows

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
COALESCE = 15 * MINUTE


class Place:
    """A window and a queue."""

    def __init__(self) -> None:
        self.calls = Calls()
        self.windows = FakeWindows(self.calls)
        self.queue = FakeQueue(self.calls)

    async def change(self, now: datetime = NOW) -> datetime | None:
        return await open_window(now, COALESCE, windows=self.windows, queue=self.queue)

    async def close(self, now: datetime) -> None:
        await close_window(now, windows=self.windows)


async def test_the_first_change_is_told_within_a_minute() -> None:
    place = Place()
    assert await place.change() == NOW + SOON
    assert place.queue.sent == [Sent(DIGESTS, ComposeDigests("devices changed"), 60)]


async def test_while_a_window_is_open_nothing_more_is_sent() -> None:
    place = Place()
    await place.change()
    assert await place.change(NOW + MINUTE / 2) is None
    assert len(place.queue.sent) == 1


async def test_changes_after_a_telling_wait_for_the_rest_of_the_window() -> None:
    place = Place()
    await place.change()
    await place.close(NOW + MINUTE)
    assert await place.change(NOW + 2 * MINUTE) == NOW + 16 * MINUTE
    assert place.queue.sent[-1].delay == 14 * 60


async def test_closing_what_is_closed_puts_nothing_off() -> None:
    place = Place()
    await place.close(NOW)
    assert await place.change() == NOW + SOON


async def test_a_window_whose_message_was_never_sent_is_opened_again_after_a_while() -> None:
    place = Place()
    place.calls.fail("queue.send", StorageError("storage is down"))
    with pytest.raises(StorageError):
        await place.change()
    assert await place.change(NOW + SOON + LOST) is None
    assert await place.change(NOW + SOON + LOST + MINUTE) is not None
    assert len(place.queue.sent) == 1


async def test_of_two_who_open_at_once_one_sends() -> None:
    place = Place()
    place.calls.before("windows.write", lambda: place.windows.put(Window(NOW + SOON)))
    assert await place.change() is None
    assert place.queue.sent == []


async def test_a_window_closed_by_somebody_else_is_left_as_it_is() -> None:
    place = Place()
    await place.change()
    theirs = Window(NOW + 20 * MINUTE, NOW)
    place.calls.before("windows.write", lambda: place.windows.put(theirs))
    await place.close(NOW + MINUTE)
    assert place.windows.window == theirs


@given(st.lists(st.integers(0, 60), min_size=1, max_size=30))
@settings(max_examples=100, deadline=None)
def test_however_changes_come_each_is_told_and_no_two_tellings_are_too_close(
    gaps: list[int],
) -> None:
    """Every message is handled when it is due, as the queue would hand it over."""
    place = Place()
    waiting: list[datetime] = []
    untold: list[datetime] = []
    tellings: list[datetime] = []

    async def tell_until(now: datetime) -> None:
        while waiting and waiting[0] <= now:
            due = waiting.pop(0)
            await place.close(due)
            tellings.append(due)
            untold.clear()

    async def live() -> None:
        now = NOW
        for gap in gaps:
            now += gap * MINUTE / 2
            await tell_until(now)
            untold.append(now)
            if (until := await place.change(now)) is not None:
                waiting.append(until)
            assert waiting
            assert waiting[0] <= max(now + SOON, untold[0] + COALESCE)
        await tell_until(now + COALESCE)

    asyncio.run(live())
    assert untold == []
    assert all(b - a >= COALESCE for a, b in pairwise(tellings))
