"""The publications that the tables and rules were read from."""

from datetime import date

from shared.domain.source import Source

INTUNE_PAGE = Source(
    title="Microsoft Intune: Windows Backup for Organizations",
    dated=date(2025, 8, 18),
)
WINDOWS_PAGE = Source(
    title="Windows settings backup and restore",
    dated=date(2026, 9, 29),
    url="https://learn.microsoft.com/windows/configuration/windows-backup",
)
RELEASES = Source(
    title="Windows release information",
    dated=date(2026, 11, 22),
    url="https://learn.microsoft.com/windows/release-health/windows11-release-information",
)
LIFECYCLE = Source(
    title="Microsoft lifecycle: Windows",
    dated=date(2026, 11, 22),
    url="https://learn.microsoft.com/lifecycle/products/",
)
END_OF_21H2 = Source(
    title="Microsoft's notice on the end of Windows 10 21H2, as the press quotes it",
    dated=date(2026, 11, 22),
    url="https://betanews.com/2024/05/12/"
    "windows-10-21h2-end-of-support-for-enterprise-and-education/",
)
GRAPH = Source(
    title="Microsoft Graph beta: managedDevice",
    dated=date(2026, 11, 22),
    url="https://learn.microsoft.com/graph/api/resources/intune-devices-manageddevice"
    "?view=graph-rest-beta",
)
