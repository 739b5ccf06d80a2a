"""What the app's HTTP API answers, as far as people are told of it."""

from datetime import datetime
from typing import TypeVar

import httpx
import msgspec
from msgspec import Struct

from shared.domain.gates import GateAnswer
from shared.domain.restore_change import UNSETTLED, Change, ChangeState
from shared.domain.tenant import RestoreSetting
from shared.errors import ReadinessError
from shared.ports import Held
from shared.report.restore_remedies import Remedy

T = TypeVar("T")

FAILED: frozenset[ChangeState] = frozenset({"refused", "conflict", "not_applied", "expired"})
"""A change that was to be applied, and was not."""

WAITS: frozenset[ChangeState] = UNSETTLED | {"waiting_for_intune_approval"}
"""A change whose write goes on without its caller."""


class ToldChange(Change, frozen=True, kw_only=True):
    """A change, in words besides."""

    says: str
    remedies: tuple[Remedy, ...] = ()


class Listing(Struct, frozen=True):
    """Changes, newest first; `next` is where to go on."""

    changes: tuple[Change, ...]
    next: str | None = None


class LastChange(Struct, frozen=True):
    """Who made the setting what it is; `unknown` says why nobody is named."""

    by: str | None = None
    application: str | None = None
    at: datetime | None = None
    change: str | None = None
    unknown: str | None = None


class Drift(Struct, frozen=True):
    """Whether the setting is what the app's last change made it."""

    drifted: bool
    says: str


class Identity(Struct, frozen=True):
    """Whether the write identity may change the setting."""

    fit: Held
    configured: bool
    permission: Held = "unknown"
    role: Held = "unknown"
    identity: str | None = None
    why: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...] = ()


class Status(Struct, frozen=True):
    """How the setting stands."""

    setting: RestoreSetting | None
    wrong: str | None
    last_change: LastChange | None
    drift: Drift
    gates: tuple[GateAnswer, ...]
    write_identity: Identity
    in_progress: str | None = None


class Problem(Struct, frozen=True):
    """Why something was refused or failed (RFC 9457)."""

    title: str
    type: str = ""
    detail: str | None = None
    gates: tuple[GateAnswer, ...] = ()
    change: str | None = None
    state: str | None = None

    @property
    def name(self) -> str:
        """The last word of the type."""
        return self.type.rpartition(":")[2]


def read(response: httpx.Response, kind: type[T]) -> T:
    """Read an answer. Raises ReadinessError for one in another form."""
    try:
        return msgspec.json.decode(response.content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ReadinessError(
            f"the app's answer cannot be read: {error}; --json shows it as it came"
        ) from error


def read_problem(response: httpx.Response) -> Problem:
    """Read why something was refused, also off an answer that is not the app's own."""
    try:
        return msgspec.json.decode(response.content, type=Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        phrase = f"{response.status_code} {response.reason_phrase}".strip()
        return Problem(f"The answer was {phrase}, without a reason")
