"""What a page costs between Graph and storage, in units of `json.loads` of the same bytes."""

import asyncio
import json
from collections.abc import Iterator

from benchmarks.book import NIGHT, book_of
from benchmarks.fleet import SCENARIOS, bodies, read_tenant
from benchmarks.table import Measured
from benchmarks.timing import fastest
from shared.adapters.graph.device_page import decode_page
from shared.adapters.storage.sweeps import compressed
from shared.use_cases.judge_page import page_lines

DEVICES = 6_000
ROUNDS = 15
GOAL = 0.75


def measure() -> Iterator[Measured]:
    """Measure the page step where policies reach all devices, and where they reach groups."""
    for scenario, words in SCENARIOS.items():
        pages = list(bodies(scenario, DEVICES))
        step, loads = _seconds(scenario, pages)
        yield Measured.at_most(
            f"page step against json.loads of the same bytes, {words}",
            GOAL,
            step / loads,
            " x",
            f"decode, judge, encode, compress; {len(pages)} pages as served,"
            f" {step / DEVICES * 1e6:.2f} against {loads / DEVICES * 1e6:.2f} µs a device,"
            f" by turns, fastest of {ROUNDS} rounds",
        )


def _seconds(scenario: str, pages: list[bytes]) -> tuple[float, float]:
    book = book_of(*asyncio.run(read_tenant(scenario, DEVICES)))

    def step(body: bytes) -> bytes:
        return compressed(page_lines(1, decode_page(body), book, user_names=True, read_at=NIGHT))

    ours, loads = fastest([step, json.loads], pages, ROUNDS, prepared=bytes)
    return ours, loads
