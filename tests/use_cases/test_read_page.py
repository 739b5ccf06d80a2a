"""Reading one page: sent on, repeated, put off, or given up."""

from datetime import timedelta

import pytest

from shared.domain.guid_set import GuidSet
from shared.domain.sweep import PageInStorage, Throttling
from shared.errors import GraphError, GraphUnavailableError, StorageError
from shared.messages import MAX_DEQUEUE_COUNT, SWEEP_FINISH, SWEEP_PAGES, FinishSweep, ReadPage
from shared.ports import DevicePage
from shared.use_cases.read_page import SECOND_WALK
from shared.use_cases.start_sweep import LONGEST_WAIT, SHORTEST_PAUSE, TRY_AGAIN
from tests.fakes import Sent, read_lines
from tests.world import FORBIDDEN, NAME, NIGHT, REFUSED, World, pcs, record, throttled

FIRST = ReadPage(NAME, 1)
SECOND = Sent(SWEEP_PAGES, ReadPage(NAME, 2, "cursor-2"), 0)


def begun() -> World:
    """A world whose sweep runs, with two pages to read."""
    world = World()
    world.running()
    world.devices.pages = {
        None: DevicePage(pcs("ab"), "cursor-2", cost=Throttling(3, 1, 2.5)),
        "cursor-2": DevicePage(pcs("c")),
    }
    return world


async def test_a_page_is_stored_and_the_next_one_sent_on_its_way() -> None:
    world = begun()

    assert await world.read(FIRST) == "read"

    lines, shown = world.sweeps.stored[NAME][1]
    header, rows = read_lines(lines)
    assert (header.page, header.next, header.devices) == (1, "cursor-2", 2)
    assert [row["id"] for row in rows] == ["a", "b"]
    assert shown == PageInStorage(1, devices=2, throttled=1, waited=2.5, last=False)
    assert world.queue.sent == [SECOND]


async def test_a_page_keeps_the_time_before_graph_was_asked() -> None:
    world = begun()
    world.now = NIGHT + timedelta(minutes=3)
    await world.read(FIRST)
    assert read_lines(world.sweeps.stored[NAME][1][0])[0].read_at == world.now


async def test_a_page_is_stored_before_its_cursor_is_sent() -> None:
    world = begun()
    await world.read(FIRST)
    assert world.calls.made[-2:] == ["sweeps.write_page", "queue.send"]


async def test_the_last_page_sends_word_to_finish() -> None:
    world = begun()

    assert await world.read(ReadPage(NAME, 2, "cursor-2")) == "read"
    assert world.queue.sent == [Sent(SWEEP_FINISH, FinishSweep(NAME, 2), 0)]
    assert world.sweeps.stored[NAME][2][1].last


async def test_the_sets_of_a_sweep_are_read_once_for_all_its_pages() -> None:
    world = begun()
    members = {"group-devices-g": GuidSet()}
    world.running(record(sets=tuple(members)))
    world.sweeps.sets[NAME] = members

    await world.read(FIRST)
    await world.read(ReadPage(NAME, 2, "cursor-2"))
    assert world.calls.made.count("sweeps.read_sets") == 1

    world.running(record(id="another"))
    await world.read(ReadPage("another", 1))
    assert world.calls.made.count("sweeps.read_sets") == 2


async def test_a_repeated_page_stays_as_it_was_and_goes_on_from_its_own_cursor() -> None:
    world = begun()
    await world.read(FIRST)
    first = world.sweeps.stored[NAME][1]
    world.devices.pages[None] = DevicePage(pcs("ax"), "another cursor")

    assert await world.read(FIRST, attempt=2) == "repeated"
    assert world.sweeps.stored[NAME][1] is first
    assert world.queue.sent == [SECOND, SECOND]


async def test_a_repeated_last_page_sends_word_to_finish_again() -> None:
    world = begun()
    last = ReadPage(NAME, 2, "cursor-2")
    await world.read(last)

    assert await world.read(last, attempt=2) == "repeated"
    assert world.queue.sent == [Sent(SWEEP_FINISH, FinishSweep(NAME, 2), 0)] * 2


async def test_a_second_walk_at_its_first_attempt_lags_behind() -> None:
    world = begun()
    await world.read(FIRST)

    assert await world.read(FIRST, attempt=1) == "repeated"
    assert world.queue.sent == [SECOND, Sent(SECOND.queue, SECOND.message, SECOND_WALK)]


async def test_a_second_walk_that_is_overtaken_ends() -> None:
    world = begun()
    await world.read(FIRST)
    await world.read(ReadPage(NAME, 2, "cursor-2"))
    world.queue.sent.clear()

    assert await world.read(FIRST, attempt=1) == "repeated"
    assert await world.read(FIRST, attempt=2) == "repeated"
    assert world.queue.sent == []


@pytest.mark.parametrize("error", [REFUSED, FORBIDDEN, throttled(9000)])
@pytest.mark.parametrize("attempt", [2, MAX_DEQUEUE_COUNT])
async def test_a_page_stored_before_needs_no_answer_of_graph(
    error: Exception, attempt: int
) -> None:
    world = begun()
    await world.read(FIRST)
    world.calls.fail("devices.page", error)

    assert await world.read(FIRST, attempt) == "repeated"
    assert world.queue.sent == [SECOND, SECOND]
    assert world.sweeps.records[NAME].state == "paging"


