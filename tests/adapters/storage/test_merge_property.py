"""The SQL of the merge moves a history on exactly as domain/history.py does."""

import asyncio
import tempfile
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct, field, structs

from shared.domain.facts import Facts
from shared.domain.history import ClearedBlocker, History, OpenBlocker, Transition
from shared.domain.known_device import DeviceRecord, KnownDevice
from tests.adapters.storage.merges import (
    FINE,
    MONDAY,
    OLD_BUILD,
    SHARED,
    UNREAD_BUILD,
    assessed_history,
    merged,
    naive,
    table,
)
from tests.adapters.storage.pages import assessed, page_lines
from tests.builders import device

some_facts = st.sampled_from(
    [
        *(FINE, OLD_BUILD, SHARED, UNREAD_BUILD),
        device(os_version="10.0.26100.4945", has_user=False),
        device(os_version=None, has_user=None),
        device(join_type="hybridAzureADJoined"),
        device(join_type=None, trust_type=None),
    ]
)
days = st.integers(0, 95).map(lambda n: timedelta(days=n, microseconds=n))


class Life(Struct, frozen=True):
    """A device with what its blockers were at first, and its looks one after another."""

    first: History
    looks: Sequence[tuple[Facts, timedelta]]
    now: Facts

    def known(self, id: str) -> KnownDevice:
        """What is known of it after all looks."""
        history, at = self.first, MONDAY
        for facts, later in self.looks:
            at += later
            history, _ = assessed_history(history, assessed(facts), at)
        return KnownDevice(DeviceRecord(id), assessed(self.looks[-1][0]), history, at)


class Files(Struct):
    """What the files of a merge say of blockers, in rows without an order."""

    opened: set[tuple[Any, ...]] = field(default_factory=set)
    cleared: set[tuple[Any, ...]] = field(default_factory=set)
    told: set[tuple[Any, ...]] = field(default_factory=set)

    @classmethod
    def of(cls, folder: Path) -> "Files":
        """Read the files that a merge left."""
        devices = "id, unnest({}, max_depth := 2)"
        told = ", ".join(f'"{name}"' for name in Transition.__struct_fields__)
        return cls(
            set(table(folder, "devices", devices.format("open"))),
            set(table(folder, "devices", devices.format("cleared"))),
            set(table(folder, "changes", f"id, {told}")),
        )


def rows(id: str, items: Iterable[Struct]) -> set[tuple[Any, ...]]:
    """The rows in which a file tells these items of a device."""
    return {
        (id, *(naive(v) if isinstance(v, datetime) else v for v in structs.astuple(item)))
        for item in items
    }


RETIRED = ("backup", "no_rule_says_so_any_more")
firsts = st.sampled_from(
    [
        History(),
        History(open=(OpenBlocker(*RETIRED, MONDAY, MONDAY, held=False),)),
        History(cleared=(ClearedBlocker("backup", "os_build_too_old", MONDAY, MONDAY),)),
    ]
)
lives = st.builds(
    Life, firsts, st.lists(st.tuples(some_facts, days), min_size=1, max_size=4), some_facts
)


@settings(max_examples=8, deadline=None)
@given(st.lists(lives, min_size=4, max_size=16), days)
def test_the_merge_moves_histories_on_as_the_domain_does(
    fleet: list[Life], passed: timedelta
) -> None:
    started = MONDAY + 2 * passed
    known = [life.known(str(n)) for n, life in enumerate(fleet)]
    expected = Files()
    for life, before in zip(fleet, known, strict=True):
        moment = max(started, before.read_at)
        after, told = assessed_history(before.history, assessed(life.now), moment)
        expected.opened |= rows(before.record.id, after.open)
        expected.cleared |= rows(before.record.id, after.cleared)
        expected.told |= rows(before.record.id, told)

    page = page_lines(
        1,
        {str(n): life.now for n, life in enumerate(fleet)},
        read_at=MONDAY + timedelta(days=1000),
    )
    with tempfile.TemporaryDirectory() as name:
        overlaid, stored = asyncio.run(_both(Path(name), page, known, started))
        assert overlaid == expected
        assert stored == expected


async def _both(
    root: Path, page: bytes, known: Sequence[KnownDevice], started: datetime
) -> tuple[Files, Files]:
    """Merge with what is known in the overlay, and with the same in the last snapshot."""
    ids = tuple(device.record.id for device in known)
    await merged(root / "empty", MONDAY, {})
    await merged(root / "stored", MONDAY, {}, previous=root / "empty", overlay=known, keep=ids)
    await merged(root / "a", started, page, previous=root / "empty", overlay=known)
    await merged(root / "b", started, page, previous=root / "stored")
    return Files.of(root / "a"), Files.of(root / "b")
