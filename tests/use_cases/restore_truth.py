"""What must be true of every write of the restore setting, and of what is told in the end."""

from collections.abc import Sequence
from itertools import combinations

from shared.domain.restore_change import (
    UNSETTLED,
    Applying,
    Approved,
    Change,
    Confirmed,
    Planned,
    PutOff,
    Record,
)
from shared.domain.restore_value import Value
from tests.restore_fakes import Write
from tests.restore_world import RestoreWorld


def records_of(world: RestoreWorld, change: str) -> list[Record]:
    """Return the records about a change, in order."""
    return [r for r in world.audit.records if getattr(r.event, "change", None) == change]


def is_for(write: Write, change: Change) -> bool:
    """Tell whether a write was made for this change, whose name is in its justification."""
    return write.justification.endswith(f"change {change.id}")


def may_be_written(world: RestoreWorld, made: Sequence[str], write: Write) -> None:
    """Hold a write that is just being made to what is on record, counted anew."""
    ledger = world.audit.verified()
    [change] = [c for c in ledger.changes.values() if is_for(write, c)]
    records = records_of(world, change.id)
    plan = records[0].event
    assert isinstance(plan, Planned)

    assert write.state == plan.after
    assert write.seen == plan.before, "the value was not read, or was not the planned one"
    assert made[-2:] == ["setting.read", "setting.write"], "the last reading is too old"

    assert isinstance(records[-1].event, Applying), "it was not recorded before it was done"
    assert [c.id for c in ledger.changes.values() if c.state in UNSETTLED] == [change.id]

    consenting = [r.who for r in records if isinstance(r.event, Approved)]
    assert len(consenting) >= plan.approvals_needed, "too few have approved"
    for one, another in combinations([records[0].who, *consenting], 2):
        assert one is not None
        assert another is not None
        assert one.oid != another.oid
        assert one.kind == another.kind == "user" or one.app != another.app

    before = [w for w in world.setting.writes if is_for(w, change) and w is not write]
    put_off = sum(isinstance(r.event, PutOff) for r in records)
    with_code = [w for w in [*before, write] if w.code is not None]
    assert len(before) <= put_off + len(with_code), "it is written once more"
    assert all(w.code in world.setting.codes for w in with_code)


def ends_with_the_truth(world: RestoreWorld) -> None:
    """Hold what every change is said to have become to what became of the setting."""
    ledger = world.audit.verified()
    values = world.setting.values
    for id, stored in ledger.changes.items():
        change = stored.as_of(world.now)
        assert change.state not in UNSETTLED | {"waiting_for_intune_approval"}
        done = [value for write, value in world.setting.done if is_for(write, change)]
        assert len(done) <= 1
        if change.state == "applied":
            assert change.value in values
            assert change.value.state == change.after
            by_hand = any(isinstance(r.event, Confirmed) for r in records_of(world, id))
            assert change.value in done or by_hand or was_set(change, values)
        elif done:
            assert change.state == "not_applied", "it was done, and nobody says so"
            assert change.outcome.found in values[values.index(done[0]) + 1 :]


def was_set(change: Change, values: list[Value]) -> bool:
    """Tell whether somebody set the planned state after the value that was planned against."""
    return change.value in values[values.index(change.before) + 1 :]