async def test_a_throttled_page_is_handed_back_with_the_wait_added_up() -> None:
    world = begun()
    world.calls.fail("devices.page", throttled(120.5))

    asked = ReadPage(NAME, 2, "cursor-2", waited=60)
    assert await world.read(asked) == "put_off"
    assert world.queue.sent == [
        Sent(SWEEP_PAGES, ReadPage(NAME, 2, "cursor-2", waited=180.5), 120.5)
    ]
    assert world.sweeps.stored == {}


async def test_a_page_is_never_put_off_for_no_time_at_all() -> None:
    world = begun()
    world.calls.fail("devices.page", throttled(0.0))
    assert await world.read(FIRST) == "put_off"
    assert world.queue.sent == [
        Sent(SWEEP_PAGES, ReadPage(NAME, 1, waited=SHORTEST_PAUSE), SHORTEST_PAUSE)
    ]


async def test_a_page_put_off_for_more_than_four_hours_ends_the_sweep_partial() -> None:
    world = begun()
    world.calls.fail("devices.page", throttled(60), throttled(60.5))
    almost = ReadPage(NAME, 1, waited=LONGEST_WAIT - 60)

    assert await world.read(almost) == "put_off"
    assert await world.read(almost) == "ended"
    assert len(world.queue.sent) == 1
    kept = world.sweeps.records[NAME]
    assert kept.state == "partial"
    assert str(kept.reason).startswith("Graph put page 1 off for 4.0 hours: ")
    assert world.active is None


async def test_a_missing_permission_ends_the_sweep_at_once_and_is_named() -> None:
    world = begun()
    world.calls.fail("devices.page", FORBIDDEN)

    assert await world.read(FIRST, attempt=1) == "ended"
    kept = world.sweeps.records[NAME]
    assert kept.state == "partial"
    assert "DeviceManagementManagedDevices.Read.All" in str(kept.reason)
    assert world.active is None
    assert world.queue.sent == []


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("devices.page", REFUSED),
        ("sweeps.read_sets", StorageError("a set is missing")),
        ("sweeps.write_page", StorageError("storage is down")),
        ("queue.send", StorageError("the queue is down")),
    ],
)
async def test_a_failing_page_is_tried_five_times_and_then_ends_the_sweep(
    call: str, error: Exception
) -> None:
    world = begun()
    for attempt in range(1, MAX_DEQUEUE_COUNT):
        world.calls.fail(call, error)
        with pytest.raises(type(error)):
            await world.read(FIRST, attempt)
        assert world.sweeps.records[NAME].state == "paging"

    world.calls.fail(call, error)
    with pytest.raises(type(error)):
        await world.read(FIRST, MAX_DEQUEUE_COUNT)
    kept = world.sweeps.records[NAME]
    assert (kept.state, kept.reason) == ("partial", f"page 1 could not be read: {error}")
    assert world.active is None
    assert NAME not in world.sweeps.stored


async def test_an_outage_longer_than_five_attempts_puts_the_page_off_and_ends_nothing() -> None:
    world = begun()
    away = GraphUnavailableError("Graph answered 503")
    for attempt in range(1, MAX_DEQUEUE_COUNT):
        world.calls.fail("devices.page", away)
        with pytest.raises(GraphUnavailableError):
            await world.read(FIRST, attempt)

    world.calls.fail("devices.page", away)
    assert await world.read(FIRST, MAX_DEQUEUE_COUNT) == "put_off"
    assert world.queue.sent == [Sent(SWEEP_PAGES, ReadPage(NAME, 1, waited=TRY_AGAIN), TRY_AGAIN)]
    assert world.sweeps.records[NAME].state == "paging"


async def test_an_outage_of_more_than_four_hours_ends_the_sweep_partial() -> None:
    world = begun()
    world.calls.fail("devices.page", GraphUnavailableError("Graph answered 503"))
    exhausted = ReadPage(NAME, 1, waited=LONGEST_WAIT)
    assert await world.read(exhausted, MAX_DEQUEUE_COUNT) == "ended"
    assert world.sweeps.records[NAME].state == "partial"


async def test_a_page_that_fails_once_is_read_at_the_next_attempt() -> None:
    world = begun()
    world.calls.fail("devices.page", REFUSED)
    with pytest.raises(GraphError):
        await world.read(FIRST, 1)

    assert await world.read(FIRST, 2) == "read"
    assert world.queue.sent == [SECOND]


@pytest.mark.parametrize("state", ["complete", "partial", "failed"])
async def test_a_message_that_comes_after_the_end_does_nothing(state: str) -> None:
    world = begun()
    world.running(record(state=state))
    assert await world.read(FIRST) == "stale"
    assert (world.queue.sent, world.sweeps.stored) == ([], {})


async def test_a_message_that_comes_after_an_interrupted_end_clears_away_what_it_left() -> None:
    world = begun()
    world.running(record(state="partial"))
    world.stored({1: DevicePage(pcs("ab"), "cursor-2")})
    assert await world.read(FIRST) == "stale"
    assert (world.active, world.sweeps.stored) == (None, {})


async def test_a_message_of_a_sweep_nobody_knows_does_nothing() -> None:
    world = begun()
    assert await world.read(ReadPage("unknown", 1)) == "stale"
    assert (world.queue.sent, world.sweeps.stored) == ([], {})


async def test_a_late_message_leaves_the_sets_of_a_complete_sweep() -> None:
    world = begun()
    world.running(record(state="complete"))
    world.sweeps.sets[NAME] = {}
    assert await world.read(FIRST) == "stale"
    assert NAME in world.sweeps.sets
