"""What must hold before the restore setting is changed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, TypeAlias, get_args

from msgspec import UNSET, Struct, UnsetType

from shared.domain.change_window import ChangeWindow
from shared.domain.clouds import Cloud
from shared.domain.restore_value import RestoreState

GateName: TypeAlias = Literal[
    "cloud",
    "one_setting",
    "last_sweep",
    "eligible_share",
    "backup_reach",
    "quality_updates",
    "change_window",
    "cool_down",
    "no_storm",
]
GATES: tuple[GateName, ...] = get_args(GateName)
IMPASSABLE: frozenset[GateName] = frozenset({"one_setting"})
"""Gates that nobody can pass: where there is not exactly one setting, there is nothing to write."""


class GateTerms(Struct, frozen=True):
    """Which gates are asked and where they stand, from the settings; None or False is off.

    Shares are from 0 to 1. The defaults are our own, and docs/restore-setting.md gives reasons.
    """

    cloud: bool = True
    last_sweep: timedelta | None = timedelta(hours=36)
    eligible_share: float | None = 0.5
    backup_reach: float | None = 0.5
    quality_updates: bool = True
    change_window: ChangeWindow | None = None
    cool_down: timedelta | None = timedelta(hours=24)
    no_storm: bool = True


class BackupReach(Struct, frozen=True):
    """Of the devices eligible for restore, how many a backup policy reaches, by the last sweep."""

    eligible: int
    reached: int
    unknown: int


class Fleet(Struct, frozen=True):
    """The devices as the last complete sweep judged them for restore at enrolment.

    `by_reason` counts the ineligible by blocker; a device with two is in both. `backup` is None
    where the sweep did not count it.
    """

    sweep: str
    started: datetime
    devices: int
    eligible: int
    ineligible: int
    unknown: int
    by_reason: Mapping[str, int] = {}
    backup: BackupReach | None = None


class Observed(Struct, frozen=True):
    """What the gates look at, as it is now; what could not be read is UNSET.

    `settings` is how many restore settings were found, and `wrong` says why it is not one.
    `last_sweep_wrong` says how the newest sweep ended if it did not complete. `status_pages_off`
    names the enrolment status pages in use that do not install quality updates.
    """

    settings: int | UnsetType = UNSET
    wrong: str | None = None
    last_modified: datetime | UnsetType = UNSET
    cloud: Cloud | UnsetType = UNSET
    fleet: Fleet | None = None
    last_sweep_wrong: str | None = None
    status_pages_off: tuple[str, ...] | UnsetType = UNSET
    storm: str | None = None


class GateAnswer(Struct, frozen=True):
    """What became of one gate, in words for an administrator.

    `not_asked` is a gate that does not bear on this change. `passed` says that it failed and was
    passed by somebody with the role for it.
    """

    gate: GateName
    state: Literal["holds", "fails", "off", "not_asked"]
    says: str
    observed: str | None = None
    required: str | None = None
    do: str | None = None
    passed: bool = False

    @property
    def stops(self) -> bool:
        """Whether the change may not be applied because of this gate."""
        return self.state == "fails" and not self.passed


class Question(Struct, frozen=True):
    """The change that the gates are asked about; `back` undoes the last one that was applied."""

    after: RestoreState
    back: bool = False
