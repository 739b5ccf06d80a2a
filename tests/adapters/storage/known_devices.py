"""Known devices for storage tests, and a snapshot's files that hold them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from shared.adapters.storage.blobs import Blobs
from shared.domain.assessment import Assessment
from shared.domain.history import ClearedBlocker, History, OpenBlocker, Transition
from shared.domain.known_device import DeviceRecord, KnownDevice
from shared.domain.packing import pack
from tests.adapters.storage.pages import assessed
from tests.builders import device as facts

MORNING = datetime(2026, 11, 22, 10, 15, 3, 250_000, tzinfo=UTC)
WELL = assessed(facts())
TOO_OLD = assessed(facts(os_version="10.0.19045.1"))
HISTORY = History(
    (
        OpenBlocker(
            "backup",
            "os_build_too_old",
            datetime(2026, 10, 1, 2, tzinfo=UTC),
            datetime(2026, 11, 20, 2, 0, 0, 500_000, tzinfo=UTC),
            held=False,
        ),
    ),
    (
        ClearedBlocker(
            "restore",
            "edition_not_supported",
            datetime(2026, 10, 2, 2, tzinfo=UTC),
            datetime(2026, 11, 19, 2, tzinfo=UTC),
        ),
    ),
)
COLUMNS = dict.fromkeys(DeviceRecord.__struct_fields__, "VARCHAR") | {
    "enrolled": "TIMESTAMP",
    "last_sync": "TIMESTAMP",
    "assessment": "VARCHAR",
    "open": "STRUCT(capability VARCHAR, reason VARCHAR, first_seen TIMESTAMP, since TIMESTAMP,"
    " held BOOLEAN)[]",
    "cleared": "STRUCT(capability VARCHAR, reason VARCHAR, first_seen TIMESTAMP,"
    " cleared TIMESTAMP)[]",
    "read_at": "TIMESTAMP",
    "succeeded_by": "VARCHAR",
    "succeeds": "VARCHAR",
}
RAISED = Transition("backup", "os_build_too_old", "raised", "assessed", MORNING, MORNING, MORNING)


def known(
    id: str,
    assessment: Assessment = WELL,
    history: History = HISTORY,
    *,
    read_at: datetime = MORNING,
    gone: bool = False,
    succeeded_by: str | None = None,
    succeeds: str | None = None,
    transitions: tuple[Transition, ...] = (),
    **differing: Any,
) -> KnownDevice:
    """Build a known device whose record tells its id."""
    values: dict[str, Any] = {
        "id": id,
        "name": f"PC-{id}",
        "entra_id": f"entra-{id}",
        "user_id": f"user-{id}",
        "user_name": f"{id}@contoso.example",
        "serial": f"S{id}",
        "manufacturer": "LENOVO",
        "model": "21HM",
        "os_version": "10.0.26100.9550",
        "enrolled": datetime(2024, 5, 15, 14, 13, 19, tzinfo=UTC),
        "last_sync": datetime(2026, 11, 21, 10, tzinfo=UTC),
    }
    record = DeviceRecord(**(values | differing))
    return KnownDevice(
        record, assessment, history, read_at, gone, succeeded_by, succeeds, transitions
    )


def write_devices(file: Path, devices: Sequence[KnownDevice], *, of_old: bool = False) -> None:
    """Write a snapshot's Parquet file; one `of_old` lacks the columns that were added since."""
    rows = [
        msgspec.to_builtins(device.record)
        | {
            "assessment": pack(device.assessment).key,
            "open": device.history.open,
            "cleared": device.history.cleared,
            "read_at": device.read_at,
            "succeeded_by": device.succeeded_by,
            "succeeds": device.succeeds,
        }
        for device in devices
    ]
    lines = file.with_suffix(".jsonl")
    lines.write_bytes(msgspec.json.Encoder().encode_lines(rows))
    left_out = ("read_at", "succeeded_by", "succeeds") if of_old else ()
    with duckdb.connect() as db:
        db.execute(
            f"COPY (SELECT {', '.join(name for name in COLUMNS if name not in left_out)} FROM "
            f"read_json($file, format = 'newline_delimited', columns = {COLUMNS}) ORDER BY id) "
            f"TO '{file.as_posix()}' (FORMAT parquet)",
            {"file": str(lines)},
        )


def assessments(devices: Sequence[KnownDevice]) -> dict[str, Assessment]:
    """Gather what the keys in the file stand for."""
    return {pack(device.assessment).key: device.assessment for device in devices}


async def store_snapshot(
    blobs: Blobs, sweep: str, devices: Sequence[KnownDevice], folder: Path, *, of_old: bool = False
) -> None:
    """Store as much of a snapshot as is needed to read devices from it."""
    file = folder / f"{sweep}.parquet"
    write_devices(file, devices, of_old=of_old)
    await blobs.upload(f"snapshots/{sweep}/devices.parquet", file)
    await blobs.write(
        f"snapshots/{sweep}/assessments.json", msgspec.json.encode(assessments(devices))
    )
