"""`python -m local routes check FILE|push FILE|show`: who is told what, and where."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from local.assess.visible import visible
from local.stored import connected, opened
from shared.domain.routes import Channel, Routes
from shared.errors import InputError
from shared.use_cases.read_routes import parse_routes, read_routes


def main(argv: Sequence[str]) -> int:
    """Check a routes file, put it in force, or show the one in force."""
    wanted = _parser().parse_args(argv)
    if wanted.verb == "show":
        with connected() as connection:
            return show(asyncio.run(_stored(connection)))
    text = _content(wanted.file)
    routes = parse_routes(text)
    tell(routes)
    if wanted.verb == "push":
        with connected() as connection:
            asyncio.run(_push(connection, text))
        print("These routes are in force from the next digest on.")
    return 0


def show(text: str | None) -> int:
    """Print the routes file as it is, to be edited; exit status 1 when it is not in order."""
    if text is None:
        print("There is no routes file; the settings in this environment would make:")
        tell(read_routes(None, os.environ))
        return 0
    for line in text.splitlines():
        print("\t".join(map(visible, line.split("\t"))))
    try:
        parse_routes(text)
    except InputError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def tell(routes: Routes) -> None:
    """Print each channel with what it hears of, a line each."""
    operations = routes.operations or routes.default
    for channel in routes.channels:
        leading = sum(channel.name in route.to for route in routes.routes)
        hears = [
            *([f"{leading} of {len(routes.routes)} routes"] if leading else []),
            *(["what no route matches"] if channel.name in routes.default else []),
            *(["operations"] if channel.name in operations else []),
        ]
        told = f"{channel.name} ({_described(channel)}): {', '.join(hears) or 'nothing'}"
        print(visible(told))
    if not routes.channels:
        print("No channel: nobody is told anything.")


def _described(channel: Channel) -> str:
    quiet = channel.quiet
    parts = (
        channel.kind,
        f"to {', '.join(channel.to)}" if channel.to else f"by {channel.secret}",
        channel.time_zone,
        f"quiet {quiet.begin:%H:%M} to {quiet.end:%H:%M}" if quiet else None,
    )
    return ", ".join(filter(None, parts))


def _content(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not in UTF-8: save it so, and try again") from error


async def _stored(connection: str) -> str | None:
    async with opened(connection) as stored:
        text, _ = await stored.settings_files.routes()
        return text


async def _push(connection: str, text: str) -> None:
    async with opened(connection) as stored:
        _, etag = await stored.settings_files.routes()
        await stored.settings_files.write_routes(text, etag)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local routes", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, told in (
        ("check", "say whether a file is in order, and who would hear of what"),
        ("push", "check a file, and put it in force"),
    ):
        verbs.add_parser(verb, help=told).add_argument("file", metavar="FILE", type=Path)
    verbs.add_parser("show", help="print the file in force")
    return parser
