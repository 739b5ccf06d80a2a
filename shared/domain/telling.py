"""What people have been told, and what is due to be told now."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from shared.domain.history import Change

MOST_GRACE = timedelta(days=14)


class Terms(Struct, frozen=True):
    """How eagerly people are told; from the settings.

    `grace` holds back a raised reason for some time; `flap_window` a reason that comes back.
    """

    grace: Mapping[str, timedelta] = {}
    flap_window: timedelta = timedelta(hours=24)
    coalesce: timedelta = timedelta(minutes=15)
    storm_share: float = 0.05


class Told(Struct, frozen=True):
    """The last word said about one device, capability and reason, and when."""

    word: Literal["blocked", "clear"]
    at: datetime


class Open(Struct, frozen=True):
    """A blocker that stands open now."""

    first_seen: datetime
    since: datetime
    exempt: bool = False


class HeldStorm(Struct, frozen=True):
    """Words of these reasons are held back until another sweep than `sweep` is committed.

    `devices` had a word due when it began; `digest` told of it.
    """

    sweep: str
    reasons: frozenset[str]
    devices: int
    digest: str


class TellingState(Struct, frozen=True):
    """told/state.json: how far people have been told, and what is still to be sent.

    `told` names the file of what was told of each device, None before the first digest. `sweep` is
    the snapshot last spoken of, and `edition` what it was judged by. `outbox` are digests with the
    channels they go to, of which the `urgent` ones wait for no other; `last` names the digest that
    went to each channel before them. `tenant_told` are the keys of the tenant's recorded changes
    that are not told again, and `findings` its findings, titles by code. `notices` maps the
    subjects of operations to the state last told, and `exemptions_announced` are the ids of those
    said to end. `restore_told` is the number of the last record of the restore setting's changes
    that people were told of, None before the first.
    """

    number: int
    told: str | None = None
    sweep: str | None = None
    edition: str | None = None
    outbox: tuple[tuple[str, str], ...] = ()
    urgent: tuple[str, ...] = ()
    last: dict[str, str] = {}
    storm: HeldStorm | None = None
    tenant_told: tuple[str, ...] = ()
    findings: dict[str, str] = {}
    notices: dict[str, str] = {}
    exemptions_announced: tuple[str, ...] = ()
    restore_told: int | None = None


def told_name(number: int, composer: str) -> str:
    """Name the file of what was told as of a state's number.

    Names sort by number. `composer` tells apart those who compose at the same time, so that none
    writes over the file of the one whose commit succeeds.
    """
    return f"{number:010d}-{composer}"


def due(
    told: Told | None, open: Open | None, grace: timedelta, terms: Terms, now: datetime
) -> Change | None:
    """Return the word that is due about one device, capability and reason; None for silence.

    An all-clear is told at once, and only to those who were told of the blocker. A blocker is told
    when it is not exempt and its grace is over; when "clear" was said less than the flap window
    ago, its return waits for the window to end.
    """
    if open is None:
        return "cleared" if told is not None and told.word == "blocked" else None
    if told is not None and told.word == "blocked":
        return None
    if open.exempt or now - open.since < grace:
        return None
    if told is not None and now - told.at < terms.flap_window:
        return None
    return "reopened" if told is not None or open.first_seen < open.since else "raised"
