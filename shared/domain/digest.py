"""What is told to people: words about devices, gathered into digests."""

from datetime import datetime
from typing import Literal, TypeAlias

from msgspec import Struct

from shared.domain.feed import TenantChange
from shared.domain.history import Change
from shared.domain.rule import Capability

DigestKind: TypeAlias = Literal[
    "baseline", "sweep", "changes", "storm", "tenant", "operations", "test"
]
Severity: TypeAlias = Literal["high", "medium"]
"""`high` blocks the verdict, `medium` only ready. An all-clear is as grave as what it clears, so
that whoever is told of a blocker is told of its end."""


class Line(Struct, frozen=True):
    """One word about one device: a reason was raised, cleared or reopened for these capabilities.

    Names come from strangers and are kept as they came: whoever renders them makes them safe.
    `gone` says that the blocker went with its device.
    """

    device: str
    name: str | None
    user_name: str | None
    serial: str | None
    manufacturer: str | None
    model: str | None
    category: str | None
    profile: str | None
    reason: str
    change: Change
    capabilities: tuple[Capability, ...]
    severity: Severity
    first_seen: datetime
    since: datetime
    gone: bool = False


class Group(Struct, frozen=True):
    """The lines of one reason and change: how many devices, and those most worth looking at.

    All-clears come last; examples are ordered by severity, then the longest open, then name.
    """

    reason: str
    change: Change
    severity: Severity
    devices: int
    examples: tuple[Line, ...] = ()


class Readiness(Struct, frozen=True):
    """The fleet for one capability; `eligible_before` and `ready_before` are yesterday's."""

    capability: Capability
    eligible: int
    ready: int
    eligible_before: int | None = None
    ready_before: int | None = None


class BestUnlock(Struct, frozen=True):
    """The fix, or fixes together, that would make the most devices ready."""

    capability: Capability
    fixes: tuple[str, ...]
    devices: int


class Storm(Struct, frozen=True):
    """So much changed at once that devices are not named until another sweep confirms it.

    `causes` are sentences, the likeliest first. `confirmed` and `passed` tell how it ended.
    """

    devices: int
    fleet: int
    causes: tuple[str, ...]
    state: Literal["held", "confirmed", "passed"] = "held"


class Notice(Struct, frozen=True):
    """Something that is not about a device, and that a person should know.

    `good` says that all is well again. `who` names people, and is for channels that may see users.
    """

    subject: str
    says: str
    do: str | None = None
    good: bool = False
    who: str | None = None


class Digest(Struct, frozen=True):
    """One thing to tell; digests/{id}/digest.json. Its lines lie beside it, in lines.parquet.

    `id` sorts by time. `sweep` names the snapshot it speaks of. `groups` and `devices` are over
    all lines; a channel that is sent some of them counts its own (DigestView).
    """

    id: str
    kind: DigestKind
    composed: datetime
    sweep: str | None = None
    fleet: int = 0
    readiness: tuple[Readiness, ...] = ()
    unlock: BestUnlock | None = None
    devices: int = 0
    groups: tuple[Group, ...] = ()
    exempt: int = 0
    """Devices whose findings are exempt: counted, and not told."""
    storm: Storm | None = None
    tenant: tuple[TenantChange, ...] = ()
    notices: tuple[Notice, ...] = ()


class DigestView(Struct, frozen=True):
    """A digest as one channel is to see it: only the lines that its routes lead to.

    `devices` counts all of them; `lines` holds at most as many as were asked for.
    """

    digest: Digest
    devices: int
    groups: tuple[Group, ...]
    lines: tuple[Line, ...] = ()
