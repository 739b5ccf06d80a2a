"""Looking devices up in a snapshot's Parquet file and in the overlay's listing."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from shared.adapters.storage.overlay import Shown
from shared.domain.known_device import KnownDevice
from shared.domain.story import Story

DEVICES = """
WITH overlay AS (
    SELECT unnest($ids::VARCHAR[]) AS id, unnest($names::VARCHAR[]) AS name,
           unnest($entra_ids::VARCHAR[]) AS entra_id, unnest($serials::VARCHAR[]) AS serial,
           unnest($gone::BOOLEAN[]) AS gone),
devices AS (
    SELECT id, name, entra_id, serial FROM read_parquet($file) ANTI JOIN overlay USING (id)
    UNION ALL
    SELECT id, name, entra_id, serial FROM overlay WHERE NOT gone)
"""
EXACT = f"""
{DEVICES} SELECT id FROM devices
WHERE lower($wanted) IN (lower(id), lower(name), lower(entra_id), lower(serial))
ORDER BY name, id LIMIT $most
"""  # noqa: S608 - our own words
CONTAINING = f"""
{DEVICES} SELECT id FROM devices
WHERE contains(lower(name), lower($wanted)) ORDER BY name, id LIMIT $most
"""  # noqa: S608 - our own words


def matching(devices: Path, overlaid: Sequence[Shown], wanted: str, most: int) -> list[str]:
    """Find ids by exact name, id, Entra id or serial, else by a part of the name.

    Of a device that has an entry in the overlay only that entry counts.
    """
    values = {
        "file": str(devices),
        "ids": [shown.id for shown in overlaid],
        "names": [shown.name for shown in overlaid],
        "entra_ids": [shown.entra_id for shown in overlaid],
        "serials": [shown.serial for shown in overlaid],
        "gone": [shown.gone for shown in overlaid],
        "wanted": wanted,
        "most": most,
    }
    with duckdb.connect() as db:
        rows = db.execute(EXACT, values).fetchall() or db.execute(CONTAINING, values).fetchall()
    return [id for (id,) in rows]


def story_of(device: KnownDevice, *, reassessed: bool) -> Story:
    """Tell what is known of a device, read again after the snapshot or not."""
    record = device.record
    return Story(
        id=record.id,
        name=record.name,
        entra_id=record.entra_id,
        user_name=record.user_name,
        serial=record.serial,
        manufacturer=record.manufacturer,
        model=record.model,
        os_version=record.os_version,
        enrolled=record.enrolled,
        last_sync=record.last_sync,
        assessment=device.assessment,
        open=device.history.open,
        reassessed=device.read_at if reassessed else None,
    )
