"""A tenant whose restore setting is changed under control, in memory, and its use cases at hand."""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct

from shared.domain.facts import Facts
from shared.domain.feed import FeedState
from shared.domain.history import History
from shared.domain.known_device import DeviceRecord, KnownDevice
from shared.domain.ledger import Ledger
from shared.domain.principal import Principal
from shared.domain.restore_change import Change, Override
from shared.domain.restore_terms import RestoreTerms
from shared.domain.restore_value import RestoreState
from shared.domain.sweep import Merged, Sweep
from shared.domain.telling import TellingState
from shared.domain.tenant import RestoreSetting, StatusPage, Target, TenantReading
from shared.messages import RESTORE_CHANGES, Message, SettleChange
from shared.report.summary import summarise
from shared.use_cases import (
    apply_change,
    approve_change,
    confirm_change,
    plan_change,
    read_changes,
    restore_status,
    settle_change,
)
from shared.use_cases.restore_control import Control
from tests.builders import OLD, device, judged, tenant
from tests.fakes import Calls, FakeQueue, FakeSweeps
from tests.feed_fakes import FakeFeed
from tests.restore_builders import ANNA, BEN, FORMER, HOUR, NOON
from tests.restore_fakes import SETTING_ID, FakeAudit, FakeSetting
from tests.snapshot_fakes import FakeOverlay, FakeSnapshot, FakeSnapshots
from tests.telling_fakes import FakeTelling

PATIENCE = timedelta(days=7)
"""How long it takes at most until nothing is open any more."""
MANY = 20
"""More messages than ever wait at a time."""
HIDDEN = timedelta(minutes=10)
"""After how long a message comes again whose handling failed."""


class Due(Struct, frozen=True):
    """A message of the queue, and when it becomes visible."""

    at: datetime
    message: SettleChange


class ClockedQueue(FakeQueue):
    """Knows when each message about a change is due."""

    def __init__(self, calls: Calls, clock: Callable[[], datetime]) -> None:
        super().__init__(calls)
        self._clock = clock
        self.due: list[Due] = []

    async def send(self, queue: str, message: Message, delay: float = 0) -> None:
        await super().send(queue, message, delay)
        if isinstance(message, SettleChange):
            assert queue == RESTORE_CHANGES
            self.due.append(Due(self._clock() + timedelta(seconds=delay), message))


