"""Looking devices up in a snapshot's Parquet file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from shared.domain.assessment import Assessment
from shared.domain.story import OpenBlocker, Story

COLUMNS = (
    "id, name, entra_id, user_name, serial, manufacturer, model, os_version, enrolled, last_sync,"
    " assessment, open"
)
EXACT = f"""
SELECT {COLUMNS} FROM read_parquet($file)
WHERE lower($wanted) IN (lower(id), lower(name), lower(entra_id), lower(serial))
ORDER BY name, id LIMIT $most
"""  # noqa: S608 - our own column names
CONTAINING = f"""
SELECT {COLUMNS} FROM read_parquet($file)
WHERE contains(lower(name), lower($wanted)) ORDER BY name, id LIMIT $most
"""  # noqa: S608 - our own column names


def find(
    devices: Path, assessments: Mapping[str, Assessment], wanted: str, most: int
) -> Sequence[Story]:
    """Find devices by exact name, id, Entra id or serial, else by a part of the name."""
    with duckdb.connect() as db:
        values = {"file": str(devices), "wanted": wanted, "most": most}
        rows = db.execute(EXACT, values).fetchall() or db.execute(CONTAINING, values).fetchall()
    return [_story(row, assessments) for row in rows]


def _story(row: tuple[Any, ...], assessments: Mapping[str, Assessment]) -> Story:
    *who, key, blockers = row
    opened = tuple(OpenBlocker(**blocker) for blocker in blockers)
    return Story(*[*who, assessments[key], opened])
