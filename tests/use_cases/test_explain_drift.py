"""A poll knows our own changes of the restore setting, and records those of others."""

from typing import Any

import pytest
from msgspec import structs

from shared.domain.feed import Actor, TenantChange
from shared.domain.restore_change import (
    Applied,
    Applying,
    Approved,
    Event,
    Foreign,
    Refused,
    Uncertain,
)
from shared.domain.restore_value import Value
from shared.errors import AuditError, ConflictError
from shared.use_cases.explain_drift import TRIES, explained
from tests.fakes import Calls
from tests.restore_builders import ANNA, BEN, FORMER, HOUR, NOON, WRITTEN, planned
from tests.restore_fakes import SETTING_ID, FakeAudit

SOMEBODY = Actor("ada@contoso.example", "Intune portal", "app-1", NOON)
OFF = Value("disabled", "2026-11-22T13:00:00Z")


def seen(old: Value = FORMER, new: Value = WRITTEN, **differing: Any) -> TenantChange:
    """Build what a poll at noon found different, as it is before anybody has explained it."""
    values: dict[str, Any] = {
        "kind": "restore_setting",
        "id": SETTING_ID,
        "name": "Show restore page",
        "old": {"id": SETTING_ID, **structs.asdict(old)},
        "new": {"id": SETTING_ID, **structs.asdict(new)},
        "seen": NOON,
        "last_known": NOON - HOUR,
        "who": SOMEBODY,
    }
    return TenantChange(**(values | differing))


def audit(*events: Event) -> FakeAudit:
    """Build an audit in which Anna's change was approved by Ben, and what came after that."""
    made = FakeAudit(Calls())
    if events:
        made.put(NOON, ANNA, planned())
        made.put(NOON, BEN, Approved("c1"))
    for event in events:
        made.put(NOON, ANNA, event)
    return made


async def explain(
    audit: FakeAudit, *found: TenantChange, user_names: bool = True
) -> list[str | None]:
    """Explain what was found, and name our changes behind it."""
    told = await explained(found, NOON, audit=audit, user_names=user_names)
    assert [structs.replace(each, ours=None) for each in told] == list(found)
    return [each.ours for each in told]


async def test_a_change_of_nobody_we_know_is_recorded_with_who_made_it() -> None:
    records = audit()
    assert await explain(records, seen()) == [None]
    assert records.events == [Foreign(SETTING_ID, WRITTEN, FORMER, SOMEBODY)]
    assert records.records[0].who is None


async def test_a_poll_that_is_repeated_records_nothing_twice() -> None:
    records = audit()
    await explain(records, seen())
    await explain(records, seen())
    assert len(records.records) == 1


async def test_a_change_that_we_applied_is_ours_and_not_recorded_again() -> None:
    records = audit(Applying("c1"), Applied("c1", WRITTEN, "read_back"))
    assert await explain(records, seen()) == ["c1"]
    assert len(records.records) == 4


@pytest.mark.parametrize("events", [(Applying("c1"),), (Applying("c1"), Uncertain("c1", "cut"))])
async def test_a_change_that_is_being_applied_is_ours_when_it_is_what_was_planned(
    events: tuple[Event, ...],
) -> None:
    assert await explain(audit(*events), seen()) == ["c1"]
    records = audit(*events)
    assert await explain(records, seen(new=OFF)) == [None]
    assert isinstance(records.events[-1], Foreign)


async def test_what_was_done_by_hand_after_a_refusal_is_not_ours() -> None:
    records = audit(Applying("c1"), Refused("c1", "role", "403"))
    assert await explain(records, seen()) == [None]


async def test_the_same_state_at_another_time_is_not_ours() -> None:
    records = audit(Applying("c1"), Applied("c1", WRITTEN, "read_back"))
    again = structs.replace(WRITTEN, last_modified="2026-11-22T13:00:00Z")
    assert await explain(records, seen(WRITTEN, again)) == [None]


async def test_a_change_of_ours_that_another_followed_is_still_ours() -> None:
    records = audit(Applying("c1"), Applied("c1", WRITTEN, "read_back"))
    records.put(NOON, BEN, planned("c2", before=WRITTEN, after="disabled", approvals_needed=0))
    records.put(NOON, BEN, Applying("c2"))
    records.put(NOON, BEN, Applied("c2", OFF, "read_back"))
    assert await explain(records, seen(), seen(WRITTEN, OFF)) == ["c1", "c2"]


async def test_who_is_left_out_of_the_record_where_names_are_turned_off() -> None:
    records = audit()
    await explain(records, seen(), user_names=False)
    assert b"ada" not in records.contents[0]
    assert b"Intune portal" in records.contents[0]


async def test_an_unknown_author_is_recorded_with_the_reason() -> None:
    records = audit()
    await explain(records, seen(who=None, who_unknown="the log may not be read"))
    assert records.events == [
        Foreign(SETTING_ID, WRITTEN, FORMER, actor_unknown="the log may not be read")
    ]


async def test_other_settings_and_a_setting_that_has_gone_ask_nothing_of_the_audit() -> None:
    calls = Calls()
    found = (seen(kind="status_page"), structs.replace(seen(), new=None))
    assert await explain(FakeAudit(calls), *found) == [None, None]
    assert calls.made == []


async def test_who_is_overtaken_looks_again_and_may_find_it_explained() -> None:
    calls = Calls()
    records = FakeAudit(calls)
    for who, event in ((ANNA, planned()), (BEN, Approved("c1"))):
        records.put(NOON, who, event)
    calls.before("audit.append", lambda: records.put(NOON, ANNA, Applying("c1")))
    assert await explain(records, seen()) == ["c1"]
    assert not any(isinstance(event, Foreign) for event in records.events)


@pytest.mark.parametrize(
    ("call", "errors"),
    [
        ("audit.ledger", [AuditError("record 3 names another hash")]),
        ("audit.append", [ConflictError("taken")] * TRIES),
    ],
)
async def test_an_audit_that_cannot_be_added_to_does_not_stop_the_poll(
    call: str, errors: list[Exception]
) -> None:
    calls = Calls()
    calls.fail(call, *errors)
    records = FakeAudit(calls)
    assert await explain(records, seen()) == [None]
    assert records.records == []
