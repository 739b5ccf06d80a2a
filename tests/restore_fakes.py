"""The restore setting, and the records of its changes, in memory: strict about what may follow."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

import msgspec
from msgspec import Struct

from shared.domain.ledger import Ledger, folded
from shared.domain.principal import Principal
from shared.domain.restore_change import Change, Event, Record, RefusedFor
from shared.domain.restore_value import RestoreState, Value
from shared.domain.tenant import RestoreSetting
from shared.errors import ConflictError, TokenError
from shared.ports import Answered, Fitness, Written
from tests.fakes import Calls

SETTING_ID = "7f3c1d2e-0000-4000-8000-00000000beef_WindowsRestore"


def record_hash(content: bytes) -> str:
    """Return what the next record names as the hash of this one."""
    return sha256(content).hexdigest()


class FakeAudit:
    """Records as the bytes they are stored as, and the changes that were filed away.

    A call named `audit.append.done` is the answer of an append, which by then is stored.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._ledger = Ledger()
        self.contents: list[bytes] = []
        self.filed_away: dict[str, Change] = {}
        self.answers: dict[str, Answered] = {}

    async def ledger(self) -> Ledger:
        await self._calls("audit.ledger")
        return self._ledger

    async def append(self, ledger: Ledger, record: Record, now: datetime) -> Ledger:
        await self._calls("audit.append")
        if record.seq != len(self.contents) + 1:
            raise ConflictError(f"record {record.seq} is there already")
        assert ledger.seq == self._ledger.seq, "a record is appended to the ledger it follows on"
        self._store(record, now)
        grown = self._ledger
        await self._calls("audit.append.done")
        return grown

    async def filed(self, id: str) -> Change | None:
        await self._calls("audit.filed")
        return self.filed_away.get(id)

    async def filed_ids(self, most: int, before: str | None = None) -> Sequence[str]:
        await self._calls("audit.filed_ids")
        newest = sorted(self.filed_away, reverse=True)
        return [id for id in newest if before is None or id < before][:most]

    async def answer(self, key: str) -> Answered | None:
        await self._calls("audit.answer")
        return self.answers.get(key)

    async def keep_answer(self, key: str, answer: Answered) -> None:
        await self._calls("audit.keep_answer")
        self.answers.setdefault(key, answer)

    @property
    def records(self) -> list[Record]:
        """All records there are, read from their bytes."""
        return [msgspec.json.decode(content, type=Record) for content in self.contents]

    @property
    def events(self) -> list[Event]:
        """What the records tell of, in order."""
        return [record.event for record in self.records]

    @property
    def changes(self) -> Mapping[str, Change]:
        """The changes at hand, the oldest first."""
        return self._ledger.changes

    def put(self, at: datetime, who: Principal | None, event: Event) -> None:
        """Add a record as somebody else would."""
        number = len(self.contents) + 1
        self._store(self._ledger.next(f"elsewhere-{number}", at, who, event), at)

    def verified(self) -> Ledger:
        """Add up all records from the first, as the verification of the audit does."""
        hashes = map(record_hash, self.contents)
        return folded(Ledger(), zip(self.records, hashes, strict=True))

    def _store(self, record: Record, now: datetime) -> None:
        content = msgspec.json.encode(record)
        stored = msgspec.json.decode(content, type=Record)
        assert stored == record, "a record is read as it was written"
        self._ledger, old = self._ledger.add(stored, record_hash(content)).filed(now)
        self.contents.append(content)
        self.filed_away |= {change.id: change for change in old}


class Reply(Struct, frozen=True):
    """How Graph takes one write: what it answers, and after how long it does it, None for never.

    `old_for` is how long the former value is still read after that.
    """

    outcome: Literal["accepted", "refused", "not_sent", "unanswered"]
    done_after: timedelta | None = None
    cause: RefusedFor | None = None
    old_for: timedelta = timedelta()
    retry_after: float | None = None

    @classmethod
    def accepted(cls, old_for: timedelta = timedelta()) -> "Reply":
        """It is done, and said so."""
        return cls("accepted", timedelta(), old_for=old_for)

    @classmethod
    def refused(cls, cause: RefusedFor = "role") -> "Reply":
        """It is not done, for this cause."""
        return cls("refused", cause=cause)

    @classmethod
    def not_sent(cls, retry_after: float | None = None) -> "Reply":
        """It never reached Graph, or was put off there."""
        return cls("not_sent", retry_after=retry_after)

    @classmethod
    def unanswered(cls, done_after: timedelta | None) -> "Reply":
        """Nobody heard what became of it: done at once, later, or never."""
        return cls("unanswered", done_after)


