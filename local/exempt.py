"""`python -m local exempt add|list|end`: findings that somebody decided to live with."""

import argparse
import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.assess.visible import visible
from local.stored import connected, opened
from shared.domain.exemption import ANNOUNCED, SCOPES, Exemption, in_force
from shared.use_cases.exempt import add_exemption, end_exemption
from shared.use_cases.read_exemptions import read_exemptions


def main(argv: Sequence[str]) -> int:
    """Do what is asked; listing ends with status 1 when the file is not in order."""
    wanted = _parser().parse_args(argv)
    today = datetime.now(UTC).date()
    console = Console(highlight=False, markup=False, emoji=False)
    with connected() as connection:
        return asyncio.run(_ask(wanted, connection, today, console))


async def _ask(wanted: argparse.Namespace, connection: str, today: date, console: Console) -> int:
    async with opened(connection) as stored:
        files = stored.settings_files
        if wanted.verb == "add":
            exemption = await add_exemption(_exemption(wanted, today), files)
            console.print(f"Exempt until {exemption.expires}, under the id {exemption.id}:")
            show([exemption], today, console)
        elif wanted.verb == "end":
            exemption = await end_exemption(wanted.id, today, wanted.why, files)
            console.print(f"Exemption {exemption.id} ends with {exemption.expires} (UTC).")
        else:
            text, _ = await files.exemptions()
            exemptions, problems = read_exemptions(text or "")
            tell(exemptions, problems, today, console, ended=wanted.all)
            return 1 if problems else 0
    return 0


def tell(
    exemptions: Sequence[Exemption],
    problems: Sequence[str],
    today: date,
    console: Console,
    *,
    ended: bool,
) -> None:
    """Print the exemptions in force, those that have ended too if asked, and what is wrong."""
    shown = [each for each in exemptions if ended or in_force(each, today)]
    if shown:
        show(sorted(shown, key=lambda each: (each.expires, each.id)), today, console)
    else:
        console.print("There are no exemptions" + (" in force." if exemptions else "."))
    for problem in problems:
        console.print(Text(f"Left out, {visible(problem)}", style="red"))


def show(exemptions: Iterable[Exemption], today: date, console: Console) -> None:
    """Print a table of exemptions; those that have ended are dimmed, those ending soon marked."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("id", no_wrap=True)
    table.add_column("exempt", overflow="fold")
    table.add_column("why", overflow="fold")
    table.add_column("ends with", no_wrap=True)
    for exemption in exemptions:
        left = exemption.expires - today
        dim = not in_force(exemption, today)
        scopes = (f"{name} {value}" for name, value in exemption.scopes().items())
        table.add_row(
            _lines(exemption.id),
            _lines(*scopes, f"from {exemption.reason_code or 'every reason'}"),
            _lines(exemption.why, f"({exemption.owner})"),
            _lines(str(exemption.expires), "ended" if dim else f"{left.days} days left"),
            style="dim" if dim else "yellow" if left <= ANNOUNCED else "",
        )
    console.print(table)


def _lines(*values: str) -> Text:
    return Text("\n".join(map(visible, values)))


def _exemption(wanted: argparse.Namespace, today: date) -> Exemption:
    return Exemption(
        id="",
        reason_code=wanted.reason,
        owner=wanted.owner,
        why=wanted.why,
        created=today,
        expires=wanted.until,
        **{scope: getattr(wanted, scope) for scope in SCOPES},
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local exempt",
        description="Exempt findings still count in reports, marked, and nobody is alerted.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    add = verbs.add_parser("add", help="exempt a device, or all of a category, profile or model")
    scopes = add.add_argument_group("for which devices", "Of several, all must hold.")
    scopes.add_argument("--device", metavar="X", help="an Intune id, a name, or a serial")
    for scope in SCOPES[1:]:
        scopes.add_argument(f"--{scope}", metavar="NAME", help="its full name")
    add.add_argument("--reason", metavar="CODE", help="only from this reason")
    add.add_argument("--owner", required=True, help="who answers for it")
    add.add_argument("--why", required=True, help="why it is so")
    add.add_argument(
        "--until",
        required=True,
        metavar="DATE",
        type=date.fromisoformat,
        help="its last day, such as 2026-12-31; at most a year from now",
    )
    listing = verbs.add_parser("list", help="show the exemptions in force")
    listing.add_argument("--all", action="store_true", help="show those that have ended too")
    end = verbs.add_parser("end", help="let one end with today (UTC)")
    end.add_argument("id", metavar="ID")
    end.add_argument("--why", help="why it ends")
    return parser
