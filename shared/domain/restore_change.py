"""One change of the restore setting, from its plan to its end."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from msgspec import Struct, structs

from shared.domain.feed import Actor
from shared.domain.gates import Fleet, GateAnswer, GateName
from shared.domain.principal import Principal
from shared.domain.restore_value import RestoreState, Value

ChangeState: TypeAlias = Literal[
    "planned",
    "approved",
    "applying",
    "applied",
    "refused",
    "conflict",
    "waiting_for_intune_approval",
    "unknown",
    "not_applied",
    "rejected",
    "expired",
]

OPEN: frozenset[ChangeState] = frozenset({"planned", "approved", "waiting_for_intune_approval"})
UNSETTLED: frozenset[ChangeState] = frozenset({"applying", "unknown"})
"""The setting may be about to change, or may have changed: nobody else writes meanwhile."""

INTUNE_WAITS = timedelta(days=3)
"""How long Intune keeps a request for approval (facts/graph.md, Tenant restore setting)."""

RefusedFor: TypeAlias = Literal["role", "permission", "identity", "request"]
"""`role` is the directory role that Intune asks of whoever writes, `permission` Graph's own."""


class Override(Struct, frozen=True):
    """Gates that somebody passes by name, and why."""

    gates: tuple[GateName, ...]
    reason: str


class Approval(Struct, frozen=True):
    """One person's consent to a plan."""

    who: Principal
    at: datetime


class Planned(Struct, frozen=True, tag="planned", tag_field="event"):
    """A plan was made against the value that was seen.

    `key` and `body` are the hashes of the caller's idempotency key and of what was asked with it.
    """

    change: str
    setting: str
    before: Value
    after: RestoreState
    reason: str
    expires: datetime
    approvals_needed: int
    key: str
    body: str
    ticket: str | None = None
    gates: tuple[GateAnswer, ...] = ()
    affected: Fleet | None = None
    reverts: str | None = None


class Approved(Struct, frozen=True, tag="approved", tag_field="event"):
    """Somebody else than its planner consented to a plan."""

    change: str


class Rejected(Struct, frozen=True, tag="rejected", tag_field="event"):
    """Somebody said no, or the planner withdrew."""

    change: str
    why: str | None = None


class Denied(Struct, frozen=True, tag="denied", tag_field="event"):
    """Somebody asked for what they may not, such as approving their own plan."""

    change: str
    asked: str
    why: str


class Blocked(Struct, frozen=True, tag="blocked", tag_field="event"):
    """A change was to be applied, and gates did not hold."""

    change: str
    gates: tuple[GateAnswer, ...]


class Applying(Struct, frozen=True, tag="applying", tag_field="event"):
    """The setting is about to be written, by this change and by no other until it is settled."""

    change: str
    gates: tuple[GateAnswer, ...] = ()
    override: Override | None = None


class Applied(Struct, frozen=True, tag="applied", tag_field="event"):
    """The setting was read and has the value that was planned.

    `seen` is `read_back` right after the write, or `later` where the write's outcome was not known,
    or Intune made the change by itself once it was approved there.
    """

    change: str
    value: Value
    seen: Literal["read_back", "later"]
    request_id: str | None = None


class Refused(Struct, frozen=True, tag="refused", tag_field="event"):
    """Graph refused the write, and will again until somebody does something about it."""

    change: str
    cause: RefusedFor
    why: str
    request_id: str | None = None


class Conflict(Struct, frozen=True, tag="conflict", tag_field="event"):
    """The setting was not what the plan had been made against; nothing was written."""

    change: str
    found: Value


class Waiting(Struct, frozen=True, tag="waiting", tag_field="event"):
    """Intune wants another administrator's approval, under this code."""

    change: str
    code: str
    request_id: str | None = None


class Uncertain(Struct, frozen=True, tag="unknown", tag_field="event"):
    """The write was sent, and what came of it is not known."""

    change: str
    why: str
    request_id: str | None = None


