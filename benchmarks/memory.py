"""Peak memory of the page step and of the merge, each measured in a process of its own."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec
from msgspec import Struct

from benchmarks.fleet import SCENARIOS
from benchmarks.handover import page_files
from benchmarks.merge import ASSESSMENTS
from benchmarks.peak import MEGABYTE
from benchmarks.table import Measured
from local.environment import ROOT

SMALL, LARGE = 10_000, 1_000_000
EQUAL_WITHIN = 1.10
MERGE_LIMIT = 1_000.0


class Walk(Struct, frozen=True):
    """A walk under way: the process that serves pages, and the one that is measured."""

    folder: Path
    feed: "subprocess.Popen[bytes]"
    walk: "subprocess.Popen[bytes]"

    def finish(self) -> tuple[float, float]:
        """Wait for its end; give its peak, and the peak before the first page, in megabytes."""
        peak, before = _answer(self.walk)
        _checked(self.feed)
        return peak / MEGABYTE, before / MEGABYTE


def measure() -> Iterator[Measured]:
    """Walk through tenants of both sizes, then merge what the large ones left behind."""
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as name:
        place = Path(name)
        walks = {
            (scenario, devices): _begin(place, scenario, devices)
            for scenario in SCENARIOS
            for devices in (SMALL, LARGE)
        }
        for scenario, words in SCENARIOS.items():
            small, bare = walks[scenario, SMALL].finish()
            large, _ = walks[scenario, LARGE].finish()
            yield Measured.at_most(
                f"peak memory of the page step, {LARGE:,} against {SMALL:,} devices, {words}",
                EQUAL_WITHIN,
                large / small,
                " x",
                f"{large:.0f} against {small:.0f} MB, {bare:.0f} MB of it before the first page;"
                " every page, each fleet in a process of its own",
            )
        yield _merged(place, *(walks[scenario, LARGE].folder for scenario in SCENARIOS))


def _begin(place: Path, scenario: str, devices: int) -> Walk:
    folder = place / f"{scenario}-{devices}"
    folder.mkdir()
    feed = _started("feed", scenario, str(devices), str(folder))
    walk = _started("walk", str(folder), stdin=feed.stdout)
    if feed.stdout is not None:
        # Only the walk shall hold the reading end, so that the feed ends when the walk dies.
        feed.stdout.close()
    return Walk(folder, feed, walk)


def _merged(place: Path, other: Path, folder: Path) -> Measured:
    """Merge with a snapshot in which every third page came from other policies.

    Both walks saw the same devices in the same order, so that is a third of them.
    """
    before = place / "before"
    (before / "pages").mkdir(parents=True)
    pairs = zip(page_files(folder), page_files(other), strict=True)
    for number, (page, changed) in enumerate(pairs):
        shutil.copy(page if number % 3 else changed, before / "pages" / page.name)
    _answer(_started("merge", str(before)))
    shutil.copy(before / "devices.parquet", folder / "previous.parquet")
    shutil.copy(before / ASSESSMENTS, folder / "previous-assessments.json")
    peak, devices, missing, changes = _answer(_started("merge", str(folder)))
    if missing or not changes:
        raise AssertionError(f"the merge found {missing} devices missing and {changes} changes")
    return Measured.at_most(
        f"peak memory of the merge of {LARGE:,} devices",
        MERGE_LIMIT,
        peak / MEGABYTE,
        " MB",
        f"the whole process; {devices:,} Windows devices, {changes:,} transitions against the"
        " snapshot before, in which a third had other policies",
    )


def _started(
    module: str, *arguments: str, stdin: IO[bytes] | None = None
) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", f"benchmarks.{module}", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdin=stdin, stdout=subprocess.PIPE)


def _answer(process: "subprocess.Popen[bytes]") -> list[int]:
    answer, _ = process.communicate()
    _checked(process)
    return msgspec.json.decode(answer, type=list[int])


def _checked(process: "subprocess.Popen[bytes]") -> None:
    if process.wait() != 0:
        raise ChildProcessError(f"{process.args!r} ended with status {process.returncode}")
