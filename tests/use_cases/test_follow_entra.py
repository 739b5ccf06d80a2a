"""Entra's changes are followed to the end, and what may have been missed owes a sweep."""

from datetime import timedelta

import pytest
from msgspec import structs

from shared.domain.directory import Directory
from shared.domain.feed import OLDEST_LINK, FeedState, FreshStart
from shared.errors import (
    ConflictError,
    DeltaExpiredError,
    GraphAnswerError,
    GraphError,
    GraphForbiddenError,
    GraphUnavailableError,
)
from shared.messages import DeviceChanges
from shared.ports import DeltaPage, DirectoryPage
from shared.use_cases import entra_objects, follow_entra
from shared.use_cases.follow_entra import REMOVED_UNKNOWN
from shared.use_cases.hints import Hints
from tests.fakes import Calls, FakeQueue
from tests.feed_fakes import FakeChanges, FakeFeed, guid, objects
from tests.world import LAST_NIGHT, NIGHT, throttled

REFUSED = GraphForbiddenError("grant Device.Read.All", permission="Device.Read.All")
STATE = FeedState("start", LAST_NIGHT, LAST_NIGHT, directory_whole=True)
NOT_WHOLE = structs.replace(STATE, directory_whole=False)


class Following:
    """Graph, the feed and the queue, and the use case called with them."""

    def __init__(self, *known: int) -> None:
        self.calls = Calls()
        self.changes = FakeChanges(self.calls)
        self.feed = FakeFeed(self.calls)
        self.feed.known = Directory(objects(known).items())
        self.queue = FakeQueue(self.calls)

    def page(self, *changed: int, removed: tuple[int, ...] = ()) -> None:
        """Let the link lead to one page, where all was read."""
        self.changes.pages["start"] = DeltaPage(
            objects(changed), frozenset(map(guid, removed)), delta_link="end"
        )

    async def follow(self, state: FeedState = STATE) -> FeedState:
        hints = Hints(self.queue)
        after = await follow_entra.follow_entra(
            state, NIGHT, changes=self.changes, feed=self.feed, hints=hints
        )
        await hints.send_rest()
        return after

    @property
    def hinted(self) -> list[int]:
        """The numbers of the devices that were hinted at."""
        messages = [sent.message for sent in self.queue.sent]
        return [
            int(device[-12:], 16) - 1000
            for message in messages
            if isinstance(message, DeviceChanges)
            for device in message.entra
        ]


async def test_pages_are_followed_to_the_end_and_the_last_link_is_kept() -> None:
    following = Following()
    following.changes.pages = {
        "start": DeltaPage(objects([1]), next="second"),
        "second": DeltaPage({}, next="third"),
        "third": DeltaPage(objects([2, 1]), delta_link="end"),
    }
    after = await following.follow()
    assert following.hinted == [1, 2]
    assert following.changes.followed == ["start", "second", "third"]
    assert after == structs.replace(STATE, delta_link="end", linked=NIGHT)


async def test_new_pairs_are_kept_for_the_day_their_object_is_removed() -> None:
    following = Following(1)
    following.page(1, 2)
    await following.follow()
    assert following.feed.known.device_of(guid(2)) == guid(1002)

    following.page(removed=(2,))
    assert (await following.follow()).owed_sweep is None
    assert following.hinted == [1, 2, 2]


async def test_a_directory_without_news_is_not_written() -> None:
    following = Following(1)
    following.page(1, removed=(1,))
    await following.follow()
    assert "feed.write_directory" not in following.calls.made


async def test_an_object_without_a_device_id_is_looked_up_before_graph_is_asked() -> None:
    following = Following(1)
    following.changes.entra = objects([1, 2])
    unnamed = {guid(1): None, guid(2): None, guid(3): None}
    following.changes.pages["start"] = DeltaPage(unnamed, delta_link="end")
    await following.follow()
    assert following.changes.asked_objects == [[guid(2), guid(3)]]
    assert following.hinted == [1, 2]
    assert following.feed.known.device_of(guid(2)) == guid(1002)


