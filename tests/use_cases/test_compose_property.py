"""Whatever comes and goes, and whoever dies: each word is told once, and the last one is true."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeAlias

from hypothesis import event, given, settings
from hypothesis import strategies as st

from shared.domain.telling import Terms
from shared.errors import ConflictError
from tests.telling_world import BUILD, DAY, HOUR, JOIN, POLICY, TellingWorld
from tests.use_cases.unruly_host import PausingCalls

FLEET = 60
REASONS = (BUILD, JOIN, POLICY)
GRACE = 2 * HOUR
Key: TypeAlias = tuple[str, str]
"""A device and a reason."""


class People:
    """Who reads every digest: what they know of each device, by the words they were told."""

    def __init__(self, world: TellingWorld, blocked: set[Key]) -> None:
        self.blocked = blocked
        self._world = world
        self._states = len(world.telling.committed)

    def read(self) -> None:
        """Read the digests that were committed since, each word of which has to be news."""
        fresh = self._world.telling.committed[self._states :]
        self._states += len(fresh)
        for id in dict.fromkeys(digest for state in fresh for digest, _ in state.outbox):
            digest, lines = self._world.telling.digests[id]
            event(digest.kind)
            for line in lines or ():
                key = (line.device, line.reason)
                if line.change == "cleared":
                    self.blocked.remove(key)
                else:
                    assert key not in self.blocked
                    self.blocked.add(key)


class History:
    """A fleet of which parts become blocked and clear, told of by any number of runs at once."""

    def __init__(self) -> None:
        self.calls = PausingCalls()
        self.world = TellingWorld(self.calls, devices=FLEET)
        self.world.terms = Terms(grace={POLICY: GRACE})
        self.world.block(["d1", "d2"], BUILD)
        self.people = People(self.world, {("d1", BUILD), ("d2", BUILD)})
        self.runs: list[Coroutine[Any, Any, object]] = []

    def live(self, steps: list[tuple[int, int]]) -> None:
        self.world.sweep()
        asyncio.run(self.world.compose())
        for kind, choice in steps:
            self.world.now += timedelta(seconds=1 + choice * 5 % 30_000)
            self._step(kind, choice)
            self.people.read()

    def rest(self, open_still: Callable[[], set[Key]]) -> None:
        """Let sweeps find the same for so long that nothing is held back any more."""
        while self.runs:
            self._go_on(self.runs[0])
        for _ in range(3):
            self.world.now += 2 * DAY
            self._sweep()
            asyncio.run(self.world.compose())
            self.people.read()
        assert self.people.blocked == open_still()

    def open(self) -> set[Key]:
        return {(id, reason) for id, reasons in self.world.open.items() for reason in reasons}

    def _step(self, kind: int, choice: int) -> None:
        wanted = (f"d{(choice + n) % FLEET}" for n in range(1 + choice % 30))
        ids = [id for id in wanted if id in self.world.open]
        reason = REASONS[choice % len(REASONS)]
        if kind == 0:
            self.world.block(ids, reason)
            asyncio.run(self.world.assess(*ids))
        elif kind == 1:
            self.world.clear(ids, reason)
            asyncio.run(self.world.assess(*ids))
        elif kind == 2:
            self._sweep()
        elif kind == 3 and ids and len(self.world.open) > FLEET // 2:
            self.world.remove(ids[0])
            asyncio.run(self.world.assess(ids[0]))
        elif kind == 4:
            self.runs.append(self.world.compose())
        elif kind == 5 and self.runs:
            event("died")
            self.runs.pop(choice % len(self.runs)).close()
        elif self.runs:
            run = self.runs[choice % len(self.runs)]
            for _ in range(choice % 50):
                self._go_on(run)

    def _go_on(self, run: Coroutine[Any, Any, object]) -> None:
        """Let a run come to its next call, which is made when it goes on after that."""
        if run not in self.runs:
            return
        self.calls.pausing = True
        try:
            run.send(None)
        except (StopIteration, ConflictError):
            self.runs.remove(run)
        finally:
            self.calls.pausing = False

    def _sweep(self) -> None:
        self.world.sweep()
        self.world.overlay.entries.clear()

    def check_sent(self) -> None:
        """Check that all that was committed was handed on, and has a record."""
        world = self.world
        committed = {pair for state in world.telling.committed for pair in state.outbox}
        assert set(world.sent()) == committed
        for digest, channel in committed:
            assert world.deliveries.record(digest, channel).state == "pending"


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 9999)), min_size=20, max_size=90))
@settings(max_examples=200, deadline=None)
def test_each_word_is_told_once_and_after_all_cleared_the_last_one_is_clear(
    steps: list[tuple[int, int]],
) -> None:
    history = History()
    history.live(steps)
    history.rest(history.open)
    history.world.clear(history.world.open)
    history.rest(set)
    history.check_sent()
