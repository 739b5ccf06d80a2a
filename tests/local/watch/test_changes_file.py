"""A snapshot's changes are read as they were written."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import duckdb

from local.watch.changes_file import changes_of
from local.watch.events import DeviceChanged
from shared.domain.history import Transition

AT = datetime(2026, 11, 22, 10, 15, 7, 123456, tzinfo=UTC)
ROWS = """
COPY (SELECT * FROM (VALUES
    ('2', 'PC-2', 'S2', 'restore', 'edition_unsupported', 'cleared', 'gone', 'sweep',
     TIMESTAMP '2026-11-20', TIMESTAMP '2026-11-21', TIMESTAMP '2026-11-22 10:15:07.123456'),
    ('1', NULL, 'S1', 'backup', 'os_build_too_old', 'raised', 'assessed', 'feed',
     TIMESTAMP '2026-11-20', TIMESTAMP '2026-11-20', TIMESTAMP '2026-11-20'))
    AS t(id, name, serial, capability, reason, transition, cause, via, first_seen, since, "at")
) TO '{file}' (FORMAT parquet)
"""


class Snapshots:
    async def file(self, sweep: str, name: str, path: Path) -> None:
        assert (sweep, name) == ("a", "changes.parquet")
        with duckdb.connect() as db:
            db.execute(ROWS.format(file=path))


async def test_transitions_are_read_the_oldest_first_and_their_times_are_in_utc() -> None:
    found = await changes_of(cast("Any", Snapshots()), "a")

    first, second = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)
    assert found == [
        DeviceChanged(
            "1",
            None,
            Transition("backup", "os_build_too_old", "raised", "assessed", first, first, first),
        ),
        DeviceChanged(
            "2",
            "PC-2",
            Transition("restore", "edition_unsupported", "cleared", "gone", first, second, AT),
        ),
    ]
