"""`python -m local serve`: the local host as a command."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from local.host.host import VISIBILITY, LocalHost
from local.host.settings import expand
from shared.errors import ReadinessError

log = logging.getLogger("local.host")


def main(argv: Sequence[str] | None = None) -> int:
    """Serve an app until Ctrl-C or SIGTERM. Gives the exit status, 1 if it cannot be served."""
    asked = _parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)-7s %(message)s")
    logging.getLogger("azure").setLevel(logging.WARNING)
    try:
        host = LocalHost(
            asked.app_dir, timers=not asked.no_timers, key=asked.key, visibility=asked.visibility
        )
        asyncio.run(_serve(host, asked.port))
    except (ReadinessError, OSError) as error:
        print(f"The app in {asked.app_dir} cannot be served: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local serve", description=__doc__)
    add = parser.add_argument
    add("app_dir", nargs="?", type=Path, default=Path.cwd(), help="the folder of function_app.py")
    add("--port", type=int, default=7071, help="the loopback port (0 takes a free one)")
    add("--no-timers", action="store_true", help="fire timers only by hand, through /admin")
    add("--key", default=os.environ.get("LOCAL_HOST_KEY"), help="check function keys against it")
    add(
        "--visibility",
        type=int,
        default=VISIBILITY,
        metavar="SECONDS",
        help="how long messages stay away after this host was killed (default %(default)s)",
    )
    return parser


async def _serve(host: LocalHost, port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows has no loop.add_signal_handler, and a second Ctrl-C shall end it at once.
        signal.signal(number, lambda number, frame: _stop(loop, stop))
    async with host.serving(port):
        for function in host.app.functions.values():
            trigger = function.trigger
            where = trigger.get("schedule") or trigger.get("queueName") or trigger.get("route")
            where = expand(where or function.name, host.app.settings, function.name)
            log.info("%s: %s %s", function.name, trigger["type"], where)
        log.info("listening on http://127.0.0.1:%d", host.port)
        await stop.wait()
        log.info("finishing what runs")


def _stop(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    loop.call_soon_threadsafe(stop.set)
