"""What a controlled change of the restore setting needs of the outside world."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct

from shared.domain.ledger import Ledger
from shared.domain.principal import Principal
from shared.domain.restore_change import Change, Record, RefusedFor
from shared.domain.restore_value import RestoreState
from shared.domain.tenant import RestoreSetting

Held: TypeAlias = Literal["yes", "no", "unknown"]


class Fitness(Struct, frozen=True):
    """Whether the write identity may change the restore setting, as far as can be seen.

    `permission` is Graph's, `role` the directory role Intune Administrator. `configured` is False
    where there is no write identity at all. `why` says what could not be seen, and why not.
    """

    configured: bool
    permission: Held = "unknown"
    role: Held = "unknown"
    identity: str | None = None
    """The object id of its service principal."""
    why: tuple[str, ...] = ()

    @property
    def fit(self) -> Held:
        """Whether a write would be let through."""
        held = (self.permission, self.role)
        if not self.configured or "no" in held:
            return "no"
        return "yes" if held == ("yes", "yes") else "unknown"


class Written(Struct, frozen=True):
    """What became of one write.

    `accepted`: Graph said so; a `code` with it may mean that Intune wants an approval all the same,
    which reading shows. `refused`: for `cause`, and would again. `waiting`: Intune wants an
    approval, under `code`. `not_sent`: nothing happened, another try may help, in `retry_after`
    seconds where Graph says so. `unanswered`: it was sent, and may have been done.
    """

    outcome: Literal["accepted", "refused", "waiting", "not_sent", "unanswered"]
    why: str | None = None
    cause: RefusedFor | None = None
    code: str | None = None
    request_id: str | None = None
    retry_after: float | None = None


class Setting(Protocol):
    """The tenant's restore setting."""

    async def read(self) -> RestoreSetting:
        """Read the one object there is, with the reading identity.

        Raises GraphAnswerError unless there is exactly one, and GraphError.
        """
        ...

    async def write(
        self, id: str, state: RestoreState, justification: str, code: str | None
    ) -> Written:
        """Write once, with the write identity; never twice, and never raises for an answer."""
        ...

    async def fitness(self) -> Fitness:
        """Tell whether a write would be let through, without writing."""
        ...


class Answered(Struct, frozen=True):
    """An answer that was given, kept for the same question with the same idempotency key."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Audit(Protocol):
    """The records of all changes, which are added to and never altered, and what they add up to."""

    async def ledger(self) -> Ledger:
        """Add up the records that there are by now. Raises AuditError where they do not follow."""
        ...

    async def append(self, ledger: Ledger, record: Record, now: datetime) -> Ledger:
        """Store the record that follows on a ledger, and return what it adds up to then.

        Raises ConflictError when somebody else's record took the number: read, and decide again.
        Raises ValueError, with nothing stored, for what cannot happen.
        """
        ...

    async def filed(self, id: str) -> Change | None:
        """Read a change that is in the ledger no more; None for one that never was."""
        ...

    async def filed_ids(self, most: int, before: str | None = None) -> Sequence[str]:
        """List the newest changes that are in the ledger no more; `before` is an id to go on at."""
        ...

    async def answer(self, key: str) -> Answered | None:
        """Read the first answer to an idempotency key's hash; None if there is none."""
        ...

    async def keep_answer(self, key: str, answer: Answered) -> None:
        """Keep the first answer; a later one changes nothing."""
        ...


class Records(Protocol):
    """The audit as it lies in storage, for those who prove it."""

    async def numbers(self) -> Sequence[int]:
        """List the numbers that there are records of, in order."""
        ...

    def contents(self, numbers: Iterable[int]) -> AsyncIterator[tuple[int, bytes]]:
        """Read the bytes of records; those that are not there are skipped."""
        ...

    async def cached(self) -> Ledger | None:
        """Read what the records added up to when that was last kept; None when it never was.

        Raises StorageError when it cannot be read.
        """
        ...

    async def all_filed(self) -> Mapping[str, Change | None]:
        """Read every change that was filed away; None for one that cannot be read."""
        ...


class Tokens(Protocol):
    """The access tokens of callers."""

    async def read(self, authorization: str | None) -> Principal:
        """Check an Authorization header and return who calls.

        Raises TokenError for one that does not hold, and KeysUnavailableError.
        """
        ...