class Write(Struct, frozen=True):
    """One PATCH as it reached Graph, or would have: `over` is the value it met.

    `seen` is what whoever wrote had read last, so that a change in between can be told apart.
    """

    state: RestoreState
    over: Value
    code: str | None
    justification: str
    caller: object
    seen: Value | None


class FakeSetting:
    """One setting, with times in whole seconds; each write is taken as the next of `replies`.

    With `needs_approval` Intune answers with a code first, until that code is approved. A call
    named `setting.write.done` is the answer of a write. `caller` says on whose behalf it is called,
    where several are at work.
    """

    def __init__(self, calls: Calls, clock: Callable[[], datetime]) -> None:
        self._calls = calls
        self._clock = clock
        self._value = Value("notConfigured", "2024-01-09T00:00:00Z")
        self._late: list[tuple[datetime, Write]] = []
        self._old: tuple[datetime, Value] | None = None
        self._seen: dict[object, Value] = {}
        self.id = SETTING_ID
        self.caller: object = None
        self.replies: list[Reply] = []
        self.needs_approval = False
        self.codes: list[str] = []
        self.approved: set[str] = set()
        self.fit = Fitness(configured=True, permission="yes", role="yes", identity="writer")
        self.writes: list[Write] = []
        self.values = [self._value]
        """Every value that there was, in order."""
        self.done: list[tuple[Write, Value]] = []
        """The writes of ours that were done, each with the value that it brought about."""

    @property
    def value(self) -> Value:
        """The truth, whatever reading tells."""
        self._catch_up()
        return self._value

    def foreign(self, state: RestoreState) -> None:
        """Let somebody else set it now."""
        self._catch_up()
        self._set(state, self._clock())

    def approve(self, code: str | None) -> None:
        """Let another administrator approve Intune's request."""
        assert code in self.codes
        self.approved.add(code)

    async def read(self) -> RestoreSetting:
        await self._calls("setting.read")
        until, former = self._old or (self._clock(), self.value)
        value = former if self._clock() < until else self.value
        self._seen[self.caller] = value
        return RestoreSetting(self.id, value.state, value.last_modified)

    async def write(
        self, id: str, state: RestoreState, justification: str, code: str | None
    ) -> Written:
        await self._calls("setting.write")
        assert id == self.id
        over, seen = self.value, self._seen.get(self.caller)
        write = Write(state, over, code, justification, self.caller, seen)
        self.writes.append(write)
        written = self._taken(write)
        await self._calls("setting.write.done")
        return written

    async def fitness(self) -> Fitness:
        await self._calls("setting.fitness")
        return self.fit

    def _taken(self, write: Write) -> Written:
        code = write.code
        if self.needs_approval and code not in self.approved:
            if code is None:
                code = f"code-{len(self.codes) + 1}"
                self.codes.append(code)
            return Written("waiting", "Intune wants an approval", code=code, request_id="r")
        reply = self.replies.pop(0) if self.replies else Reply.accepted()
        self._old = (self._clock() + reply.old_for, self.value)
        if reply.done_after is not None:
            self._late.append((self._clock() + reply.done_after, write))
            self._catch_up()
        return Written(
            reply.outcome, "so it went", reply.cause, request_id="r", retry_after=reply.retry_after
        )

    def _catch_up(self) -> None:
        """Do what was asked for earlier, and is done by now."""
        for late in [late for late in self._late if late[0] <= self._clock()]:
            self._late.remove(late)
            at, write = late
            self.done.append((write, self._set(write.state, at)))

    def _set(self, state: RestoreState, at: datetime) -> Value:
        self._value = Value(state, f"{at:%Y-%m-%dT%H:%M:%SZ}")
        self.values.append(self._value)
        return self._value


class FakeTokens:
    """Callers by the header that names them."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.callers: dict[str, Principal] = {}

    def issue(self, who: Principal) -> str:
        """Give somebody a header to call with."""
        header = f"Bearer {who.oid}"
        self.callers[header] = who
        return header

    async def read(self, authorization: str | None) -> Principal:
        await self._calls("tokens.read")
        if authorization not in self.callers:
            raise TokenError("the access token does not hold; get another one")
        return self.callers[authorization]
