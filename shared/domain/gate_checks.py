"""What each gate looks at, and what it says: the facts and a threshold in, an answer out."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from msgspec import UNSET, Struct

from shared.domain.change_window import is_open, shown
from shared.domain.clouds import UNSUPPORTED
from shared.domain.gates import GateName, GateTerms, Observed

NOT_KNOWN = "unknown"
MINUTE = timedelta(minutes=1)
LONG = timedelta(days=100)
MOST_NAMED = 5
NO_SWEEP = "No sweep has completed yet."
AFTER_A_SWEEP = "Wait for the nightly sweep, or start one, and see that it completes."


class Look(Struct, frozen=True):
    """What a gate found; `do` is what helps where it does not hold."""

    holds: bool
    says: str
    observed: str
    required: str
    do: str


Check: TypeAlias = Callable[[GateTerms, Observed, datetime], Look | None]
"""Looks at one gate; None is a gate that is off."""


def _cloud(terms: GateTerms, seen: Observed, now: datetime) -> Look | None:
    if not terms.cloud:
        return None
    required = "a cloud with Windows Backup for Organizations"
    if seen.cloud is UNSET:
        says = "Which cloud the tenant is in is not known."
        return Look(False, says, NOT_KNOWN, required, AFTER_A_SWEEP)
    offered = seen.cloud not in UNSUPPORTED
    name = UNSUPPORTED.get(seen.cloud, seen.cloud)
    says = f"The tenant's cloud, {name}, {'has' if offered else 'does not have'} the feature."
    return Look(offered, says, seen.cloud, required, "None: no setting brings it to this cloud.")


def _one_setting(terms: GateTerms, seen: Observed, now: datetime) -> Look:
    do = (
        "See that the app may read it (DeviceManagementServiceConfig.Read.All), and look at Devices"
        " > Enrollment > Windows Backup and Restore in the Intune admin center."
    )
    required = "exactly 1"
    if seen.settings == 1 and seen.wrong is None:
        return Look(True, "There is exactly one restore setting.", "1", required, do)
    observed = NOT_KNOWN if seen.settings is UNSET else str(seen.settings)
    found = "it was not read" if seen.settings is UNSET else f"{observed} were found"
    says = f"There is not clearly one restore setting: {_clause(seen.wrong or found)}."
    return Look(False, says, observed, required, do)


def _last_sweep(terms: GateTerms, seen: Observed, now: datetime) -> Look | None:
    limit = terms.last_sweep
    if limit is None:
        return None
    required = f"complete, and less than {_hours(limit)} old"
    if seen.fleet is None:
        return Look(False, NO_SWEEP, NOT_KNOWN, required, AFTER_A_SWEEP)
    age = _since(seen.fleet.started, now)
    observed = f"complete, {_hours(age)} old"
    if seen.last_sweep_wrong is not None:
        ended = _clause(seen.last_sweep_wrong)
        says = f"The last sweep did not complete: {ended}. The last complete one is {_hours(age)}"
        return Look(False, f"{says} old.", ended, required, AFTER_A_SWEEP)
    says = f"The last sweep is complete and {_hours(age)} old; needed is less than {_hours(limit)}."
    return Look(age < limit, says, observed, required, AFTER_A_SWEEP)


def _eligible_share(terms: GateTerms, seen: Observed, now: datetime) -> Look | None:
    least = terms.eligible_share
    if least is None:
        return None
    do = "Remove the blockers that the report ranks first; it says how."
    required = f"at least {_percent(least)}"
    fleet = seen.fleet
    if fleet is None:
        return Look(False, NO_SWEEP, NOT_KNOWN, required, AFTER_A_SWEEP)
    if fleet.devices == 0:
        says = "The last sweep found no devices, so no share of them is eligible."
        return Look(False, says, "no devices", required, AFTER_A_SWEEP)
    share = _share(fleet.eligible, fleet.devices)
    says = (
        f"Eligible for restore are {fleet.eligible:,} of {_devices(fleet.devices)}, {share};"
        f" needed is {required}."
    )
    return Look(fleet.eligible / fleet.devices >= least, says, share, required, do)


def _backup_reach(terms: GateTerms, seen: Observed, now: datetime) -> Look | None:
    least = terms.backup_reach
    if least is None:
        return None
    do = (
        "Set up backup before restore: assign a settings catalog policy with Sync your settings >"
        " Enable Windows Backup to the devices, and wait for the next sweep."
    )
    required = f"at least {_percent(least)}"
    if seen.fleet is None:
        return Look(False, NO_SWEEP, NOT_KNOWN, required, AFTER_A_SWEEP)
    reach = seen.fleet.backup
    if reach is None:
        says = "The last sweep did not count the devices that backup is on for."
        return Look(False, says, NOT_KNOWN, required, AFTER_A_SWEEP)
    if reach.eligible == 0:
        says = "No device is eligible for restore, so backup reaches none that could restore."
        return Look(False, says, "no eligible devices", required, do)
    share = _share(reach.reached, reach.eligible)
    says = (
        f"Backup is on for {reach.reached:,} of {_devices(reach.eligible)} eligible for restore,"
        f" {share}; needed is {required}."
    )
    if reach.unknown:
        says += f" For {_devices(reach.unknown)} it is not known, which does not count."
    return Look(reach.reached / reach.eligible >= least, says, share, required, do)


def _quality_updates(terms: GateTerms, seen: Observed, now: datetime) -> Look | None:
    if not terms.quality_updates:
        return None
    do = (
        "Intune admin center > Devices > Enrollment > Enrollment Status Page > the profile >"
        " Install Windows quality updates: Yes."
    )
    required = "on in every enrolment status page in use"
    off = seen.status_pages_off
    if off is UNSET:
        says = "Whether the enrolment status pages install quality updates is not known."
        return Look(False, says, NOT_KNOWN, required, do)
    if off:
        says = f"Quality updates are off in {_named(off)}; older PCs then see no restore page."
        return Look(False, says, f"off in {_named(off)}", required, do)
    says = "Every enrolment status page in use installs quality updates."
    return Look(True, says, "on", required, do)


def _change_window(terms: GateTerms, seen: Observed, now: datetime) -> Look | None:
    window = terms.change_window
    if window is None:
        return None
    holds, hours = is_open(window, now), shown(window)
    observed = f"{now.astimezone(UTC):%a %H:%M} UTC"
    says = f"It is {observed}, which is {'within' if holds else 'outside'} the hours {hours}."
    return Look(holds, says, observed, hours, "Apply the change within these hours.")


def _cool_down(terms: GateTerms, seen: Observed, now: datetime) -> Look | None:
    rest = terms.cool_down
    if rest is None:
        return None
    required = f"at least {_hours(rest)} after the last change"
    if seen.last_modified is UNSET:
        says = "When the restore setting was last changed is not known."
        do = "See why it cannot be read; the other gates tell."
        return Look(False, says, NOT_KNOWN, required, do)
    since = _since(seen.last_modified, now)
    says = f"The setting was last changed {_hours(since)} ago; needed is {required}."
    do = f"Wait until {(now + rest - since).astimezone(UTC):%d %b %Y, %H:%M:%S} UTC."
    return Look(since >= rest, says, f"{_hours(since)} after the last change", required, do)


def _no_storm(terms: GateTerms, seen: Observed, now: datetime) -> Look | None:
    if not terms.no_storm:
        return None
    do = "Wait for the next sweep, which confirms what happened or calls it off."
    required = "no storm of changes"
    if seen.storm is None:
        return Look(True, "No storm of changes is in progress.", "none", required, do)
    storm = _clause(seen.storm)
    return Look(False, f"A storm of changes is in progress: {storm}.", storm, required, do)


def _since(moment: datetime, now: datetime) -> timedelta:
    """Return how long ago a moment was; clocks that differ make none lie ahead."""
    return max(now - moment, timedelta())


def _hours(length: timedelta) -> str:
    """Say how long, such as `35 h 59 min`: never more than it is."""
    if length >= LONG:
        return f"{length.days:,} days"
    hours, minutes = divmod(length // MINUTE, 60)
    return f"{hours} h" + f" {minutes} min" * (minutes > 0)


def _share(part: int, whole: int) -> str:
    """Say how many of a hundred, such as `49.9 %`: never more than it is."""
    return f"{part * 1000 // whole / 10:g} %"


def _percent(share: float) -> str:
    return f"{share * 100:g} %"


def _devices(number: int) -> str:
    return f"{number:,} device" + "s" * (number != 1)


def _named(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + f" and {more} more" * (more > 0)


def _clause(text: str) -> str:
    return text.rstrip(". ")


CHECKS: Mapping[GateName, Check] = {
    "cloud": _cloud,
    "one_setting": _one_setting,
    "last_sweep": _last_sweep,
    "eligible_share": _eligible_share,
    "backup_reach": _backup_reach,
    "quality_updates": _quality_updates,
    "change_window": _change_window,
    "cool_down": _cool_down,
    "no_storm": _no_storm,
}
