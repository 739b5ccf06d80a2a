"""The lowest builds of each capability, as each page dates them."""

from shared.domain.editions.sources import INTUNE_PAGE, RELEASES, WINDOWS_PAGE
from shared.domain.editions.tables import Caution, Minimum, Minimums, Threshold
from shared.domain.source import Source

WINDOWS_10_21H2 = 19044
WINDOWS_10_22H2 = 19045
WINDOWS_11_22H2 = 22621
WINDOWS_11_23H2 = 22631
WINDOWS_11_24H2 = 26100
WINDOWS_11_25H2 = 26200
WINDOWS_11_26H2 = 26300
WINDOWS_11_26H1 = 28000

NEWER = Caution("newer_branch_not_listed")

_NEWER_THAN_THE_LISTS = (
    Minimum(WINDOWS_11_25H2, "Windows 11 25H2", 4946, RELEASES, cautions=(NEWER,)),
    Minimum(WINDOWS_11_26H2, "Windows 11 26H2", 4946, RELEASES, cautions=(NEWER,)),
    Minimum(WINDOWS_11_26H1, "Windows 11 26H1", None, RELEASES, cautions=(NEWER,)),
)


def _backup(page: Source) -> tuple[Minimum, ...]:
    return (
        Minimum(
            WINDOWS_10_22H2,
            "Windows 10 22H2",
            6216,
            WINDOWS_PAGE,
            "KB5063709",
            (Caution("doc_discrepancy_win10_build", below=6216),),
        ),
        Minimum(WINDOWS_11_22H2, "Windows 11 22H2", 5768, page, "KB5063875"),
        Minimum(WINDOWS_11_23H2, "Windows 11 23H2", 5768, page, "KB5063875"),
        Minimum(WINDOWS_11_24H2, "Windows 11 24H2", 4946, page, "KB5063878"),
        *_NEWER_THAN_THE_LISTS,
    )


def _restore_before_24h2(page: Source) -> tuple[Minimum, ...]:
    return (
        Minimum(WINDOWS_11_22H2, "Windows 11 22H2", 3958, page, "KB5040527"),
        Minimum(WINDOWS_11_23H2, "Windows 11 23H2", 3958, page, "KB5040527"),
    )


BACKUP_2025 = Minimums(
    oldest="Windows 10 22H2 or later",
    unsupported_below=WINDOWS_11_22H2,
    rows=(
        Minimum(
            WINDOWS_10_21H2,
            "Windows 10 21H2 / LTSC 2021",
            6216,
            INTUNE_PAGE,
            "KB5063709",
            (Caution("doc_discrepancy_win10_build", at_least=6216),),
        ),
        *_backup(INTUNE_PAGE),
    ),
    source=INTUNE_PAGE,
)
BACKUP_2026 = Minimums(
    oldest="Windows 10 22H2 or later",
    unsupported_below=WINDOWS_11_22H2,
    rows=_backup(WINDOWS_PAGE),
    source=WINDOWS_PAGE,
)

RESTORE_2025 = Minimums(
    oldest="Windows 11 22H2 or later",
    unsupported_below=WINDOWS_11_22H2,
    rows=(
        *_restore_before_24h2(INTUNE_PAGE),
        Minimum(
            WINDOWS_11_24H2,
            "Windows 11 24H2",
            1301,
            INTUNE_PAGE,
            "KB5040529",
            (Caution("doc_conflict_24h2_restore_min", at_least=1301, below=4770),),
        ),
        *_NEWER_THAN_THE_LISTS,
    ),
    source=INTUNE_PAGE,
)
RESTORE_2026 = Minimums(
    oldest="Windows 11 22H2 or later",
    unsupported_below=WINDOWS_11_22H2,
    rows=(
        *_restore_before_24h2(WINDOWS_PAGE),
        Minimum(WINDOWS_11_24H2, "Windows 11 24H2", 4770, WINDOWS_PAGE),
        *_NEWER_THAN_THE_LISTS,
    ),
    source=WINDOWS_PAGE,
)

FIRST_SIGN_IN = Minimums(
    oldest="Windows 11 24H2 or later",
    unsupported_below=WINDOWS_11_24H2,
    rows=(
        Minimum(WINDOWS_11_24H2, "Windows 11 24H2", 7922, WINDOWS_PAGE),
        Minimum(WINDOWS_11_25H2, "Windows 11 25H2", 7922, WINDOWS_PAGE),
        Minimum(WINDOWS_11_26H2, "Windows 11 26H2", 7922, RELEASES, cautions=(NEWER,)),
    ),
    source=WINDOWS_PAGE,
)

QUALITY_UPDATES_REQUIRED_BELOW = (
    Threshold(WINDOWS_11_22H2, 5624, "July 2025", INTUNE_PAGE),
    Threshold(WINDOWS_11_23H2, 5624, "July 2025", INTUNE_PAGE),
    Threshold(WINDOWS_11_24H2, 4652, "July 2025", INTUNE_PAGE),
)
QUALITY_UPDATES_RECOMMENDED_BELOW = (
    Threshold(WINDOWS_11_24H2, 8037, "March 2026", WINDOWS_PAGE),
    Threshold(WINDOWS_11_25H2, 8037, "March 2026", WINDOWS_PAGE),
)
