"""A digest reaches each channel once, whatever the channel, storage and the queue do."""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import time, timedelta
from functools import partial
from typing import Any

import pytest
from msgspec import structs

from shared.domain.attempts import LONGEST_TRY, MOST_UNKNOWN, PAUSES
from shared.domain.delivery import UNKNOWN_WINDOW, Attempt, Delivery, DeliveryState
from shared.domain.digest import DigestView, Notice
from shared.domain.outgoing import Post, Receipt
from shared.domain.routes import Channel, QuietHours
from shared.errors import DeliveryRefusedError, SettingsError, StorageError
from shared.messages import (
    DIGESTS,
    MAX_DEQUEUE_COUNT,
    NOTIFICATIONS,
    ComposeDigests,
    SendNotification,
)
from tests.delivery_fakes import RETRY_AFTER, Answer, FakeNotifier
from tests.fakes import Sent
from tests.report.render.digests import view
from tests.telling_builders import routed
from tests.use_cases.mail_room import DIGEST, MAIN, NOON, MailRoom

BY_NIGHT = QuietHours(time(22), time(6))
MIDNIGHT = NOON.replace(hour=23, minute=30)


@pytest.fixture
def room() -> MailRoom:
    return MailRoom()


def record(state: DeliveryState, *attempts: Attempt, **differing: Any) -> Delivery:
    return Delivery(MAIN.digest, MAIN.channel, state, NOON, attempts, **differing)


def put(room: MailRoom, record: Delivery) -> None:
    room.deliveries.put(record)


def outcomes(room: MailRoom) -> list[str]:
    return [attempt.outcome for attempt in room.record.attempts]


def put_off(seconds: float, tries: int = 0) -> list[Sent]:
    """The one message that is on the queue when all that is left to do is to wait."""
    return [Sent(NOTIFICATIONS, structs.replace(MAIN, tries=tries), seconds)]


def quiet(room: MailRoom, hours: QuietHours = BY_NIGHT) -> None:
    main, *others = room.routes.channels
    channels = (structs.replace(main, quiet=hours), *others)
    room.routes = structs.replace(room.routes, channels=channels)


async def test_a_digest_is_sent_and_recorded(room: MailRoom) -> None:
    assert await room.handle() == "sent"
    [arrived] = room.main.arrived
    assert isinstance(arrived, Post)
    assert arrived.id == f"{MAIN.digest}.main"
    assert room.record == record("sent", Attempt(NOON, "sent", 202))
    assert room.queue.sent == []


async def test_nothing_leaves_before_it_is_recorded(room: MailRoom) -> None:
    await room.handle()
    made = room.calls.made
    assert made.index("deliveries.write") < made.index("notifier.send")
    assert room.deliveries.history[0] == record("sending", Attempt(NOON, "sending"))


async def test_a_record_that_was_composed_is_taken_up(room: MailRoom) -> None:
    room.deliveries.put(record("pending"))
    assert await room.handle() == "sent"
    assert outcomes(room) == ["sent"]


async def test_what_was_sent_is_not_sent_again(room: MailRoom) -> None:
    await room.handle()
    assert await room.handle() == "skipped"
    assert len(room.main.arrived) == 1


async def test_each_channel_is_sent_its_own(room: MailRoom) -> None:
    room.main.script = ["refuses"]
    with pytest.raises(DeliveryRefusedError):
        await room.handle()
    assert await room.handle(SendNotification(MAIN.digest, "ops")) == "sent"
    assert len(room.notifiers["ops"].arrived) == 1
    assert room.main.arrived == []


@pytest.mark.parametrize("kind", ["sweep", "changes"])
async def test_a_channel_that_none_of_the_lines_are_for_is_left_alone(
    room: MailRoom, kind: Any
) -> None:
    digest = structs.replace(DIGEST.digest, kind=kind)
    room.telling.views[MAIN.digest] = DigestView(digest, 0, ())
    assert await room.handle() == "nothing_to_say"
    assert (room.record.state, outcomes(room)) == ("sent", ["nothing to say"])
    assert room.main.arrived == []


async def test_a_digest_without_lines_for_a_channel_still_brings_its_notices(
    room: MailRoom,
) -> None:
    digest = structs.replace(DIGEST.digest, notices=(Notice("A policy", "is gone"),))
    room.telling.views[MAIN.digest] = DigestView(digest, 0, ())
    assert await room.handle() == "sent"


