"""The queue messages, and the queues they travel on."""

from datetime import datetime
from typing import Annotated, TypeAlias, TypeVar

import msgspec
from msgspec import Meta, Struct

from shared.errors import MessageError

SWEEP_PAGES = "sweep-pages"
SWEEP_FINISH = "sweep-finish"
DEVICE_CHANGES = "device-changes"
DIGESTS = "digests"
NOTIFICATIONS = "notifications"
RESTORE_CHANGES = "restore-changes"
QUEUES = (SWEEP_PAGES, SWEEP_FINISH, DEVICE_CHANGES, DIGESTS, NOTIFICATIONS, RESTORE_CHANGES)

MAX_DEQUEUE_COUNT = 5
"""Tries before the host moves a message to the poison queue; host.json says the same."""


Count: TypeAlias = Annotated[int, Meta(ge=0)]


class ReadPage(Struct, frozen=True, forbid_unknown_fields=True):
    """Read one page of devices; `cursor` is Graph's nextLink, None on the first page.

    `waited` is how many seconds this page has been handed back because of throttling.
    """

    sweep: str
    page: Count
    cursor: str | None = None
    waited: Annotated[float, Meta(ge=0)] = 0.0


class FinishSweep(Struct, frozen=True, forbid_unknown_fields=True):
    """Merge the pages 1 to `pages` of a sweep and make the snapshot current."""

    sweep: str
    pages: Count


MOST_HINTS = 100
"""Devices that one message names at most."""


class DeviceChanges(Struct, frozen=True, forbid_unknown_fields=True):
    """Look at these devices again: Entra device ids and Intune ids, and nothing else.

    A message that comes late so reads today's truth. `waited` is how many seconds it has been
    handed back.
    """

    entra: tuple[str, ...] = ()
    intune: tuple[str, ...] = ()
    waited: Annotated[float, Meta(ge=0)] = 0.0

    def __post_init__(self) -> None:
        if len(self.entra) + len(self.intune) > MOST_HINTS:
            raise ValueError(f"at most {MOST_HINTS} devices go into one message")


class ComposeDigests(Struct, frozen=True, forbid_unknown_fields=True):
    """See what people are to be told by now, and send it on its way. `why` is for the log."""

    why: str


class SendNotification(Struct, frozen=True, forbid_unknown_fields=True):
    """Send one digest to one channel.

    `tries` counts those that were answered with "later"; the queue's own dequeue count does not
    survive being put off.
    """

    digest: str
    channel: str
    tries: Count = 0


class SettleChange(Struct, frozen=True, forbid_unknown_fields=True):
    """See what became of a change of the restore setting whose write is not settled.

    `begun` names the write that this is about, where it is known: only for that one is Intune asked
    again. `tries` counts how often there was no answer yet. With `once` no other message follows
    on this one: whoever sent it sends another.
    """

    change: str
    begun: datetime | None = None
    tries: Count = 0
    once: bool = False


Message = ReadPage | FinishSweep | DeviceChanges | ComposeDigests | SendNotification | SettleChange
M = TypeVar(
    "M", ReadPage, FinishSweep, DeviceChanges, ComposeDigests, SendNotification, SettleChange
)


def encode(message: Message) -> str:
    """Write a message as the JSON text that goes on the queue."""
    return msgspec.json.encode(message).decode()


def decode(text: bytes | str, kind: type[M]) -> M:
    """Read a message. Raises MessageError naming the field that is wrong or missing."""
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MessageError(
            f"a {kind.__name__} message cannot be read: {error}; it goes to the poison queue"
        ) from error
