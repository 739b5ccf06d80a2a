"""The last day each Windows release is serviced."""

from datetime import date

from shared.domain.editions.sources import END_OF_21H2, LIFECYCLE
from shared.domain.editions.tables import ServicingEnd
from shared.domain.source import Source


def _ends(
    branch: int,
    release: str,
    home_pro: str,
    enterprise_education: str,
    *,
    ltsc: str | None = None,
    source: Source = LIFECYCLE,
) -> ServicingEnd:
    return ServicingEnd(
        branch,
        release,
        date.fromisoformat(home_pro),
        date.fromisoformat(enterprise_education),
        None if ltsc is None else date.fromisoformat(ltsc),
        source,
    )


SERVICING = (
    _ends(
        19044,
        "Windows 10 21H2",
        "2023-06-13",
        "2024-06-11",
        ltsc="2027-01-12",
        source=END_OF_21H2,
    ),
    _ends(19045, "Windows 10 22H2", "2025-10-14", "2025-10-14"),
    _ends(22000, "Windows 11 21H2", "2023-10-10", "2024-10-08"),
    _ends(22621, "Windows 11 22H2", "2024-10-08", "2025-10-14"),
    _ends(22631, "Windows 11 23H2", "2025-11-11", "2026-11-10"),
    _ends(26100, "Windows 11 24H2", "2026-10-13", "2027-10-12", ltsc="2029-10-09"),
    _ends(26200, "Windows 11 25H2", "2027-10-12", "2028-10-10"),
    _ends(26300, "Windows 11 26H2", "2028-10-10", "2029-10-09"),
    _ends(28000, "Windows 11 26H1", "2028-03-14", "2029-03-13"),
)
