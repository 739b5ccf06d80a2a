"""The figures of a digest: how ready the fleet is, how that moved, and what would help most."""

from shared.domain.digest import BestUnlock, Readiness
from shared.report.summary import Summary, TrendPoint


def readiness(summary: Summary, before: TrendPoint | None) -> tuple[Readiness, ...]:
    """Return how the fleet stands for each capability, and how it stood the day before."""
    return tuple(
        Readiness(
            each.capability,
            each.eligible,
            each.ready,
            before.eligible.get(each.capability) if before else None,
            before.ready.get(each.capability) if before else None,
        )
        for each in summary.capabilities
    )


def best_unlock(summary: Summary) -> BestUnlock | None:
    """Return what would make the most devices ready, by the fewest fixes; None if nothing would."""
    offered = (
        BestUnlock(each.capability, unlock.fixes, unlock.ready)
        for each in summary.capabilities
        for unlock in each.unlock
        if unlock.ready
    )
    return max(offered, key=lambda best: (best.devices, -len(best.fixes)), default=None)