async def test_the_id_that_names_no_device_counts_as_left_out() -> None:
    following = Following(1)
    nobody = {guid(1): "00000000-0000-0000-0000-000000000000"}
    following.changes.pages["start"] = DeltaPage(nobody, delta_link="end")
    await following.follow()
    assert following.hinted == [1]


async def test_a_device_removed_before_its_pair_was_seen_is_found_in_the_same_changes() -> None:
    following = Following()
    following.changes.pages = {
        "start": DeltaPage({}, frozenset([guid(1)]), next="second"),
        "second": DeltaPage(objects([1]), delta_link="end"),
    }
    assert (await following.follow(NOT_WHOLE)).owed_sweep is None
    assert following.hinted == [1]


async def test_an_unknown_removed_object_is_no_device_of_ours_once_the_directory_is_whole() -> None:
    following = Following(1)
    following.page(removed=(7,))
    assert (await following.follow()).owed_sweep is None
    assert following.hinted == []


async def test_an_unknown_removed_object_owes_a_sweep_before_that() -> None:
    following = Following()
    following.page(removed=(7,))
    after = await following.follow(NOT_WHOLE)
    assert after.owed_sweep == REMOVED_UNKNOWN
    assert after.directory_whole, "which counts from the next poll on"


async def test_the_directory_is_read_before_the_changes() -> None:
    following = Following()
    await following.follow(NOT_WHOLE)
    read, followed = map(following.calls.made.index, ("changes.directory", "changes.since"))
    assert read < followed


async def test_a_whole_directory_is_not_read_again() -> None:
    following = Following()
    await following.follow()
    assert "changes.directory" not in following.calls.made


