"""How changes of the restore setting are doing: the audit, a change under way, who writes."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal

from shared.domain.ledger import Ledger
from shared.domain.restore_change import Change
from shared.report.health import Check
from shared.report.restore_remedies import fitness_remedies

LONGEST_CHANGE = timedelta(hours=1)
"""What became of a write is clear after half an hour, if the setting can be read."""


def restore_checks(now: datetime, ledger: Ledger | None, wrong: str | None) -> Iterator[Check]:
    """Judge the audit and the change under way; `wrong` says why there is no ledger."""
    if wrong is not None:
        yield Check(
            "audit",
            "failing",
            f"The audit of the restore setting's changes cannot be trusted: {wrong}",
            do="Nothing is changed until it is in order: python -m local audit verify tells what is"
            " wrong with which record.",
        )
        yield Check(
            "restore_change",
            "ok",
            "Whether a change is under way cannot be seen before the audit is in order.",
            settled=False,
        )
    if ledger is not None and ledger.in_progress is not None:
        yield _under_way(now, ledger.in_progress)


def write_identity(
    permission: Literal["yes", "no", "unknown"],
    role: Literal["yes", "no", "unknown"],
    identity: str | None,
    why: Sequence[str],
) -> Check:
    """Judge whether the write identity may change the setting: whether it holds what that takes.

    `identity` is its object id, and `why` says what could not be seen.
    """
    if "no" not in (permission, role):
        says = "The write identity may change the restore setting."
        if "unknown" in (permission, role):
            reasons = " ".join(why) or "Graph does not tell."
            says = f"Whether the write identity may change the setting is not known: {reasons}"
        return Check("write_identity", "ok", says, settled="unknown" not in (permission, role))
    lacking = [
        name
        for name, held in (
            ("the permission to write", permission),
            ("the role Intune Administrator", role),
        )
        if held == "no"
    ]
    ways = fitness_remedies(permission, role, True, identity)
    return Check(
        "write_identity",
        "attention",
        f"The write identity lacks {' and '.join(lacking)}, so that no change can be applied.",
        do=f"{' '.join(way.do for way in ways)} python -m local preflight shows the commands.",
    )


def _under_way(now: datetime, change: Change) -> Check:
    late = change.begun is not None and now - change.begun > LONGEST_CHANGE
    if not late:
        says = f"The change {change.id} of the restore setting is under way."
        return Check("restore_change", "ok", says, change.begun, settled=False)
    return Check(
        "restore_change",
        "attention",
        f"What became of the change {change.id} of the restore setting is still not clear, and no"
        " other change can be applied before that.",
        change.begun,
        "See in the log why settle_change cannot read the setting, and whether its message was"
        " given up (python -m local poison list restore-changes).",
    )
