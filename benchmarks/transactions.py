"""What a real sweep asks of storage and of Graph, per thousand devices."""

import subprocess
import sys
from collections.abc import Iterator

import msgspec

from benchmarks.sweep import Count
from benchmarks.table import Measured
from local.azurite import Azurite
from local.environment import ROOT

SIZES = (10_000, 100_000)
MOST_STORAGE = 8.0
MOST_PAGES = 1.0


def measure() -> Iterator[Measured]:
    """Sweep a small and a larger tenant through the app's own triggers, and count."""
    if lack := Azurite.missing():
        goal = f"at most {MOST_STORAGE:g}"
        yield Measured.skipped("storage transactions per 1,000 devices", goal, lack)
        return
    counts = [_count(devices) for devices in SIZES]
    per_page = (counts[-1].storage - counts[0].storage) / (counts[-1].pages - counts[0].pages)
    for devices, count in zip(SIZES, counts, strict=True):
        yield Measured.at_most(
            f"storage transactions per 1,000 devices, all told, of {devices:,}",
            MOST_STORAGE,
            count.storage / devices * 1000,
            "",
            f"a first sweep: {count.blobs} blob and {count.queues} queue requests, retries, and the"
            " receive and delete of each message among them, idle polls not; that is"
            f" {per_page:.1f} a page, and {count.storage - per_page * count.pages:.0f} once",
        )
    last, thousands = counts[-1], SIZES[-1] / 1000
    yield Measured.at_most(
        "Graph calls per 1,000 devices, besides top-ups",
        MOST_PAGES,
        last.pages / thousands,
        "",
        f"{last.pages} pages of {SIZES[-1]:,} devices; besides, {last.top_ups / thousands:.1f}"
        " batches per 1,000 devices topped up what lists leave out, and"
        f" {last.other_calls} calls read the tenant once",
    )


def _count(devices: int) -> Count:
    """Sweep in a process of its own, whose clients end with it."""
    command = [sys.executable, "-m", "benchmarks.sweep", str(devices)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise ChildProcessError(f"the sweep of {devices:,} devices failed:\n{done.stderr}")
    return msgspec.json.decode(done.stdout, type=Count)
