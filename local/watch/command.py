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
from local.sweep.command import count
from local.sweep.follow import follow
from local.sweep.place import Place, listening, place_of
from local.sweep.programs import SIMULATED_TENANT, Host, app_settings, storage, tail, tenant
from local.tenant.scenarios import SCENARIOS
from local.watch.changes_file import changes_of
from local.watch.events import Watcher, events
from local.watch.lines import Tally, line
from shared.bootstrap import Storage
from shared.errors import ReadinessError

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
    simulated = parser.add_argument_group("the simulated tenant")
    add = simulated.add_argument
    add("--devices", type=count, default=500, help="how many devices (%(default)s)")
    add("--seed", type=int, default=2026, help="what the tenant is computed from")
    add("--scenario", default="typical", choices=sorted(SCENARIOS), help="(%(default)s)")
    add("--rate", type=float, default=60.0, help="changes a minute (%(default)g)")
    return parser


async def _watch_installation(
    connection: str, wanted: argparse.Namespace, console: Console, tally: Tally
) -> None:
    async with opened(connection) as stored:
        await _show(stored, console, tally, host=None, earlier=wanted.earlier)


async def _watch_simulation(wanted: argparse.Namespace, console: Console, tally: Tally) -> None:
    """Start everything, sweep once, and follow; the tenant begins anew, and storage with it."""
    place = place_of(f"watch-{wanted.scenario}-{wanted.seed}-{wanted.devices}")
    _forget(place)
    console.print("Starting storage, tenant and host ...")
    arguments = ["--devices", str(wanted.devices), "--seed", str(wanted.seed)]
    arguments += ["--scenario", wanted.scenario, "--live", str(wanted.rate)]
    with storage(place) as connection, tenant(place, arguments) as url:
        environ = app_settings(connection, url, SIMULATED_TENANT) | {"POLL_SCHEDULE": POLL_SCHEDULE}
        async with opened(connection) as stored:
            with Host(place, place.ports().host, environ, timers=True) as host:
                sweep = await follow(host, stored.sweeps, console)
                if sweep.state != "complete":
                    raise ReadinessError(f"the first sweep ended {sweep.state}: {sweep.reason}")
                console.print(
                    "Watching; Ctrl-C ends. In another terminal, `python -m local explain NAME`"
                    " tells why, and `python -m local health` how the feed of changes stands."
                )
                await _show(stored, console, tally, host=host, earlier=True)


def _forget(place: Place) -> None:
    if listening(place.ports().blob):
        raise ReadinessError(
            f"this tenant is being watched already, or {place.folder} was left by a watch that is"
            " still ending; wait for its end, or choose another --seed"
        )
    shutil.rmtree(place.storage, ignore_errors=True)


async def _show(
    stored: Storage, console: Console, tally: Tally, *, host: Host | None, earlier: bool
) -> None:
    watcher = Watcher(
        stored.snapshots, stored.overlay, stored.feed, partial(changes_of, stored.snapshots)
    )

    async def pause() -> None:
        if host is not None and not host.running:
            raise ReadinessError(f"the local host has died; the end of its log:\n{tail(host.log)}")
        await asyncio.sleep(EVERY)

    async for event in events(watcher, lambda: datetime.now(UTC), pause, earlier=earlier):
        tally.add(event)
        console.print(line(event))
