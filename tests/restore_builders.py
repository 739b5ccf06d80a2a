"""People, plans and records for tests of the restore setting."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec

from shared.domain.ledger import Ledger
from shared.domain.principal import APPLY, APPROVE, OVERRIDE, PLAN, Principal
from shared.domain.restore_change import Approval, Change, Event, Planned
from shared.domain.restore_value import Value
from tests.restore_fakes import SETTING_ID, record_hash

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FORMER = Value("notConfigured", "2024-01-09T00:00:00Z")
WRITTEN = Value("enabled", "2026-11-22T12:00:00Z")
PORTAL = "the-portal"


def principal(
    name: str, *roles: str, kind: Literal["user", "application"] = "user", app: str | None = None
) -> Principal:
    """Build a caller; all people come by one portal, and each application is its own."""
    own = PORTAL if kind == "user" else f"app-{name}"
    return Principal(kind, f"oid-{name}", app or own, roles, name, "203.0.113.7")


ANNA = principal("anna", PLAN, APPROVE, APPLY, OVERRIDE)
BEN = principal("ben", PLAN, APPROVE, APPLY)
CARA = principal("cara", APPROVE)
ROBOT = principal("robot", PLAN, APPROVE, APPLY, kind="application")
TWIN = principal("twin", PLAN, APPROVE, APPLY, kind="application", app=ROBOT.app)
"""The same application as the robot, by another object."""
BY_ROBOT = principal("dora", PLAN, APPROVE, APPLY, app=ROBOT.app)
"""A person for whom the robot acts."""


def planned(change: str = "c1", **differing: Any) -> Planned:
    """Build the plan to switch the setting on, which needs one approval."""
    values: dict[str, Any] = {
        "change": change,
        "setting": SETTING_ID,
        "before": FORMER,
        "after": "enabled",
        "reason": "the pilot begins",
        "expires": NOON + DAY,
        "approvals_needed": 1,
        "key": f"key-{change}",
        "body": f"body-{change}",
    }
    return Planned(**(values | differing))


def change(id: str = "c1", **differing: Any) -> Change:
    """Build a change that Anna planned at noon and Ben approved."""
    values: dict[str, Any] = {
        "id": id,
        "state": "approved",
        "version": 2,
        "setting": SETTING_ID,
        "before": FORMER,
        "after": "enabled",
        "reason": "the pilot begins",
        "ticket": "CHG-1",
        "planned": NOON,
        "expires": NOON + DAY,
        "planner": ANNA,
        "approvals_needed": 1,
        "approvals": (Approval(BEN, NOON),),
    }
    return Change(**(values | differing))


def grown(ledger: Ledger, who: Principal | None, *events: Event, at: datetime = NOON) -> Ledger:
    """Add events to a ledger as records of their own, with real hashes."""
    for event in events:
        record = ledger.next(f"r{ledger.seq + 1}", at, who, event)
        ledger = ledger.add(record, record_hash(msgspec.json.encode(record)))
    return ledger


def told(*steps: tuple[Principal | None, Event], at: datetime = NOON) -> Ledger:
    """Build the ledger that these events add up to, each with who did it."""
    ledger = Ledger()
    for who, event in steps:
        ledger = grown(ledger, who, event, at=at)
    return ledger


def ledger_of(ids: Iterable[str], **differing: Any) -> Ledger:
    """Build a ledger in which Anna planned a change under each of these ids."""
    return told(*((ANNA, planned(id, **differing)) for id in ids))
