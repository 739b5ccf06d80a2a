"""What requests carry: their bodies, ids and pages, checked."""

import re
from typing import Annotated, TypeAlias, TypeVar

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import force_setattr

from shared.api.exchange import Request
from shared.domain.gates import GateName
from shared.domain.restore_change import Override
from shared.domain.restore_value import RestoreState
from shared.errors import BodyTooLargeError, InputError, MediaTypeError, NotFoundError

MOST_BYTES = 16 * 1024
"""Bytes of a body, at most."""

SHOWN, MOST_SHOWN = 50, 200
"""Changes in a list: unless told otherwise, and at most."""

INVISIBLE = (
    r"\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    r"\ufff9-\ufffb"
)
"""Control characters, and those that hide or turn around what people read."""

VISIBLE = rf"^ *[^\s{INVISIBLE}][^{INVISIBLE}]*$"
"""Something that can be read, on one line."""

CHANGE_ID = "^[0-9A-Za-z][0-9A-Za-z-]{0,63}$"

Reason: TypeAlias = Annotated[str, Meta(min_length=1, max_length=500, pattern=VISIBLE)]
Ticket: TypeAlias = Annotated[str, Meta(min_length=1, max_length=100, pattern=VISIBLE)]
Gates: TypeAlias = Annotated[tuple[GateName, ...], Meta(min_length=1, max_length=9)]


class Body(Struct, frozen=True, forbid_unknown_fields=True):
    """What a caller sends; its texts lose the blanks around them."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, str):
                force_setattr(self, name, value.strip())


class OverrideBody(Body, frozen=True):
    """The gates that the caller passes by name, and why."""

    gates: Gates
    reason: Reason


class Undertaking(Body, frozen=True, kw_only=True):
    """Why something is planned, and whether it is to be applied at once, past these gates."""

    reason: Reason
    ticket: Ticket | None = None
    apply: bool = False
    override: OverrideBody | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.override is not None and not self.apply:
            raise ValueError("`override` is for applying: leave it out, or set `apply` to true")


class PlanBody(Undertaking, frozen=True, kw_only=True):
    """The state that is wanted, and why."""

    state: RestoreState


class RevertBody(Undertaking, frozen=True, kw_only=True):
    """Why a change is to be undone."""


class RejectBody(Body, frozen=True):
    """Why a plan is not to be."""

    why: Reason | None = None


class ApplyBody(Body, frozen=True):
    """The gates to be passed, if any."""

    override: OverrideBody | None = None


class EmptyBody(Body, frozen=True):
    """Nothing."""


B = TypeVar("B", bound=Body)


def body_of(request: Request, kind: type[B]) -> B:
    """Read the body; none at all is an empty object.

    Raises InputError naming the field, MediaTypeError and BodyTooLargeError.
    """
    if len(request.body) > MOST_BYTES:
        raise BodyTooLargeError(f"the body has {len(request.body)} bytes; {MOST_BYTES} may be")
    if request.body:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            raise MediaTypeError("the body has to be sent as Content-Type: application/json")
    try:
        return msgspec.json.decode(request.body or b"{}", type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"the body cannot be read: {error}") from error


def override_of(body: OverrideBody | None) -> Override | None:
    """Take the override out of a body."""
    return None if body is None else Override(body.gates, body.reason)


def id_of(request: Request) -> str:
    """Read the change's id in the route. Raises NotFoundError for what is the id of none."""
    id = request.parameters.get("id", "")
    if not re.fullmatch(CHANGE_ID, id):
        raise NotFoundError("there is no such change; see the list of changes for those there are")
    return id


def page_of(request: Request) -> tuple[int, str | None]:
    """Read how many changes are wanted, and before which. Raises InputError naming the one."""
    limit, before = request.query.get("limit", str(SHOWN)), request.query.get("before")
    if not re.fullmatch("[0-9]{1,3}", limit) or not 1 <= int(limit) <= MOST_SHOWN:
        raise InputError(f"`limit` has to be a number from 1 to {MOST_SHOWN}")
    if before is not None and not re.fullmatch(CHANGE_ID, before):
        raise InputError("`before` has to be the id of a change, such as `next` of the last list")
    return int(limit), before
