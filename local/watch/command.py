"""`python -m local watch`: what blocks devices comes and goes, live in the terminal."""

import argparse
import asyncio
import os
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from rich.console import Console

from local.node import install_azurite
from local.stored import opened
from local.sweep.place import place_of
from local.sweep.simulation import (
    Simulation,
    add_tenant_options,
    claim,
    running,
    tenant_arguments,
)
from local.watch.changes_file import changes_of
from local.watch.events import Watcher, events
from local.watch.lines import Tally, line
from shared.bootstrap import Storage

EVERY = 1.0
"""Seconds between two looks at storage."""

POLL_SCHEDULE = "*/5 * * * * *"


def main(argv: Sequence[str]) -> int:
    """Watch until Ctrl-C, which ends with status 0 and a tally."""
    wanted = _parser().parse_args(argv)
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    tally = Tally()
    connection = os.environ.get("AzureWebJobsStorage")
    try:
        if connection:
            asyncio.run(_watch_installation(connection, wanted, console, tally))
        else:
            install_azurite()
            asyncio.run(_watch_simulation(wanted, console, tally))
    except KeyboardInterrupt:
        console.print(f"\n{tally}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local watch",
        description="Shows what blocks devices come and go: in the storage that AzureWebJobsStorage"
        " names, or else in that of a simulated tenant, which is started and keeps changing.",
    )
    add = parser.add_argument
    add("--earlier", action="store_true", help="begin with what changed since the last sweep")
    add = parser.add_argument_group("the simulated tenant").add_argument
    add_tenant_options(add, devices=500)
    add("--rate", type=float, default=60.0, help="changes a minute (%(default)g)")
    return parser


async def _watch_installation(
    connection: str, wanted: argparse.Namespace, console: Console, tally: Tally
) -> None:
    async with opened(connection) as stored:
        await _show(stored, console, tally, simulation=None, earlier=wanted.earlier)


async def _watch_simulation(wanted: argparse.Namespace, console: Console, tally: Tally) -> None:
    """Start everything, sweep once, and follow; the tenant begins anew, and storage with it."""
    place = place_of(f"watch-{wanted.scenario}-{wanted.seed}-{wanted.devices}")
    claim(place)
    shutil.rmtree(place.storage, ignore_errors=True)
    console.print("Starting storage, tenant and host ...")
    arguments = [*tenant_arguments(wanted), "--live", str(wanted.rate)]
    async with running(place, arguments, POLL_SCHEDULE=POLL_SCHEDULE) as simulation:
        await simulation.sweep(console)
        console.print(
            "Watching; Ctrl-C ends. In another terminal, `python -m local explain NAME`"
            " tells why, and `python -m local health` how the feed of changes stands."
        )
        await _show(simulation.stored, console, tally, simulation=simulation, earlier=True)


async def _show(
    stored: Storage,
    console: Console,
    tally: Tally,
    *,
    simulation: Simulation | None,
    earlier: bool,
) -> None:
    watcher = Watcher(
        stored.snapshots, stored.overlay, stored.feed, partial(changes_of, stored.snapshots)
    )

    async def pause() -> None:
        if simulation is not None:
            simulation.check()
        await asyncio.sleep(EVERY)

    async for event in events(watcher, lambda: datetime.now(UTC), pause, earlier=earlier):
        tally.add(event)
        console.print(line(event))