class TestPutOff:
    async def test_a_throttled_message_waits_for_as_long_as_was_asked(self, room: MailRoom) -> None:
        room.main.script = ["throttles"]
        assert await room.handle() == "put_off"
        assert room.queue.sent == put_off(RETRY_AFTER, tries=1)
        until = NOON + timedelta(seconds=RETRY_AFTER)
        assert room.record == record("pending", Attempt(NOON, "throttled", 429), not_before=until)

    async def test_a_channel_that_fails_is_left_alone_longer_each_time(
        self, room: MailRoom
    ) -> None:
        room.main.script = ["fails"] * len(PAUSES)
        delays = []
        for tries in range(len(PAUSES)):
            assert await room.handle(structs.replace(MAIN, tries=tries)) == "put_off"
            [sent] = room.queue.sent
            room.queue.sent.clear()
            room.now += timedelta(seconds=sent.delay)
            delays.append(sent.delay)
        assert delays == sorted(delays)
        assert delays[:3] == [30, 60, 120]
        assert timedelta(hours=11) < sum(PAUSES, timedelta()) < timedelta(hours=13)

        assert await room.handle(structs.replace(MAIN, tries=len(PAUSES))) == "sent"

    async def test_a_second_message_does_not_come_before_its_time_either(
        self, room: MailRoom
    ) -> None:
        room.main.script = ["throttles"]
        await room.handle()
        room.queue.sent.clear()
        room.now += timedelta(seconds=30)
        assert await room.handle() == "put_off"
        assert room.queue.sent == put_off(RETRY_AFTER - 30)

    async def test_a_digest_does_not_overtake_the_one_before_it(self, room: MailRoom) -> None:
        later = NOON + timedelta(minutes=5)
        before = Delivery("earlier", MAIN.channel, "pending", NOON, not_before=later)
        put(room, before)
        put(room, record("pending", after="earlier"))
        assert await room.handle() == "put_off"
        assert room.queue.sent == put_off(300)
        assert room.main.arrived == []
        put(room, structs.replace(before, state="sent"))
        assert await room.handle() == "sent"

    async def test_a_digest_that_was_given_up_is_not_waited_for(self, room: MailRoom) -> None:
        put(room, Delivery("earlier", MAIN.channel, "failed", NOON))
        put(room, record("pending", after="earlier"))
        assert await room.handle() == "sent"

    async def test_a_channel_sleeps_in_its_quiet_hours(self, room: MailRoom) -> None:
        quiet(room)
        room.now = MIDNIGHT
        assert await room.handle() == "put_off"
        assert room.queue.sent == put_off(timedelta(hours=6.5).total_seconds())
        assert room.main.arrived == []

    @pytest.mark.parametrize("kind", ["operations", "test"])
    async def test_what_is_urgent_wakes_it(self, room: MailRoom, kind: Any) -> None:
        quiet(room)
        room.now = MIDNIGHT
        room.telling.views[MAIN.digest] = view(kind=kind)
        assert await room.handle() == "sent"


class TestUnknown:
    async def test_a_message_without_an_answer_is_left_alone_for_its_window(
        self, room: MailRoom
    ) -> None:
        room.main.script = ["cuts"]
        assert await room.handle() == "put_off"
        assert room.queue.sent == put_off(UNKNOWN_WINDOW.total_seconds())
        assert room.record == record(
            "unknown", Attempt(NOON, "unknown"), not_before=NOON + UNKNOWN_WINDOW
        )
        room.now += UNKNOWN_WINDOW - timedelta(seconds=1)
        assert await room.handle() == "put_off"
        assert len(room.main.arrived) == 1

    async def test_it_is_sent_once_more_after_that(self, room: MailRoom) -> None:
        room.main.script = ["loses"]
        await room.handle()
        room.now += UNKNOWN_WINDOW
        assert await room.handle() == "sent"
        assert outcomes(room) == ["unknown", "sent"]

    async def test_a_try_that_may_be_under_way_is_waited_for(self, room: MailRoom) -> None:
        room.deliveries.put(record("sending", Attempt(NOON, "sending")))
        room.now += timedelta(minutes=1)
        assert await room.handle() == "put_off"
        assert room.queue.sent == put_off((LONGEST_TRY - timedelta(minutes=1)).total_seconds())
        assert room.record.state == "sending"

    async def test_a_try_that_has_died_leaves_its_outcome_unknown(self, room: MailRoom) -> None:
        room.deliveries.put(record("sending", Attempt(NOON, "sending")))
        room.now += LONGEST_TRY
        assert await room.handle() == "put_off"
        assert room.queue.sent == put_off((UNKNOWN_WINDOW - LONGEST_TRY).total_seconds())
        assert (room.record.state, outcomes(room)) == ("unknown", ["unknown"])

    async def test_a_try_that_died_long_ago_is_made_again_at_once(self, room: MailRoom) -> None:
        room.deliveries.put(record("sending", Attempt(NOON, "sending")))
        room.now += UNKNOWN_WINDOW
        assert await room.handle() == "sent"
        assert outcomes(room) == ["unknown", "sent"]

    @pytest.mark.parametrize("answer", ["cuts", "loses"])
    async def test_a_channel_that_never_answers_is_given_up(
        self, room: MailRoom, answer: Answer
    ) -> None:
        room.main.script = [answer] * 10
        room.post()
        room.settle()
        assert outcomes(room) == ["unknown"] * MOST_UNKNOWN
        assert room.record.state == "failed"
        assert "may have arrived" in (room.record.wrong or "")
        assert room.poison == [MAIN]
        assert len(room.told) == 1


