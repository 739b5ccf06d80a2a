"""What a snapshot knows of single devices, read from a copy of it on this machine."""

import shutil
import tempfile
import weakref
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from shared.domain.assessment import Assessment
from shared.domain.history import ClearedBlocker, History, OpenBlocker
from shared.domain.known_device import DeviceRecord, KnownDevice, entra_key, serial_key
from shared.errors import StorageError

KNOWN = """
SELECT * FROM read_parquet($file)
WHERE id IN (SELECT unnest($ids::VARCHAR[]))
   OR lower(entra_id) IN (SELECT unnest($entra_keys::VARCHAR[]))
   OR lower(trim(serial)) IN (SELECT unnest($serial_keys::VARCHAR[]))
ORDER BY id
"""


class SnapshotCopy:
    """A snapshot's devices and assessments, in a folder that goes when nobody holds the copy.

    So a thread that still reads an old snapshot keeps its file, also where open files cannot be
    removed; what is left goes at the end of the process.
    """

    def __init__(self, sweep: str) -> None:
        self.sweep = sweep
        folder = Path(tempfile.mkdtemp(prefix="snapshot-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.devices = folder / "devices.parquet"
        self.assessments: Mapping[str, Assessment] = {}

    def known(
        self, ids: Iterable[str], entra_ids: Iterable[str], serials: Iterable[str]
    ) -> list[KnownDevice]:
        """Read the devices that one of these names, in the order of their ids."""
        wanted = {
            "file": str(self.devices),
            "ids": list(ids),
            "entra_keys": [key for key in map(entra_key, entra_ids) if key],
            "serial_keys": [key for key in map(serial_key, serials) if key],
        }
        with duckdb.connect() as db:
            found = db.execute(KNOWN, wanted)
            columns = [column for column, *_ in found.description or ()]
            rows = found.fetchall()
        return [self._device(dict(zip(columns, row, strict=True))) for row in rows]

    def _device(self, row: Mapping[str, Any]) -> KnownDevice:
        """Build a device; snapshots of old lack the last two columns."""
        key = row["assessment"]
        if key not in self.assessments:
            raise StorageError(f"snapshot {self.sweep} does not hold the assessment {key!r}")
        return KnownDevice(
            DeviceRecord(**{name: _aware(row[name]) for name in DeviceRecord.__struct_fields__}),
            self.assessments[key],
            History(
                tuple(OpenBlocker(**_all_aware(blocker)) for blocker in row["open"]),
                tuple(ClearedBlocker(**_all_aware(blocker)) for blocker in row["cleared"]),
            ),
            read_at=_aware(row.get("read_at")) or started(self.sweep),
            succeeded_by=row.get("succeeded_by"),
            succeeds=row.get("succeeds"),
        )


def started(sweep: str) -> datetime:
    """Read off a sweep's name when it began; the epoch where the name does not say."""
    try:
        return datetime.strptime(sweep, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)


def _all_aware(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _aware(value) for name, value in values.items()}


def _aware(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
