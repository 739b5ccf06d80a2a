"""What can become of a single write, besides being done and answered."""

from http import HTTPStatus
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from local.tenant.audit import ADMINISTRATOR
from local.tenant.calls import Answer, Call, Context
from local.tenant.enrollment import CODE, JUSTIFICATION, set_restore_state
from local.tenant.graph import answer
from local.tenant.refusals import refuse, throttled
from local.tenant.scenarios import RestoreState

THROTTLED_FOR = "4.2"
"""Seconds, as Graph's own sample has them: not whole."""


class WriteFault(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of one write; by default nothing special."""

    done: bool = True
    """Whether the tenant acts upon it. What is not done is answered 503, or `status`."""
    status: Annotated[int, Meta(ge=400, le=599)] | None = None
    """The answer in place of the tenant's own."""
    lost: Literal["hang", "cut"] | None = None
    """The answer never comes, or breaks off in the middle."""
    before: RestoreState | None = None
    """What an administrator sets right before it."""
    after: RestoreState | None = None
    """What an administrator sets right after it."""
    stale_reads: Annotated[int, Meta(ge=0)] = 0
    """How many reads after it still show the setting as it was."""


class Write(Struct, frozen=True):
    """A write that came: by which application, what it asked for, and whether that was done."""

    by: str
    state: str | None
    justification: str | None
    code: str | None
    done: bool


class _Body(Struct):
    state: str | None = None


def write(graph: Context, call: Call, fault: WriteFault) -> tuple[Answer, Write]:
    """Let a write happen, or not, as a fault has it; losing the answer is the server's part."""
    if fault.before is not None:
        set_restore_state(graph, fault.before, ADMINISTRATOR)
    former = (graph.tenant.restore_state, graph.tenant.restore_modified)
    if fault.done:
        answered = answer(graph, call)
    else:
        answered = _refuse(call, fault.status or HTTPStatus.SERVICE_UNAVAILABLE)
    came = Write(
        graph.acting(call).application_id,
        _state(call.body),
        call.headers.get(JUSTIFICATION),
        call.headers.get(CODE),
        answered.status == HTTPStatus.OK,
    )
    graph.stale += [former] * fault.stale_reads
    if fault.after is not None:
        set_restore_state(graph, fault.after, ADMINISTRATOR)
    if fault.status is not None:
        answered = _refuse(call, fault.status)
    return answered, came


def _state(body: bytes) -> str | None:
    try:
        return msgspec.json.decode(body, type=_Body).state
    except msgspec.MsgspecError:
        return None


def _refuse(call: Call, status: int) -> Answer:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return throttled(call, THROTTLED_FOR)
    phrase = HTTPStatus(status).phrase
    return refuse(call, status, phrase.replace(" ", ""), f"{phrase}.")
