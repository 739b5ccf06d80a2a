"""Everything that a controlled change of the restore setting is made with."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from shared.domain.restore_terms import RestoreTerms
from shared.ports import Audit, Feed, Queue, Setting, Snapshots, Sweeps, Telling


class Control(Struct, frozen=True, kw_only=True):
    """The terms, and the ports.

    `clock` tells the time in UTC, and `unique` makes a name that was never there. `user_names`
    off keeps the names of people out of records.
    """

    terms: RestoreTerms
    setting: Setting
    audit: Audit
    queue: Queue
    sweeps: Sweeps
    snapshots: Snapshots
    feed: Feed
    telling: Telling
    clock: Callable[[], datetime]
    unique: Callable[[], str]
    user_names: bool = True
