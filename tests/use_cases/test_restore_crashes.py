"""Killed at any step of applying a change, the app ends with the truth, and wrote at most once."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from shared.domain.restore_change import PutOff
from shared.domain.restore_terms import RestoreTerms
from shared.errors import GraphUnavailableError
from tests.fakes import Calls
from tests.restore_builders import HOUR, MINUTE
from tests.restore_fakes import Reply
from tests.restore_world import RestoreWorld
from tests.use_cases.restore_truth import ends_with_the_truth
from tests.use_cases.unruly_callers import NO_GATES
from tests.use_cases.unruly_host import CrashError

FEWEST_CALLS = 15
"""Applying takes more calls than this; where it does not, something was not counted."""
REPLIES = {
    "accepted": Reply.accepted(),
    "accepted, and read as before for a while": Reply.accepted(old_for=MINUTE),
    "refused": Reply.refused(),
    "not sent": Reply.not_sent(),
    "unanswered, and done": Reply.unanswered(timedelta()),
    "unanswered, and done later": Reply.unanswered(MINUTE),
    "unanswered, and never done": Reply.unanswered(None),
}
Happening = Callable[[RestoreWorld], None]
MEANWHILE: dict[str, Happening] = {
    "nothing": lambda _: None,
    "somebody else switches it off": lambda world: world.setting.foreign("disabled"),
    "somebody else switches it on": lambda world: world.setting.foreign("enabled"),
}


class MortalCalls(Calls):
    """Dies at one call, counted from when it is armed."""

    def __init__(self) -> None:
        super().__init__()
        self.left: int | None = None

    async def __call__(self, name: str) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left = None
                raise CrashError
        await super().__call__(name)


class Killing:
    """An approved change, which somebody dies of applying."""

    def __init__(self, reply: Reply, *, intune: bool = False) -> None:
        self.calls = MortalCalls()
        self.world = RestoreWorld(self.calls, devices=1)
        self.world.terms = RestoreTerms(gates=NO_GATES)
        self.world.setting.replies = [reply]
        self.world.setting.needs_approval = intune
        self.id = asyncio.run(self.world.approved()).id

    def apply(self, calls: int | None = None) -> bool:
        """Apply it, and tell whether whoever does so died, after as many calls."""
        return self._die_in(self.world.apply(self.id), calls)

    def resend(self, calls: int) -> bool:
        """Let the message be handled that sends a write again, now that Intune approves."""
        self.world.setting.approved.update(self.world.setting.codes)
        self.world.now += HOUR
        return self._die_in(self.world.settle_due(), calls)

    def end(self, meanwhile: Happening) -> str:
        """Let something happen, and all messages be handled; return what is told of the change."""
        self.world.now += timedelta(seconds=1)
        meanwhile(self.world)
        asyncio.run(self.world.settled())
        ends_with_the_truth(self.world)
        put_off = sum(isinstance(event, PutOff) for event in self.world.audit.events)
        for code in (None, *self.world.setting.approved):
            sent = [write for write in self.world.setting.writes if write.code == code]
            assert len(sent) <= 1 + put_off
        return self.world.ledger.changes[self.id].state

    def _die_in(self, run: Coroutine[Any, Any, object], calls: int | None) -> bool:
        self.calls.left = calls
        try:
            asyncio.run(self._ended(run))
        except CrashError:
            return True
        finally:
            self.calls.left = None
        return False

    async def _ended(self, run: Coroutine[Any, Any, object]) -> None:
        with suppress(GraphUnavailableError):
            await run


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
@pytest.mark.parametrize("meanwhile", MEANWHILE.values(), ids=MEANWHILE)
def test_whoever_applies_a_change_may_die_before_any_call(
    reply: Reply, meanwhile: Happening
) -> None:
    for calls in count():
        killing = Killing(reply)
        died = killing.apply(calls)
        killing.end(meanwhile)
        if not died:
            assert calls > FEWEST_CALLS
            return


@pytest.mark.parametrize("meanwhile", MEANWHILE.values(), ids=MEANWHILE)
def test_whoever_is_answered_with_intunes_code_may_die_before_any_call(
    meanwhile: Happening,
) -> None:
    for calls in count():
        killing = Killing(Reply.accepted(), intune=True)
        died = killing.apply(calls)
        killing.end(meanwhile)
        if not died:
            assert calls > FEWEST_CALLS
            return


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
@pytest.mark.parametrize("meanwhile", MEANWHILE.values(), ids=MEANWHILE)
def test_whoever_sends_a_write_again_with_intunes_code_may_die_before_any_call(
    reply: Reply, meanwhile: Happening
) -> None:
    for calls in count():
        killing = Killing(reply, intune=True)
        killing.apply()
        died = killing.resend(calls)
        killing.end(meanwhile)
        if not died:
            assert calls > FEWEST_CALLS
            return


def test_a_write_that_was_done_before_a_death_is_found() -> None:
    states = set()
    for calls in count():
        killing = Killing(Reply.accepted())
        if not killing.apply(calls):
            break
        state = killing.end(MEANWHILE["nothing"])
        assert (state == "applied") == bool(killing.world.setting.done)
        states.add(state)

    assert states == {"approved", "not_applied", "applied"}
