"""A sweep, its pages, and the rows they hold."""

from datetime import date, datetime, timedelta
from typing import Literal, TypeAlias

from msgspec import Raw, Struct

from shared.domain.assessment import Assessment
from shared.domain.history import Cause, Change
from shared.domain.tenant import TenantReading

SweepState: TypeAlias = Literal["paging", "complete", "partial", "failed"]


class Sweep(Struct, frozen=True):
    """One run over the whole tenant; everything a page needs besides its devices.

    `sets` names the GUID sets stored beside it. `delta_link` leads to the changes in Entra since
    the start, None where they could not be followed. `reason` says why a sweep is partial or
    failed.
    """

    id: str
    started: datetime
    as_of: date
    edition: str
    strict_servicing: bool
    user_names: bool
    reading: TenantReading
    sets: tuple[str, ...] = ()
    delta_link: str | None = None
    state: SweepState = "paging"
    reason: str | None = None


class ActiveSweep(Struct, frozen=True):
    """The one sweep that may run; None once it has ended."""

    sweep: str | None = None
    started: datetime | None = None
    begun: bool = False
    """Whether the tenant has been read and the first page was sent."""


class Throttling(Struct, frozen=True):
    """What reading cost: Graph calls made, how many were throttled, and seconds waited."""

    calls: int = 0
    throttled: int = 0
    waited: float = 0.0


class PageHeader(Struct, frozen=True):
    """What a page blob says of itself.

    `next` is the cursor this page led to, so that a repeated message goes the way the first one
    went. `read_at` is the moment before Graph was asked. `assessments` holds the distinct packed
    assessments of the page by key, and `findings` what they name.
    """

    page: int
    next: str | None
    devices: int
    read_at: datetime
    assessments: dict[str, Raw]
    findings: dict[str, Raw]
    unreadable: tuple[str, ...] = ()
    other_platforms: int = 0
    cost: Throttling = Throttling()


class PageOpening(Struct, frozen=True, array_like=True):
    """The first line of a page blob; the null keeps it apart from the rows."""

    nothing: None
    header: PageHeader


ROW = (
    "os_version",
    "id",
    "name",
    "entra_id",
    "user_id",
    "user_name",
    "serial",
    "manufacturer",
    "model",
    "category",
    "profile",
    "enrolled",
    "last_sync",
    "assessment",
)
"""The columns of a page's row, which is a JSON array: a managed device as shown, then the key of
its assessment. What was not read is null."""


class PageInStorage(Struct, frozen=True):
    """A page as the listing of storage shows it, without reading the blob."""

    page: int
    devices: int
    throttled: int
    waited: float
    last: bool = False


LONGEST_FOLD = timedelta(minutes=35)
"""After this a fold is taken for dead: longer than host.json lets any function run."""


class Folding(Struct, frozen=True):
    """A sweep is merging, and takes in what the overlay holds; nothing may be added meanwhile."""

    sweep: str
    since: datetime


class Pointer(Struct, frozen=True):
    """snapshots/current.json: the sweep whose snapshot everybody reads, and the one before."""

    sweep: str
    started: datetime
    previous: str | None = None
    folding: Folding | None = None

    def folds(self, now: datetime) -> bool:
        """Tell whether a merge is under way, as far as its own word goes."""
        return self.folding is not None and now - self.folding.since < LONGEST_FOLD


class Tally(Struct, frozen=True):
    """How many devices made one transition for one capability and reason."""

    transition: Change
    capability: str
    reason: str
    cause: Cause
    devices: int


class Merged(Struct, frozen=True):
    """What a merge found: devices per assessment, and the changes against the last snapshot."""

    devices: int
    per_assessment: dict[str, int]
    assessments: dict[str, Assessment]
    tallies: tuple[Tally, ...] = ()
    new_devices: int = 0
    gone_devices: int = 0
    re_enrolled_devices: int = 0
    """Devices with a new Intune id that are known from before; neither new nor gone."""
    kept_unverified: int = 0
    """Devices that were not on any page and whose absence could not be verified."""
    duplicates: int = 0
    unreadable: int = 0
    unreadable_examples: tuple[str, ...] = ()
    other_platforms: int = 0
    pages: int = 0
    cost: Throttling = Throttling()