async def test_a_large_directory_is_read_on_by_the_next_poll(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(follow_entra, "MOST_DIRECTORY_PAGES", 2)
    following = Following()
    following.changes.listing = {
        None: DirectoryPage(objects([1]), "b"),
        "b": DirectoryPage({}, "c"),
        "c": DirectoryPage(objects([2])),
    }
    after = await following.follow(NOT_WHOLE)
    assert (after.directory_cursor, after.directory_whole) == ("c", False)
    assert len(following.feed.known) == 1

    after = await following.follow(after)
    assert (after.directory_cursor, after.directory_whole) == (None, True)
    assert following.feed.known.device_of(guid(2)) == guid(1002)


@pytest.mark.parametrize("error", [REFUSED, GraphError("Graph answered 400", status=400)])
async def test_a_directory_that_cannot_be_listed_keeps_no_changes_waiting(
    error: GraphError, caplog: pytest.LogCaptureFixture
) -> None:
    following = Following()
    following.page(1)
    following.calls.fail("changes.directory", error)
    after = await following.follow(structs.replace(NOT_WHOLE, directory_cursor="stale"))
    assert following.hinted == [1]
    assert (after.directory_cursor, after.directory_whole) == (None, False)
    assert "cannot be listed" in caplog.text


@pytest.mark.parametrize(
    "call", ["changes.directory", "changes.since", "changes.device_ids", "changes.latest"]
)
@pytest.mark.parametrize("error", [throttled(60), GraphUnavailableError("Graph answered 503")])
async def test_a_graph_that_will_answer_later_is_left_to_the_next_poll(
    call: str, error: GraphError
) -> None:
    following = Following()
    following.changes.pages["start"] = DeltaPage({guid(1): None}, delta_link="end")
    following.calls.fail(call, error)
    state = structs.replace(NOT_WHOLE, delta_link=None) if "latest" in call else NOT_WHOLE
    with pytest.raises(type(error)):
        await following.follow(state)


async def test_a_link_that_graph_refuses_for_no_known_reason_is_given_up_once_a_day() -> None:
    following = Following()
    error = GraphAnswerError("the page leads nowhere")
    following.calls.fail("changes.since", error, error)
    after = await following.follow()
    assert after.fresh_start == FreshStart(
        NIGHT, "the delta link could not be used: the page leads nowhere"
    )
    assert after.owed_sweep == after.fresh_start.reason
    with pytest.raises(GraphAnswerError):
        await following.follow(after)


async def test_an_expired_link_begins_afresh_reads_the_directory_again_and_owes_a_sweep() -> None:
    following = Following()
    following.changes.pages["start"] = DeltaPage(objects([1]), next="expired")
    following.calls.before(
        "changes.since",
        lambda: following.calls.before(
            "changes.since",
            lambda: following.calls.fail("changes.since", DeltaExpiredError("410 Gone")),
        ),
    )
    after = await following.follow(structs.replace(STATE, directory_cursor="c"))
    assert (after.delta_link, after.linked) == ("latest", NIGHT)
    assert (after.directory_cursor, after.directory_whole) == (None, False)
    assert after.owed_sweep == "the delta link had expired: 410 Gone"
    assert after.fresh_start == FreshStart(NIGHT, "the delta link had expired: 410 Gone")
    assert following.hinted == [1]


async def test_a_link_older_than_six_days_is_not_even_tried() -> None:
    following = Following()
    old = structs.replace(STATE, linked=NIGHT - OLDEST_LINK - timedelta(seconds=1))
    after = await following.follow(old)
    assert after.delta_link == "latest"
    assert after.owed_sweep == "the delta link was older than 6 days"
    assert following.changes.followed == []

    young = structs.replace(STATE, linked=NIGHT - OLDEST_LINK)
    assert (await following.follow(young)).owed_sweep is None


async def test_a_sweep_that_left_no_link_owes_another_one() -> None:
    following = Following()
    after = await following.follow(structs.replace(NOT_WHOLE, delta_link=None))
    assert after.delta_link == "latest"
    assert after.owed_sweep == "the last sweep had left no delta link"
    assert "changes.directory" not in following.calls.made, "which would end before the next link"


@pytest.mark.parametrize("call", ["changes.since", "changes.device_ids"])
async def test_where_entra_may_not_be_read_the_state_says_so_and_owes_nothing(
    call: str, caplog: pytest.LogCaptureFixture
) -> None:
    following = Following()
    following.changes.pages["start"] = DeltaPage({guid(1): None}, delta_link="end")
    following.calls.fail(call, REFUSED)
    after = await following.follow()
    assert after == structs.replace(STATE, delta_link=None, entra_refused="grant Device.Read.All")
    assert "Changes in Entra are not followed: grant Device.Read.All" in caplog.text

    following.calls.fail("changes.latest", REFUSED)
    assert await following.follow(after) == after


async def test_once_entra_may_be_read_again_a_sweep_is_owed_for_the_time_between() -> None:
    following = Following()
    refused = structs.replace(STATE, delta_link=None, entra_refused="grant Device.Read.All")
    after = await following.follow(refused)
    assert (after.delta_link, after.entra_refused) == ("latest", None)
    assert after.owed_sweep == "changes in Entra could not be read before"


@pytest.mark.parametrize("call", ["changes.since", "feed.write_directory"])
async def test_a_poll_that_was_overtaken_writes_no_directory(call: str) -> None:
    following = Following()
    following.page(1)

    def overtake() -> None:
        following.feed.known_replaced(Directory(objects([5]).items()))

    following.calls.before(call, overtake)
    with pytest.raises(ConflictError):
        await following.follow()
    assert following.feed.known.device_of(guid(5)) == guid(1005)


async def test_many_new_pairs_are_packed_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entra_objects, "MOST_LOOSE", 3)
    following = Following(1)
    following.page(1, 2, 3, 4, removed=(3, 4))
    await following.follow()
    assert following.hinted == [1, 2, 3, 4]
    assert len(following.feed.known) == 4
