"""Apply an approved change, if every gate holds."""

from collections.abc import Sequence
from datetime import datetime

from shared.domain.gate_answers import gate_answers, passed
from shared.domain.gates import GateAnswer, Question
from shared.domain.ledger import Ledger
from shared.domain.permits import denial
from shared.domain.principal import Principal
from shared.domain.restore_change import (
    UNSETTLED,
    Applying,
    Blocked,
    Change,
    ChangeEvent,
    Override,
)
from shared.domain.tenant import RestoreSetting
from shared.errors import ChangeError, GatesError, GraphUnavailableError
from shared.messages import RESTORE_CHANGES, SettleChange
from shared.use_cases.append_record import append_record, change_of, insist
from shared.use_cases.conditions import check_unchanged
from shared.use_cases.observe_gates import observe
from shared.use_cases.restore_control import Control
from shared.use_cases.write_setting import (
    SEND_WITHIN,
    SETTLE_AFTER,
    has_moved,
    outcome_of_move,
    write_setting,
)


async def apply_change(
    now: datetime,
    who: Principal,
    id: str,
    if_match: str | None,
    override: Override | None,
    *,
    control: Control,
) -> Change:
    """Write the setting, and return the change as it then stands, which may not be settled yet.

    What is applied, or being applied, is returned as it stands: it is not written once more.
    A setting that is not what the plan was made against is a conflict, whatever the gates say.
    Raises GatesError, ChangeError, StaleError, NotFoundError, and GraphError when nothing was sent.
    """
    seen = await control.audit.ledger()
    change = (await change_of(seen, id, control=control)).as_of(now)
    check_unchanged(change, if_match)
    if change.state == "applied" or change.state in UNSETTLED:
        return change
    await insist("apply", change, who, seen, control=control)
    answers, setting = await gates_of(now, change, seen, override, control=control)
    if setting is not None and has_moved(change, setting):
        return await record_move(change, who, setting, control=control)
    stopping = [answer.gate for answer in answers if answer.stops]
    if stopping:
        await record_blocked(change, who, answers, control=control)
        raise GatesError(
            f"the change {id} is not applied: {', '.join(stopping)} {_do(stopping)} not hold",
            change=id,
            state=change.state,
        )
    applying = await begin_applying(now, who, change, answers, override, control=control)
    return await write_setting(applying, who, control=control)


async def gates_of(
    now: datetime, change: Change, ledger: Ledger, override: Override | None, *, control: Control
) -> tuple[tuple[GateAnswer, ...], RestoreSetting | None]:
    """Ask every gate about a change, as things are now; with the setting, if it can be read."""
    observed, setting = await observe(now, control=control)
    question = Question(change.after, ledger.is_way_back(change.reverts))
    answers = gate_answers(control.terms.gates, observed, question, now)
    return passed(answers, override.gates if override else ()), setting


async def record_move(
    change: Change, who: Principal | None, setting: RestoreSetting, *, control: Control
) -> Change:
    """End a change because the setting is not what its plan was made against; nothing is written.

    What was read may be this very change's doing, if somebody else has begun to apply it since.
    """

    def decide(ledger: Ledger) -> ChangeEvent | None:
        standing = ledger.changes[change.id]
        as_it_was = standing.state == change.state and standing.begun == change.begun
        return outcome_of_move(change, setting) if as_it_was else None

    ledger = await append_record(who, decide, control=control)
    return ledger.changes[change.id]


async def record_blocked(
    change: Change, who: Principal | None, answers: tuple[GateAnswer, ...], *, control: Control
) -> None:
    """Record that a change was to be applied, and that gates did not hold."""
    event = Blocked(change.id, answers)
    await append_record(who, lambda _: event, control=control)


async def begin_applying(
    now: datetime,
    who: Principal | None,
    change: Change,
    answers: tuple[GateAnswer, ...],
    override: Override | None,
    *,
    control: Control,
) -> Change:
    """Make this change the one that may write. Raises ChangeError when it is not to be.

    Whoever dies from here on leaves a message behind that has the outcome looked for. Raises
    GraphUnavailableError where that message might come before there is something to look for.
    """
    sending = control.clock()
    await control.queue.send(
        RESTORE_CHANGES, SettleChange(change.id), delay=SETTLE_AFTER.total_seconds()
    )

    def decide(ledger: Ledger) -> Applying:
        if control.clock() - sending > SEND_WITHIN:
            raise GraphUnavailableError(
                f"the change {change.id} was not begun: that took too long; apply it again"
            )
        standing = ledger.changes[change.id]
        denied = denial("apply", standing, who or change.planner, ledger.in_progress, now)
        if denied is not None:
            state = standing.as_of(now).state
            raise ChangeError(denied.why, change=change.id, state=state)
        return Applying(change.id, answers, override)

    ledger = await append_record(who, decide, control=control)
    return ledger.changes[change.id]


def _do(gates: Sequence[str]) -> str:
    return "do" if len(gates) > 1 else "does"
