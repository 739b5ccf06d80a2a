"""The clouds a tenant may live in, and those that do not offer Windows Backup for Organizations."""

from typing import Literal, TypeAlias

Cloud: TypeAlias = Literal["commercial", "gcc", "gcchigh", "dod", "china"]

UNSUPPORTED: dict[Cloud, str] = {
    "gcchigh": "GCC High",
    "dod": "DoD",
    "china": "21Vianet (China)",
}
"""Clouds without the feature, and their names (facts/windows-backup.md, section 3, Cloud)."""
