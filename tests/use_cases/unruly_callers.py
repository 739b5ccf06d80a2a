"""People, applications, messages and other hands at one restore setting, all at the same time."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeAlias

from hypothesis import strategies as st

from shared.domain.gates import GateTerms
from shared.domain.restore_change import UNSETTLED, ChangeState, Override
from shared.domain.restore_terms import RestoreTerms
from shared.domain.restore_value import RestoreState
from shared.errors import GraphUnavailableError, ReadinessError, StorageError
from shared.messages import SettleChange
from shared.use_cases.ensure_settling import ensure_settling
from tests.restore_builders import ANNA, BEN, BY_ROBOT, CARA, DAY, HOUR, MINUTE, ROBOT, TWIN
from tests.restore_fakes import Reply
from tests.restore_world import PATIENCE, RestoreWorld
from tests.use_cases.restore_truth import may_be_written
from tests.use_cases.unruly_host import CrashError, PausingCalls

SECOND = timedelta(seconds=1)
LONGEST_CALL = 130 * SECOND
"""What takes longer is cut off by the client's time-outs; here its caller is then dead."""
MOST_AT_ONCE = 3
MOST_DELIVERIES = 1000
"""Messages that one story may need to come to its end; more would be an avalanche."""

PEOPLE = (ANNA, BEN, CARA, ROBOT, TWIN, BY_ROBOT)
WAITING: frozenset[ChangeState] = frozenset({"waiting_for_intune_approval"})
STATES: tuple[RestoreState, ...] = ("enabled", "disabled", "notConfigured")
LATER = (SECOND, SECOND, 30 * SECOND, 61 * SECOND, 2 * MINUTE, 6 * MINUTE, 16 * MINUTE, 40 * MINUTE)
LONG = (3 * HOUR, DAY, 3 * DAY)
NO_GATES = GateTerms(
    cloud=False,
    last_sweep=None,
    eligible_share=None,
    backup_reach=None,
    quality_updates=False,
    cool_down=None,
    no_storm=False,
)
REPLIES = (
    Reply.accepted(),
    Reply.accepted(old_for=MINUTE),
    Reply.refused(),
    Reply.not_sent(),
    Reply.unanswered(None),
    Reply.unanswered(timedelta()),
    Reply.unanswered(MINUTE),
)
CALLS = {"plan": 2, "approve": 3, "reject": 1, "apply": 16, "confirm": 1, "revert": 1, "look": 1}
MESSAGES = {"deliver": 5, "double": 1, "lose": 1}
OTHERS = {"agree": 8, "foreign": 3, "toggle approval": 1, "approve in Intune": 2}
TIME = {"later": 6, "much later": 1}
WORK = {"die": 2, "fail": 2, "go on": 15, "go far": 30}
WEIGHTS = CALLS | MESSAGES | OTHERS | TIME | WORK
KINDS = [kind for kind, weight in WEIGHTS.items() for _ in range(weight)]

Run: TypeAlias = Coroutine[Any, Any, object]
Choices: TypeAlias = list[tuple[str, int]]

CHOICES = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 119)), min_size=40, max_size=160
)


