"""Plan a change of the restore setting, against its value as it is now."""

from datetime import datetime, timedelta

from msgspec import Struct

from shared.domain.gate_answers import gate_answers
from shared.domain.gates import Question
from shared.domain.ledger import Ledger
from shared.domain.principal import Principal
from shared.domain.restore_change import OPEN, Change, Planned
from shared.domain.restore_value import RestoreState, value_of
from shared.errors import ChangeError, KeyReusedError
from shared.use_cases.append_record import append_record, change_of, insist
from shared.use_cases.conditions import check_setting_unchanged
from shared.use_cases.observe_gates import observe
from shared.use_cases.restore_control import Control

DAY = timedelta(days=1)
MOST_OPEN = 100
"""Open plans at a time: far more than people can mean, and few enough to be read at once."""

MOST_A_DAY = 50
"""Plans of one planner within a day: records stay for good, and leave room for those of others."""


class Wanted(Struct, frozen=True):
    """What is asked for, and why; `reverts` names the change whose former value it is."""

    after: RestoreState
    reason: str
    ticket: str | None = None
    reverts: str | None = None


class Undo(Struct, frozen=True):
    """Which applied change is to be undone, and why."""

    change: str
    reason: str
    ticket: str | None = None


class Key(Struct, frozen=True):
    """The hashes of a caller with their idempotency key, and of what they asked with it."""

    key: str
    body: str


class Planning(Struct, frozen=True):
    """A plan; `replayed` says that it is the one that the same question had made before."""

    change: Change
    replayed: bool = False


async def plan_change(
    now: datetime,
    who: Principal,
    wanted: Wanted,
    key: Key,
    if_match: str | None,
    *,
    control: Control,
) -> Planning:
    """Make a plan, unless the key has made one already.

    Raises KeyReusedError, StaleError where the setting is not what the caller saw, ChangeError
    where nothing would change or the setting cannot be read, and GraphError.
    """
    seen = await control.audit.ledger()
    made = await _made_before(seen, key, control)
    if made is not None:
        return Planning(made, replayed=True)
    observed, setting = await observe(now, control=control)
    if setting is None:
        raise ChangeError(f"no plan can be made without the setting's value: {observed.wrong}")
    check_setting_unchanged(setting, if_match)
    if setting.state == wanted.after:
        raise ChangeError(f"the restore setting is {wanted.after} already; there is nothing to do")
    question = Question(wanted.after, seen.is_way_back(wanted.reverts))
    planned = Planned(
        change=f"{now:%Y%m%dT%H%M%SZ}-{control.unique()[:8]}",
        setting=setting.id,
        before=value_of(setting),
        after=wanted.after,
        reason=wanted.reason,
        expires=now + control.terms.plan_holds,
        approvals_needed=control.terms.approvals,
        key=key.key,
        body=key.body,
        ticket=wanted.ticket,
        gates=gate_answers(control.terms.gates, observed, question, now),
        affected=observed.fleet,
        reverts=wanted.reverts,
    )

    def decide(ledger: Ledger) -> Planned | None:
        if key.key in ledger.keys:
            return None
        _check_room(ledger, who, now)
        return planned

    ledger = await append_record(who, decide, control=control)
    if planned.change in ledger.changes:
        return Planning(ledger.changes[planned.change])
    made = await _made_before(ledger, key, control)
    if made is None:
        raise ChangeError(f"the plan {planned.change} was not recorded; ask for it again")
    return Planning(made, replayed=True)


async def plan_revert(
    now: datetime,
    who: Principal,
    undo: Undo,
    key: Key,
    if_match: str | None,
    *,
    control: Control,
) -> Planning:
    """Plan the way back to the value before an applied change. Raises as `plan_change` does."""
    ledger = await control.audit.ledger()
    change = await change_of(ledger, undo.change, control=control)
    made = await _made_before(ledger, key, control)
    if made is not None:
        return Planning(made, replayed=True)
    await insist("revert", change, who, ledger, control=control)
    wanted = Wanted(change.before.state, undo.reason, undo.ticket, reverts=undo.change)
    return await plan_change(now, who, wanted, key, if_match, control=control)


def _check_room(ledger: Ledger, who: Principal, now: datetime) -> None:
    changes = ledger.changes.values()
    if sum(change.as_of(now).state in OPEN for change in changes) >= MOST_OPEN:
        raise ChangeError(f"there are {MOST_OPEN} open plans already; reject some first")
    lately = (change for change in changes if now - change.planned < DAY)
    if sum(change.planner.is_same_as(who) for change in lately) >= MOST_A_DAY:
        raise ChangeError(f"you have made {MOST_A_DAY} plans within a day; make others later")


async def _made_before(ledger: Ledger, key: Key, control: Control) -> Change | None:
    use = ledger.keys.get(key.key)
    if use is None:
        return None
    if use.body != key.body:
        raise KeyReusedError(
            f"this idempotency key was used for the change {use.change}, with another body; take a"
            " new key for a new question"
        )
    return await change_of(ledger, use.change, control=control)
