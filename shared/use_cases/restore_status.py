"""Tell how the restore setting stands, and who made it so."""

from datetime import datetime

from msgspec import Struct

from shared.domain.feed import TenantChange
from shared.domain.gate_answers import gate_answers
from shared.domain.gates import GateAnswer, Question
from shared.domain.ledger import Known, Ledger
from shared.domain.restore_change import Change
from shared.domain.restore_value import Value, etag_of, value_of
from shared.domain.tenant import RestoreSetting
from shared.ports import Fitness
from shared.use_cases.observe_gates import observe
from shared.use_cases.restore_control import Control

CHANGES_LOOKED_AT = 100
NOT_SEEN = "no poll has seen this change yet, or it is older than what has been recorded"


class LastChange(Struct, frozen=True):
    """Who made the setting what it is; `change` is ours, and `unknown` says why nobody is named."""

    by: str | None = None
    application: str | None = None
    at: datetime | None = None
    change: str | None = None
    unknown: str | None = None


class Drift(Struct, frozen=True):
    """Whether the setting is what our last change made it; `applied` is None before the first."""

    drifted: bool
    says: str
    applied: Known | None = None


class Status(Struct, frozen=True):
    """How the setting stands; `wrong` says why it is not known, and `etag` names what was read.

    `gates` answer as they would for switching on.
    """

    setting: RestoreSetting | None
    etag: str | None
    wrong: str | None
    last_change: LastChange | None
    drift: Drift
    gates: tuple[GateAnswer, ...]
    write_identity: Fitness
    in_progress: str | None


async def restore_status(now: datetime, *, control: Control) -> Status:
    """Read the setting, the gates and the write identity. Raises GraphError and StorageError."""
    ledger = await control.audit.ledger()
    observed, setting = await observe(now, control=control)
    fitness = await control.setting.fitness()
    value = None if setting is None else value_of(setting)
    busy = ledger.in_progress
    return Status(
        setting=setting,
        etag=None if setting is None else etag_of(setting),
        wrong=observed.wrong,
        last_change=None if value is None else await _last_change(value, ledger, control),
        drift=_drift(value, ledger.applied),
        gates=gate_answers(control.terms.gates, observed, Question("enabled"), now),
        write_identity=fitness,
        in_progress=None if busy is None else busy.id,
    )


def _drift(value: Value | None, applied: Known | None) -> Drift:
    if applied is None:
        return Drift(drifted=False, says="No change of this app has been applied yet.")
    if value is None:
        return Drift(drifted=False, says="The setting cannot be read now.", applied=applied)
    if value == applied.value:
        says = f"The setting is as the change {applied.change} left it."
        return Drift(drifted=False, says=says, applied=applied)
    says = (
        f"The setting is {value.state}, last modified {value.last_modified}; the change"
        f" {applied.change} had made it {applied.value.state}."
    )
    return Drift(drifted=True, says=says, applied=applied)


async def _last_change(value: Value, ledger: Ledger, control: Control) -> LastChange:
    applied = ledger.applied
    if applied is not None and applied.value == value and applied.change is not None:
        change = ledger.changes.get(applied.change) or await control.audit.filed(applied.change)
        return _ours(applied, change)
    seen = next(
        (c for c in await control.feed.tenant_changes(CHANGES_LOOKED_AT) if _made(c, value)), None
    )
    if seen is None:
        return LastChange(unknown=NOT_SEEN)
    if seen.who is None:
        return LastChange(at=seen.seen, unknown=seen.who_unknown or NOT_SEEN)
    name = seen.who.name if control.user_names else None
    return LastChange(by=name, application=seen.who.application, at=seen.who.at or seen.seen)


def _ours(applied: Known, change: Change | None) -> LastChange:
    """Name the person who applied a change of ours."""
    lines = () if change is None else change.history
    who = next((line.who for line in reversed(lines) if line.who is not None), None)
    if who is None:
        return LastChange(at=applied.at, change=applied.change)
    return LastChange(who.name or who.oid, who.app, applied.at, applied.change)


def _made(change: TenantChange, value: Value) -> bool:
    new = change.new or {}
    same = (new.get("state"), new.get("last_modified")) == (value.state, value.last_modified)
    return change.kind == "restore_setting" and same