class TestRefused:
    async def test_every_attempt_raises_and_none_sends_again(self, room: MailRoom) -> None:
        room.main.script = ["refuses"]
        for attempt in range(1, MAX_DEQUEUE_COUNT + 1):
            with pytest.raises(DeliveryRefusedError, match="to main: it answered no;"):
                await room.handle(attempt=attempt)
        assert room.calls.made.count("notifier.send") == 1
        assert room.record == record(
            "failed", Attempt(NOON, "refused", 404), wrong="it answered no"
        )

    async def test_operations_are_told_once_with_the_last_attempt(self, room: MailRoom) -> None:
        room.main.script = ["refuses"]
        room.post()
        room.settle()
        assert room.poison == [MAIN]
        assert room.told == [
            ComposeDigests(f"something is wrong with digest {MAIN.digest} on main")
        ]
        assert await room.deliveries.failed_since(NOON) == [room.record]

    async def test_a_channel_that_fails_for_half_a_day_is_given_up(self, room: MailRoom) -> None:
        room.main.script = ["fails"] * 100
        room.post()
        room.settle()
        assert outcomes(room) == ["unavailable"] * (len(PAUSES) + 1)
        assert (room.record.state, room.record.wrong) == ("failed", "it answered no")
        assert [message.tries for message in room.poison] == [len(PAUSES)]
        assert len(room.told) == 1

    async def test_a_secret_that_is_missing_is_named_and_nothing_is_sent(
        self, room: MailRoom, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def lacking(_: Channel) -> FakeNotifier:
            raise SettingsError("TEAMS_WEBHOOK_URL is missing: put the URL of the flow there")

        monkeypatch.setattr(room, "notifier_of", lacking)
        with pytest.raises(DeliveryRefusedError, match="TEAMS_WEBHOOK_URL is missing"):
            await room.handle()
        assert room.record.state == "failed"
        assert room.deliveries.history == [room.record]

    async def test_recipients_whom_the_server_refuses_are_counted_and_told(
        self, room: MailRoom
    ) -> None:
        main, *others = room.routes.channels
        main = structs.replace(main, to=("ada@contoso.example", "bob@contoso.example"))
        room.routes = structs.replace(room.routes, channels=(main, *others))
        room.main.receipt = Receipt(250, refused=("ada@contoso.example",))
        assert await room.handle() == "sent"
        assert outcomes(room) == ["sent, but for 1 of 2 recipients"]
        assert "refused 1 of 2 recipients" in (room.record.wrong or "")
        assert [sent.queue for sent in room.queue.sent] == [DIGESTS]

    @pytest.mark.parametrize("gone", ["channel", "digest"])
    async def test_what_is_no_longer_there_ends_in_silence(self, room: MailRoom, gone: str) -> None:
        if gone == "channel":
            room.routes = structs.replace(routed(), channels=routed().channels[1:])
        else:
            room.telling.views.clear()
        assert await room.handle(attempt=MAX_DEQUEUE_COUNT) == "dropped"
        assert await room.handle() == "dropped"
        assert (room.record.state, outcomes(room)) == ("failed", [f"no such {gone}"])
        assert room.queue.sent == []

    async def test_a_channel_that_lacks_because_of_broken_routes_is_waited_for(
        self, room: MailRoom
    ) -> None:
        meant = room.routes
        room.routes = structs.replace(meant, channels=meant.channels[1:])
        room.routes_problem = "the routes file is no TOML"
        assert await room.handle() == "put_off"
        assert room.queue.sent == put_off(30, tries=1)
        room.routes, room.routes_problem = meant, None
        room.now += timedelta(seconds=30)
        assert await room.handle() == "sent"
        assert outcomes(room) == ["no such channel", "sent"]


class TestCrashes:
    CALLS = (
        "deliveries.read",
        "telling.digest",
        "telling.view",
        "deliveries.write",
        "notifier.send",
        "notifier.answers",
        "queue.send",
    )

    @pytest.mark.parametrize("call", CALLS)
    @pytest.mark.parametrize("script", [[], ["throttles"], ["loses"], ["fails", "throttles"]])
    async def test_a_call_that_fails_loses_nothing(
        self, room: MailRoom, call: str, script: list[Answer]
    ) -> None:
        room.main.script = list(script)
        room.calls.fail(call, StorageError("storage is busy"))
        room.post()
        room.settle()
        doubled = call == "notifier.answers" and not script
        assert len(room.main.arrived) == (2 if doubled else 1)
        assert ("unknown" in outcomes(room)) == (call.startswith("notifier.") or "loses" in script)
        assert room.record.state == "sent"
        assert room.poison == []

    async def test_an_acceptance_that_was_not_recorded_is_an_unknown_outcome(
        self, room: MailRoom
    ) -> None:
        writes = iter((None, StorageError("storage is busy")))

        async def failing(name: str, made: Callable[[str], Any] = room.calls.__call__) -> None:
            await made(name)
            if name == "deliveries.write" and (error := next(writes, None)):
                raise error

        room.deliveries._calls = failing  # type: ignore[assignment]
        room.post()
        room.settle()
        assert outcomes(room) == ["unknown", "sent"]

    async def test_what_fails_at_every_attempt_is_recorded_and_told(self, room: MailRoom) -> None:
        room.calls.fail("telling.view", *[StorageError("no lines")] * MAX_DEQUEUE_COUNT)
        room.post()
        room.settle()
        assert room.poison == [MAIN]
        assert (room.record.state, outcomes(room)) == ("failed", ["gave up"])
        assert (room.record.wrong or "").startswith("no lines; see the log")
        assert len(room.told) == 1

    async def test_an_error_of_our_own_is_not_quoted(self, room: MailRoom) -> None:
        room.calls.fail("telling.view", KeyError("Ada Lovelace"))
        with pytest.raises(KeyError):
            await room.handle(attempt=MAX_DEQUEUE_COUNT)
        assert room.record.wrong == "KeyError; see the log, and replay the message"

    async def test_of_two_at_once_one_sends_and_the_other_looks_after_it(
        self, room: MailRoom
    ) -> None:
        taken = record("sending", Attempt(NOON, "sending"))
        room.calls.before("deliveries.write", partial(put, room, taken))
        assert await room.handle() == "put_off"
        assert room.queue.sent == put_off(LONGEST_TRY.total_seconds())
        assert room.main.arrived == []

    async def test_a_slow_try_that_was_accepted_after_all_is_recorded_as_sent(
        self, room: MailRoom
    ) -> None:
        unknown = record("unknown", Attempt(NOON, "unknown"), not_before=NOON + UNKNOWN_WINDOW)
        room.calls.before("notifier.answers", partial(put, room, unknown))
        assert await room.handle() == "sent"
        assert (room.record.state, room.record.not_before) == ("sent", None)
        assert outcomes(room) == ["unknown", "sent"]


class TestSecrets:
    MARK = "s3cr3t-mark"

    async def test_no_address_is_recorded_logged_or_raised(
        self, room: MailRoom, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        said = f"550 <{self.MARK}@contoso.com> unknown; https://contoso.com/{self.MARK}?sig=1"
        room.main.says = said
        room.main.script = ["throttles", "fails", "cuts", "refuses"]
        while room.main.script:
            room.now += timedelta(hours=1)
            with suppress(DeliveryRefusedError):
                await room.handle()
        with pytest.raises(DeliveryRefusedError, match="could not be delivered") as raised:
            await room.handle(attempt=MAX_DEQUEUE_COUNT)
        error: BaseException | None = raised.value
        while error is not None:
            assert self.MARK not in f"{error}{error!r}{vars(error)}"
            error = error.__cause__ or error.__context__
        assert "(address)" in caplog.text
        assert "(address)" in (room.record.wrong or "")
        assert self.MARK not in caplog.text + repr(room.deliveries.history)
