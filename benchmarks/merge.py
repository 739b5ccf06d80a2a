"""`python -m benchmarks.merge FOLDER`: the merge of a sweep's pages, and its peak memory in bytes.

What the next merge starts from is left in FOLDER.
"""

import asyncio
import sys
from pathlib import Path

import msgspec

from benchmarks.book import NIGHT
from benchmarks.peak import peak_memory
from shared.adapters.storage.merge import SnapshotMerge
from shared.report.vocabulary import blockers_by_unknown

ASSESSMENTS = "assessments.json"


async def main(folder: Path) -> None:
    """Merge, step by step as a sweep does."""
    merge = SnapshotMerge(folder, blockers_by_unknown())
    try:
        await merge.gather()
        missing = await merge.missing()
        merged = await merge.write(NIGHT)
    finally:
        merge.close()
    (folder / ASSESSMENTS).write_bytes(msgspec.json.encode(merged.assessments))
    changed = sum(tally.devices for tally in merged.tallies)
    answer = [peak_memory(), merged.devices, len(missing), changed]
    print(msgspec.json.encode(answer).decode())


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
