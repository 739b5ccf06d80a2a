"""A merge finds in storage all it needs: the pages, the last snapshot, and its overlay."""

from datetime import timedelta

import msgspec

from shared.adapters.storage.blobs import Blobs
from shared.adapters.storage.overlay import BlobOverlay
from shared.adapters.storage.snapshots import BlobSnapshots
from shared.adapters.storage.sweeps import BlobSweeps
from shared.domain.sweep import PageInStorage
from shared.report.vocabulary import blockers_by_unknown
from tests.adapters.storage.merges import FINE, MONDAY, OLD_BUILD, TUESDAY, entry
from tests.adapters.storage.pages import page_lines


async def test_the_overlay_of_the_last_snapshot_is_folded_in_and_no_other(
    blobs: Blobs,
) -> None:
    snapshots, sweeps, overlay = BlobSnapshots(blobs), BlobSweeps(blobs), BlobOverlay(blobs)
    page = page_lines(1, {"1": FINE, "2": FINE}, read_at=MONDAY)
    for sweep in ("monday", "tuesday"):
        await sweeps.write_page(sweep, 1, page, PageInStorage(1, 2, 0, 0))
    async with snapshots.merging("monday", None, blockers_by_unknown()) as merge:
        await snapshots.store("monday", merge, await merge.write(MONDAY), msgspec.json.encode({}))
    later = MONDAY + timedelta(hours=1)
    await overlay.write("monday", entry("1", OLD_BUILD, later), None)
    await overlay.write("sunday", entry("2", OLD_BUILD, later), None)

    async with snapshots.merging("tuesday", "monday", blockers_by_unknown()) as merge:
        assert await merge.outdated() == ["1"]
        merged = await merge.write(TUESDAY)
    assert (merged.devices, merged.new_devices) == (2, 0)
    assert sorted(merged.per_assessment.values()) == [1, 1]
