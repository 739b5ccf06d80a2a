"""What the app says of changes, of the setting and of itself, for tests of those who read it."""

from datetime import timedelta
from typing import Any

import msgspec

from shared.domain.gates import BackupReach, Fleet, GateAnswer
from shared.domain.restore_change import Change
from tests.restore_builders import NOON, change

HOLDS = GateAnswer("cloud", "holds", "The cloud is supported.", "worldwide", "a supported cloud")
FAILS = GateAnswer(
    "backup_reach",
    "fails",
    "A backup policy reaches 30 % of the eligible devices.",
    "30 %",
    "at least 50 %",
    "Assign the backup policy to more devices.",
)
FLEET = Fleet(
    sweep="s1",
    started=NOON - timedelta(hours=10),
    devices=2_000,
    eligible=1_200,
    ineligible=700,
    unknown=100,
    by_reason={"os_build_too_old": 500, "join_type_not_supported": 300},
    backup=BackupReach(eligible=1_200, reached=360, unknown=40),
)
PLAN: dict[str, Any] = {
    "state": "planned",
    "version": 1,
    "approvals": (),
    "gates": (HOLDS, FAILS),
    "affected": FLEET,
}


def told(says: str = "It stands so.", **differing: Any) -> dict[str, Any]:
    """Say a change as the API does."""
    made: Change = change(**differing)
    more = {"approvals_missing": made.approvals_missing, "says": says, "remedies": []}
    return msgspec.to_builtins(made) | more  # type: ignore[no-any-return]


def planned(**differing: Any) -> dict[str, Any]:
    """Say a plan that Anna has just made."""
    return told("It waits for 1 approval.", **(PLAN | differing))


STATUS: dict[str, Any] = {
    "setting": {"id": "x_WindowsRestore", "state": "disabled", "last_modified": "2026-01-09"},
    "wrong": None,
    "last_change": {
        "by": "Cara",
        "application": "Portal",
        "at": "2026-11-20T12:00:00Z",
        "change": None,
        "unknown": None,
    },
    "drift": {"drifted": True, "applied": None, "says": "Somebody else changed it."},
    "gates": msgspec.to_builtins([HOLDS, FAILS]),
    "write_identity": {"configured": True, "fit": "unknown", "permission": "yes"},
    "in_progress": "c9",
}
