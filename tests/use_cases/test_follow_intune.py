"""Devices that synced with Intune are hinted at, and the watermark never passes any of them."""

from datetime import datetime, timedelta

from msgspec import structs

from shared.domain.feed import OVERLAP, FeedState
from shared.messages import DeviceChanges
from shared.ports import SyncedPage
from shared.use_cases.follow_intune import follow_intune
from shared.use_cases.hints import Hints
from tests.fakes import Calls, FakeQueue
from tests.feed_fakes import FakeChanges, guid
from tests.world import NIGHT

WATERMARK = NIGHT - timedelta(minutes=15)
STATE = FeedState("link", NIGHT, WATERMARK)


async def followed(
    synced: dict[str, datetime], *more: dict[str, datetime], state: FeedState = STATE
) -> tuple[FeedState, tuple[str, ...], FakeChanges]:
    calls = Calls()
    changes, queue = FakeChanges(calls), FakeQueue(calls)
    pages = (synced, *more)
    changes.syncs = {
        str(number) if number else None: SyncedPage(
            page, str(number + 1) if number + 1 < len(pages) else None
        )
        for number, page in enumerate(pages)
    }
    hints = Hints(queue)
    after = await follow_intune(state, NIGHT, changes=changes, hints=hints)
    await hints.send_rest()
    hinted: tuple[str, ...] = ()
    for sent in queue.sent:
        assert isinstance(sent.message, DeviceChanges)
        hinted += sent.message.intune
    return after, hinted, changes


async def test_all_pages_are_read_and_the_newest_sync_is_the_new_watermark() -> None:
    newest = WATERMARK + timedelta(minutes=9)
    after, hinted, changes = await followed(
        {"a": WATERMARK + timedelta(minutes=1)}, {}, {"b": newest}, {"c": WATERMARK}
    )
    assert hinted == ("a", "b", "c")
    assert after == structs.replace(STATE, watermark=newest)
    assert set(changes.asked_since) == {WATERMARK - OVERLAP}


async def test_a_device_that_entra_has_told_of_is_hinted_at_by_its_intune_id_alone() -> None:
    calls = Calls()
    changes, queue = FakeChanges(calls), FakeQueue(calls)
    changes.syncs = {None: SyncedPage({"a": NIGHT}, entra_ids={"a": guid(1)})}
    hints = Hints(queue)
    await hints.add_entra(guid(1))
    await follow_intune(STATE, NIGHT, changes=changes, hints=hints)
    await hints.send_rest()
    assert [sent.message for sent in queue.sent] == [DeviceChanges((), ("a",))]


async def test_a_quiet_quarter_hour_leaves_the_watermark_where_it_was() -> None:
    assert (await followed({}))[0] == STATE
    assert (await followed({"a": WATERMARK - timedelta(minutes=1)}))[0] == STATE


async def test_what_is_older_is_left_out_though_intune_may_list_it() -> None:
    since = WATERMARK - OVERLAP
    _, hinted, _ = await followed({"old": since - timedelta(seconds=1), "at": since})
    assert hinted == ("at",)


async def test_a_device_whose_clock_is_ahead_is_hinted_at_and_moves_the_watermark_to_now() -> None:
    after, hinted, _ = await followed({"ahead": NIGHT + timedelta(days=400)})
    assert hinted == ("ahead",)
    assert after.watermark == NIGHT


async def test_a_watermark_ahead_of_now_never_goes_back() -> None:
    ahead = structs.replace(STATE, watermark=NIGHT + timedelta(minutes=3))
    after, hinted, _ = await followed({"a": NIGHT}, state=ahead)
    assert (after, hinted) == (ahead, ("a",))
