"""`python -m local health`: how the product itself is doing, in a real or a local storage."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.assess.visible import visible
from local.stored import connected, opened
from shared.report.health import Health, Standing
from shared.use_cases.check_health import check_health
from shared.use_cases.restore_standing import read_accounts

COLOURS: dict[Standing, str] = {"ok": "green", "attention": "yellow", "failing": "bold red"}


def main(argv: Sequence[str]) -> int:
    """Print the health report; exit status 1 when it says `failing`."""
    parser = argparse.ArgumentParser(prog="python -m local health", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print what GET /api/health answers")
    wanted = parser.parse_args(argv)
    with connected() as connection:
        health = asyncio.run(_health(connection))
    if wanted.json:
        sys.stdout.write(msgspec.json.format(health.to_json()).decode() + "\n")
    else:
        tell(health, Console(highlight=False, markup=False, emoji=False))
    return 1 if health.state == "failing" else 0


def tell(health: Health, console: Console) -> None:
    """Print every check: its state, what is the case, since when, and what to do."""
    console.print(Text.assemble("Health: ", (health.state, COLOURS[health.state])))
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for check in health.checks:
        since = f" (since {check.since:%Y-%m-%d %H:%M} UTC)" if check.since else ""
        grid.add_row(
            Text(check.state, style=COLOURS[check.state]),
            Text.assemble((f"{check.name}: ", "bold"), visible(check.says), (since, "dim")),
        )
        if check.do:
            grid.add_row("", Text(f"To do: {check.do}"))
    console.print(grid)


async def _health(connection: str) -> Health:
    async with opened(connection) as stored:
        return await check_health(
            datetime.now(UTC),
            await read_accounts(stored.audit),
            None,
            snapshots=stored.snapshots,
            sweeps=stored.sweeps,
            feed=stored.feed,
            poison=stored.poison,
        )
