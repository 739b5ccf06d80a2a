"""What can be made to go wrong, each repeatable from the seed."""

from collections import Counter
from typing import Literal

from msgspec import Struct

from local.tenant.chance import happens, key
from local.tenant.tenant import SimulatedTenant


class Faults(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The faults that are on. Rates are shares of calls from 0 to 1; none is on by default."""

    throttle: float = 0.0
    """Answers 429, also to single requests within a batch."""
    retry_after: str | None = None
    """The Retry-After header of a 429, verbatim: "2", "0.128", or none."""
    unavailable: float = 0.0
    """Answers 503."""
    cut: float = 0.0
    """Connections that break in the middle of the body."""
    truncated: float = 0.0
    """Bodies that end too early although the answer looks whole."""
    html: float = 0.0
    """Web pages in place of JSON."""
    slow: float = 0.0
    """Answers that take `slow_seconds`."""
    slow_seconds: float = 1.0
    duplicate: float = 0.0
    """Pages of managed devices whose last device opens the next page again."""
    renamed: Literal["earlier", "later"] | None = None
    """Once, after the first page: a device moves behind or before what was read."""
    without_id: int = 0
    """How many devices are listed without their id."""
    wrong_type: int = 0
    """How many devices are listed with a number for their osVersion."""
    delta_expired: Literal["gone", "syncStateNotFound", "resyncRequired"] | None = None
    """How every delta token is turned down."""
    delta_sparse: bool = False
    """Changed objects are told with their id and what changed, and so without their deviceId."""
    delta_replays: float = 0.0
    """Pages of changes that begin with an object of an earlier one."""
    delta_empty_pages: float = 0.0
    """Pages of changes that an empty one comes before."""
    entra_filter: Literal["ignored", "works"] = "ignored"
    """What becomes of a filter of managed devices by azureADDeviceId: nobody documents it."""


class FaultPlan:
    """Decides call by call; a repeated call is a new throw, other calls in between are not."""

    def __init__(self, faults: Faults, tenant: SimulatedTenant) -> None:
        self.faults = faults
        self.rename_due = faults.renamed is not None
        self._seed = tenant.seed
        self._tries: Counter[int] = Counter()
        self.without_id = _pick(tenant, "without_id", faults.without_id)
        self.wrong_type = _pick(tenant, "wrong_type", faults.wrong_type) - self.without_id

    @property
    def broken(self) -> frozenset[int]:
        """The devices that are listed in a form that nobody can read."""
        return self.without_id | self.wrong_type

    def throw(self, *call: object) -> "Throw":
        """Throw the dice for one more try of a call."""
        name = key(*call)
        self._tries[name] += 1
        return Throw(self._seed, name, self._tries[name])

    def duplicates(self, place: str) -> bool:
        """Tell whether the page that ends at a place gives its last device twice."""
        return happens(self.faults.duplicate, self._seed, "duplicate", place)

    def replays(self, log: int) -> bool:
        """Tell whether the page of changes from a place in the log on begins with an older one."""
        return happens(self.faults.delta_replays, self._seed, "replay", log)

    def replayed(self, log: int) -> int:
        """Return which place of the log before this one comes again."""
        return key(self._seed, "replayed", log) % log

    def rests(self, log: int, listing: int | None) -> bool:
        """Tell whether an empty page comes before the page of this place."""
        return happens(self.faults.delta_empty_pages, self._seed, "rest", log, listing)


class Throw:
    """One try of one call."""

    __slots__ = ("_words",)

    def __init__(self, *words: object) -> None:
        self._words = words

    def hits(self, rate: float, fault: str) -> bool:
        """Tell whether a fault of this rate strikes this try."""
        return happens(rate, fault, *self._words)


def _pick(tenant: SimulatedTenant, fault: str, number: int) -> frozenset[int]:
    picked: set[int] = set()
    for draw in range(number * 20):
        index = key(tenant.seed, fault, draw) % max(tenant.count, 1)
        device = tenant.device(index)
        if len(picked) < number and device is not None and device.operating_system == "Windows":
            picked.add(index)
    return frozenset(picked)
