"""A message that was given up begins anew, and is not lost on the way."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from shared.errors import DeliveryRefusedError, InputError, StorageError
from shared.messages import (
    MAX_DEQUEUE_COUNT,
    NOTIFICATIONS,
    SWEEP_FINISH,
    FinishSweep,
    SendNotification,
    decode,
    encode,
)
from shared.ports import GivenUp
from shared.use_cases.replay_message import replay_message
from tests.fakes import Calls
from tests.use_cases.mail_room import MAIN, NOON, MailRoom


class FakePoison:
    """One poison queue for all, and what was sent back."""

    def __init__(self, calls: Calls, **texts: str) -> None:
        self._calls = calls
        self.left = texts
        self.sent_back: list[tuple[str, str]] = []

    async def counts(self) -> Mapping[str, int]:
        return {NOTIFICATIONS: len(self.left)}

    async def list(self, queue: str) -> Sequence[GivenUp]:
        return [GivenUp(id, text, NOON) for id, text in self.left.items()]

    @asynccontextmanager
    async def taking(self, queue: str, id: str) -> AsyncIterator[GivenUp]:
        if id not in self.left:
            raise InputError(f"there is no message {id!r}")
        yield GivenUp(id, self.left[id], NOON)
        del self.left[id]

    async def send_back(self, queue: str, text: str) -> None:
        await self._calls("poison.send_back")
        self.sent_back.append((queue, text))


@pytest.fixture
def room() -> MailRoom:
    return MailRoom()


async def replay(room: MailRoom, poison: FakePoison, queue: str = NOTIFICATIONS) -> None:
    await replay_message(queue, "p1", room.now, poison=poison, deliveries=room.deliveries)


async def fail(room: MailRoom, **differing: Any) -> FakePoison:
    """Let the digest fail for good, and end in the poison queue."""
    room.main.script = ["refuses"]
    with pytest.raises(DeliveryRefusedError):
        await room.handle(attempt=MAX_DEQUEUE_COUNT)
    return FakePoison(room.calls, p1=encode(structs.replace(MAIN, **differing)))


async def test_a_notification_that_failed_is_sent_after_all(room: MailRoom) -> None:
    poison = await fail(room, tries=17)
    room.now += timedelta(hours=1)
    await replay(room, poison)

    assert (room.record.state, room.record.wrong) == ("pending", None)
    [(queue, text)] = poison.sent_back
    assert queue == NOTIFICATIONS
    message = decode(text, SendNotification)
    assert message == MAIN
    assert await room.handle(message) == "sent"
    assert [each.outcome for each in room.record.attempts] == ["refused", "replayed", "sent"]
    assert poison.left == {}


async def test_one_that_has_been_sent_meanwhile_is_not_sent_again(room: MailRoom) -> None:
    await room.handle()
    await replay(room, FakePoison(room.calls, p1=encode(MAIN)))
    assert await room.handle() == "skipped"


@pytest.mark.parametrize("call", ["deliveries.read", "deliveries.write", "poison.send_back"])
async def test_a_replay_that_dies_can_be_done_again(room: MailRoom, call: str) -> None:
    poison = await fail(room)
    room.calls.fail(call, StorageError("storage is busy"))
    with pytest.raises(StorageError):
        await replay(room, poison)
    assert poison.left.keys() == {"p1"}
    await replay(room, poison)
    assert await room.handle() == "sent"


@pytest.mark.parametrize(
    ("queue", "text"),
    [(SWEEP_FINISH, encode(FinishSweep("s", 3))), (NOTIFICATIONS, "by hand!")],
)
async def test_whatever_else_was_given_up_goes_back_as_it_is(
    room: MailRoom, queue: str, text: str
) -> None:
    poison = FakePoison(room.calls, p1=text)
    await replay(room, poison, queue)
    assert poison.sent_back == [(queue, text)]


async def test_a_message_that_is_not_there_is_told(room: MailRoom) -> None:
    with pytest.raises(InputError, match="'p1'"):
        await replay(room, FakePoison(room.calls))
