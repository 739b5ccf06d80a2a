"""How far backup is set up among the devices that could restore."""

from collections.abc import Iterable
from typing import Literal, TypeAlias

from shared.domain.assessment import Assessment, Judgement
from shared.domain.gates import BackupReach
from shared.rules.backup_policy import NOT_ENABLED, UNKNOWN

Reached: TypeAlias = Literal["yes", "no", "unknown"]


def backup_reach(counted: Iterable[tuple[Assessment, int]]) -> BackupReach:
    """Count, of the devices eligible for restore, those for which backup is switched on.

    Takes distinct assessments with their numbers of devices. A policy switches it on, or from
    Windows 11 26H2 the default does.
    """
    devices: dict[Reached, int] = {"yes": 0, "no": 0, "unknown": 0}
    for assessment, number in counted:
        if assessment.restore.verdict == "eligible":
            devices[_reached(assessment.backup)] += number
    return BackupReach(sum(devices.values()), devices["yes"], devices["unknown"])


def _reached(backup: Judgement) -> Reached:
    """Tell whether backup is on for a device, as the rule of the backup policy found.

    That rule was asked of each of these devices: what silences it, a decisive blocker, makes a
    device ineligible for restore too.
    """
    reasons = {finding.reason for finding in backup.findings}
    if NOT_ENABLED.code in reasons:
        return "no"
    return "unknown" if UNKNOWN.code in reasons else "yes"