class Work:
    """One call or message under way, paused before a call; `made` are the calls it has made.

    A message whose handling fails is lost, though storage would bring it again: that is worse.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.paused_before = ""
        self.stalled = timedelta()
        self.made: list[str] = []


class UnrulyCallers:
    """Up to three at work on one restore setting; every write is looked at as it is made."""

    def __init__(
        self,
        replies: Sequence[Reply],
        approvals: int,
    ) -> None:
        self.calls = PausingCalls()
        self.world = RestoreWorld(self.calls, devices=1)
        self.world.terms = RestoreTerms(approvals=approvals, gates=NO_GATES)
        self.world.setting.replies = list(replies)
        self.works: list[Work] = []
        self.deliveries = 0
        self.calls.pausing = True

    def act(self, kind: str, which: int) -> None:
        """Do one thing that may happen now."""
        match kind:
            case "agree":
                self._agree(which)
            case "foreign":
                self.world.setting.foreign(STATES[which % len(STATES)])
            case "later":
                self.pass_time(LATER[which % len(LATER)])
            case "much later":
                self.pass_time(LONG[which % len(LONG)])
            case "toggle approval":
                self.world.setting.needs_approval = not self.world.setting.needs_approval
            case "approve in Intune":
                self.world.setting.approved.update(self.world.setting.codes)
            case _ if kind in MESSAGES:
                self._handle_message(kind, which)
            case _ if kind in WORK:
                self._handle_work(kind, which)
            case _ if len(self.works) < MOST_AT_ONCE:
                self._begin(Work(self._asked(kind, which)))

    def pass_time(self, by: timedelta) -> None:
        """Let time pass; who waits for one call for longer than any may take is dead."""
        self.world.now += by
        for work in [*self.works]:
            work.stalled += by
            if work.stalled > LONGEST_CALL:
                self._go_on(work, CrashError())

    def settle(self) -> None:
        """Let all come to its end: what runs, what is due, and what the app finds forgotten."""
        self._finish()
        last = self.world.now + PATIENCE
        while self.world.due or self._is_open():
            assert self.world.now < last, "a change never comes to its end"
            if self.world.due:
                due = min(self.world.due, key=lambda due: due.at)
                self.world.due.remove(due)
                self.world.now = max(self.world.now, due.at)
                self._deliver(due.message)
            else:
                self.world.now += HOUR
                self._begin(Work(ensure_settling(self.world.now, control=self.world.control)))
            self._finish()

    def _finish(self) -> None:
        while self.works:
            self._go_on(self.works[0])

    def _is_open(self) -> bool:
        changes = (change.as_of(self.world.now) for change in self.world.audit.changes.values())
        return any(change.state in UNSETTLED | WAITING for change in changes)

    def _asked(self, kind: str, which: int) -> Run:
        who = PEOPLE[which % len(PEOPLE)]
        ids = [*self.world.audit.changes]
        id = ids[-1 - which // len(PEOPLE) % min(len(ids), 3)] if ids else "nowhere"
        override = Override(("cool_down",), "now") if which % 7 == 0 else None
        asked: dict[str, Callable[[], Run]] = {
            "plan": lambda: self.world.plan(who, STATES[which % 3], key=f"key-{which % 8}"),
            "approve": lambda: self.world.approve(id, who),
            "reject": lambda: self.world.reject(id, who),
            "apply": lambda: self.world.apply(id, who, override),
            "confirm": lambda: self.world.confirm(id, who),
            "revert": lambda: self.world.revert(id, who),
            "look": self.world.status,
        }
        return asked[kind]()

    def _agree(self, which: int) -> None:
        """Let somebody plan, and all approve who may, in some order, with nobody in between."""
        self.calls.pausing, self.world.setting.caller = False, None
        after = [state for state in STATES if state != self.world.setting.value.state]
        first = which % len(PEOPLE)
        with suppress(ReadinessError):
            plan = asyncio.run(self.world.plan(PEOPLE[first], after[which % len(after)]))
            for who in (*PEOPLE[first:], *PEOPLE[:first]):
                with suppress(ReadinessError):
                    asyncio.run(self.world.approve(plan.id, who))
        self.calls.pausing = True

    def _handle_message(self, kind: str, which: int) -> None:
        due = [due for due in self.world.due if due.at <= self.world.now or kind == "lose"]
        if not due:
            return
        chosen = due[which % len(due)]
        if kind != "double":
            self.world.due.remove(chosen)
        if kind != "lose":
            self._deliver(chosen.message)

    def _handle_work(self, kind: str, which: int) -> None:
        if not self.works:
            return
        work = self.works[which % len(self.works)]
        troubles = {"die": CrashError(), "fail": self._trouble(work)}
        self._go_on(work, troubles.get(kind))
        for _ in range(which // 3 if kind == "go far" else 0):
            if work in self.works:
                self._go_on(work)

    def _trouble(self, work: Work) -> Exception | None:
        """Choose what the call that is about to be made can fail with; a write never raises."""
        if work.paused_before.startswith("setting.write"):
            return None
        if work.paused_before.startswith("setting."):
            return GraphUnavailableError("Graph answered 503")
        return StorageError("storage is busy")

    def _deliver(self, message: SettleChange) -> None:
        self.deliveries += 1
        assert self.deliveries < MOST_DELIVERIES, "messages beget messages"
        self._begin(Work(self.world.settle(message)))

    def _begin(self, work: Work) -> None:
        self.works.append(work)
        self._go_on(work)

    def _go_on(self, work: Work, trouble: BaseException | None = None) -> None:
        setting = self.world.setting
        setting.caller, written, work.stalled = work, len(setting.writes), timedelta()
        if work.paused_before and trouble is None:
            work.made.append(work.paused_before)
        try:
            work.paused_before = work.run.throw(trouble) if trouble else work.run.send(None)
        except StopIteration:
            self.works.remove(work)
        except (ReadinessError, CrashError):
            self.works.remove(work)
        for write in setting.writes[written:]:
            may_be_written(self.world, work.made, write)