class NotApplied(Struct, frozen=True, tag="not_applied", tag_field="event"):
    """The setting was read until it was clear that the write did nothing that still stands."""

    change: str
    found: Value
    why: str


class PutOff(Struct, frozen=True, tag="put_off", tag_field="event"):
    """Nothing was sent, and nothing speaks against another try."""

    change: str
    why: str


class Confirmed(Struct, frozen=True, tag="confirmed", tag_field="event"):
    """Somebody did by hand what had been refused, and the setting was read to see it."""

    change: str
    value: Value


class Foreign(Struct, frozen=True, tag="foreign", tag_field="event"):
    """The setting was changed, and not by a change of ours."""

    setting: str
    new: Value
    old: Value | None = None
    actor: Actor | None = None
    actor_unknown: str | None = None


ChangeEvent: TypeAlias = (
    Planned
    | Approved
    | Rejected
    | Denied
    | Blocked
    | Applying
    | Applied
    | Refused
    | Conflict
    | Waiting
    | Uncertain
    | NotApplied
    | PutOff
    | Confirmed
)
Event: TypeAlias = ChangeEvent | Foreign


class Matter(Struct, frozen=True):
    """What a record is about, so that each can be read by itself."""

    setting: str
    before: Value
    after: RestoreState
    reason: str
    ticket: str | None = None


class Record(Struct, frozen=True):
    """One line of the audit: who did what, when. `who` is None where the app acted by itself.

    `matter` repeats what the change is; a foreign one tells that by itself. `previous` is the
    SHA-256, in hex, of the bytes of the record before; `id` is unique, so that whoever wrote a
    record knows it again.
    """

    seq: int
    previous: str
    id: str
    at: datetime
    who: Principal | None
    event: Event
    matter: Matter | None = None


class HistoryLine(Struct, frozen=True):
    """What happened to a change, in short; the audit's record of that number has all of it."""

    seq: int
    at: datetime
    event: str
    who: Principal | None = None
    why: str | None = None


class Outcome(Struct, frozen=True):
    """How a change ended, or where it hangs."""

    why: str | None = None
    cause: RefusedFor | None = None
    found: Value | None = None
    request_id: str | None = None


class Change(Struct, frozen=True):
    """A change as its records tell it.

    `version` is the number of its last record. `begun` is when the setting was last about to be
    written. `code` is Intune's, while it wants an approval of its own.
    """

    id: str
    state: ChangeState
    version: int
    setting: str
    before: Value
    after: RestoreState
    reason: str
    ticket: str | None
    planned: datetime
    expires: datetime
    planner: Principal
    approvals_needed: int
    approvals: tuple[Approval, ...] = ()
    gates: tuple[GateAnswer, ...] = ()
    affected: Fleet | None = None
    reverts: str | None = None
    override: Override | None = None
    begun: datetime | None = None
    code: str | None = None
    waits_since: datetime | None = None
    value: Value | None = None
    outcome: Outcome = Outcome()
    history: tuple[HistoryLine, ...] = ()

    @property
    def matter(self) -> Matter:
        """What the change is about, as each of its records repeats it."""
        return Matter(self.setting, self.before, self.after, self.reason, self.ticket)

    @property
    def approvals_missing(self) -> int:
        """How many people have still to consent."""
        return max(self.approvals_needed - len(self.approvals), 0)

    def as_of(self, now: datetime) -> "Change":
        """Return the change as it stands at a moment: plans, and Intune's patience, expire."""
        late = self.state in ("planned", "approved") and now >= self.expires
        since = self.waits_since
        waited = self.state == "waiting_for_intune_approval" and (
            since is not None and now >= since + INTUNE_WAITS
        )
        return structs.replace(self, state="expired") if late or waited else self

    @property
    def etag(self) -> str:
        """Name what was read of the change, for If-Match; without quotes."""
        return f"{self.version}-{self.state}"


Changes: TypeAlias = Mapping[str, Change]