class RestoreWorld:
    """The fakes, and each use case called with them; last night's sweep lets every gate hold."""

    def __init__(self, calls: Calls | None = None, *, devices: int = 100) -> None:
        self.calls = calls or Calls()
        self.now = NOON
        self.terms = RestoreTerms()
        self.user_names = True
        self.queue = ClockedQueue(self.calls, lambda: self.now)
        self.sweeps = FakeSweeps(self.calls)
        self.overlay = FakeOverlay(self.calls)
        self.snapshots = FakeSnapshots(self.calls, self.sweeps, self.overlay)
        self.feed = FakeFeed(self.calls)
        self.telling = FakeTelling(self.calls, self.snapshots, self.overlay)
        self.audit = FakeAudit(self.calls)
        self.setting = FakeSetting(self.calls, lambda: self.now)
        self._names = 0
        self.sweep(devices)

    @property
    def control(self) -> Control:
        """What the use cases are called with."""
        return Control(
            terms=self.terms,
            setting=self.setting,
            audit=self.audit,
            queue=self.queue,
            sweeps=self.sweeps,
            snapshots=self.snapshots,
            feed=self.feed,
            telling=self.telling,
            clock=lambda: self.now,
            unique=self._unique,
            user_names=self.user_names,
        )

    def sweep(self, devices: int, facts: Facts | None = None, *, ago: timedelta = 10 * HOUR) -> str:
        """Let a sweep have found so many devices, each of them with these facts."""
        started = self.now - ago
        name = f"{started:%Y%m%dT%H%M%SZ}"
        record = Sweep(
            name,
            started=started,
            as_of=started.date(),
            edition=OLD,
            strict_servicing=False,
            user_names=True,
            reading=well_read(),
            state="complete",
        )
        assessment = judged(facts or device(), tenant(restore_state=FORMER.state))
        summary = summarise(record, Merged(devices, {"": devices}, {"": assessment}), None)
        known = KnownDevice(DeviceRecord("d"), assessment, History(()), started)
        self.sweeps.records[name] = record
        self.snapshots.stored[name] = FakeSnapshot(
            {f"d{n}": known for n in range(devices)}, (), msgspec.json.encode(summary)
        )
        self.snapshots.point_at(name, started)
        self.telling.put(TellingState(1, sweep=name))
        self.feed.replaced(FeedState("link", started, started, polled=self.now))
        return name

    async def plan(
        self,
        who: Principal = ANNA,
        after: RestoreState = "enabled",
        *,
        key: str | None = None,
        reason: str = "the pilot begins",
        if_match: str | None = None,
    ) -> Change:
        """Plan a change; without a key, under one of its own."""
        wanted = plan_change.Wanted(after, reason)
        used = self._key(who, key or self._unique(), [after, reason])
        planning = await plan_change.plan_change(
            self.now, who, wanted, used, if_match, control=self.control
        )
        return planning.change

    async def revert(
        self, id: str, who: Principal = ANNA, *, key: str | None = None, if_match: str | None = None
    ) -> Change:
        """Plan to go back to what was before a change."""
        used = self._key(who, key or self._unique(), [id])
        planning = await plan_change.plan_revert(
            self.now, who, plan_change.Undo(id, "back"), used, if_match, control=self.control
        )
        return planning.change

    async def approve(self, id: str, who: Principal = BEN, if_match: str | None = None) -> Change:
        """Approve a change."""
        return await approve_change.approve_change(
            self.now, who, id, if_match, control=self.control
        )

    async def reject(
        self, id: str, who: Principal = BEN, why: str | None = None, if_match: str | None = None
    ) -> Change:
        """Reject a change."""
        return await approve_change.reject_change(
            self.now, who, id, why, if_match, control=self.control
        )

    async def apply(
        self,
        id: str,
        who: Principal = ANNA,
        override: Override | None = None,
        if_match: str | None = None,
    ) -> Change:
        """Apply a change."""
        return await apply_change.apply_change(
            self.now, who, id, if_match, override, control=self.control
        )

    async def confirm(self, id: str, who: Principal = ANNA, if_match: str | None = None) -> Change:
        """Say that a refused change was done by hand."""
        return await confirm_change.confirm_change(
            self.now, who, id, if_match, control=self.control
        )

    async def settle(self, message: SettleChange) -> None:
        """Handle one message of the queue."""
        await settle_change.settle_change(message, self.now, control=self.control)

    async def status(self) -> restore_status.Status:
        """Look at the setting and all that bears on it."""
        return await restore_status.restore_status(self.now, control=self.control)

    async def read(self, id: str) -> Change:
        """Read one change."""
        return await read_changes.read_change(self.now, id, control=self.control)

    async def listed(self, most: int = 50, before: str | None = None) -> read_changes.Listing:
        """List changes, the newest first."""
        return await read_changes.list_changes(self.now, most, before, control=self.control)

    async def approved(self, after: RestoreState = "enabled") -> Change:
        """Let Anna plan a change and Ben approve it."""
        return await self.approve((await self.plan(ANNA, after)).id, BEN)

    @property
    def due(self) -> list[Due]:
        """The messages about changes that wait to be delivered."""
        return self.queue.due

    async def settle_due(self) -> None:
        """Deliver the messages that are due by now."""
        for due in [due for due in self.due if due.at <= self.now]:
            self.due.remove(due)
            try:
                await self.settle(due.message)
            except BaseException:
                self.due.append(Due(self.now + HIDDEN, due.message))
                raise

    async def settled(self) -> None:
        """Let time pass, and deliver all messages as they become due, until none is left."""
        last = self.now + PATIENCE
        while self.due:
            self.now = max(self.now, min(due.at for due in self.due))
            assert self.now <= last, "messages are sent and sent again"
            assert len(self.due) < MANY, "messages beget messages"
            await self.settle_due()

    @property
    def ledger(self) -> Ledger:
        """What all records add up to, from the first."""
        return self.audit.verified()

    def _key(self, who: Principal, key: str, body: Any) -> plan_change.Key:
        return plan_change.Key(_digest([who.oid, key]), _digest(body))

    def _unique(self) -> str:
        self._names += 1
        return f"{self._names:08}"


def well_read() -> TenantReading:
    """Build a tenant's reading with nothing wrong but that restore is not on."""
    page = StatusPage(
        "esp", "All users", 0, True, quality_updates=True, targets=(Target("all_users"),)
    )
    return TenantReading(
        tenant(restore_state=FORMER.state),
        restore_setting=RestoreSetting(SETTING_ID, FORMER.state, FORMER.last_modified),
        backup_policies=(),
        status_pages=(page,),
    )


def _digest(content: Any) -> str:
    return sha256(msgspec.json.encode(content)).hexdigest()
