"""Pages of devices for merge tests, written by the product's own encoder."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from shared.adapters.storage.sweeps import compressed
from shared.domain.assessment import Assessment
from shared.domain.editions import EDITIONS
from shared.domain.facts import Facts
from shared.domain.packing import pack
from shared.domain.sweep import ROW, PageHeader, PageOpening
from shared.use_cases.assess import assess
from tests.builders import OLD, TODAY, tenant

SYNC = "2026-11-21T10:00:00Z"
READ = datetime(2026, 11, 16, 2, tzinfo=UTC)


def assessed(facts: Facts) -> Assessment:
    """Judge facts in a tenant where all is well."""
    return assess(facts, tenant(), EDITIONS[OLD], TODAY)


def row(id: str, assessment: str, **differing: str | None) -> tuple[str | None, ...]:
    """Build a row whose names tell the device's id."""
    values: dict[str, str | None] = {
        "id": id,
        "name": f"PC-{id}",
        "entra_id": f"entra-{id}",
        "user_id": f"user-{id}",
        "user_name": f"{id}@contoso.com",
        "serial": f"S{id}",
        "manufacturer": "LENOVO",
        "model": "21HM",
        "category": None,
        "profile": None,
        "os_version": "10.0.26100.9550",
        "enrolled": "2024-05-15T14:13:19.376941Z",
        "last_sync": SYNC,
        "assessment": assessment,
    }
    values |= differing
    return tuple(values[column] for column in ROW)


def page_lines(
    page: int,
    devices: Mapping[str, Facts],
    *,
    read_at: datetime = READ,
    **differing: str | None,
) -> bytes:
    """Write one page as the app does: a header, then a row per device."""
    packed = {id: pack(assessed(facts)) for id, facts in devices.items()}
    header = PageHeader(
        page,
        None,
        len(packed),
        read_at,
        {one.key: one.content for one in packed.values()},
        {key: finding for one in packed.values() for key, finding in one.findings.items()},
    )
    rows = [row(id, one.key, **differing) for id, one in packed.items()]
    return msgspec.json.Encoder().encode_lines([PageOpening(None, header), *rows])


def write_pages(folder: Path, pages: Iterable[bytes]) -> Path:
    """Write page files as a merge finds them, and return the folder to merge in."""
    (folder / "pages").mkdir(parents=True)
    for number, lines in enumerate(pages, start=1):
        (folder / "pages" / f"{number:06d}.jsonl.zst").write_bytes(compressed(lines))
    return folder
