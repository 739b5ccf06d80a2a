"""`python -m local notify test|preview`: tries a channel, and shows what people would be sent."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

from local.assess.visible import visible
from local.notify.preview import preview
from local.notify.trial import send_test
from local.stored import connected, is_there, opened, settings_of
from local.sweep.place import HOME
from shared.bootstrap import build_notify
from shared.config import Settings
from shared.domain.outgoing import Receipt
from shared.domain.routes import Channel, Routes
from shared.errors import InputError, ReadinessError
from shared.report.render.links import Links
from shared.use_cases.current_routes import current_routes
from shared.use_cases.read_routes import read_routes

NO_STORAGE = "UseDevelopmentStorage=true"
"""Stands in settings for a storage that nobody asks anything."""


def main(argv: Sequence[str]) -> int:
    """Do what is asked; exit status 1 when a test is not accepted, or there is no digest."""
    wanted = _parser().parse_args(argv)
    if wanted.verb == "preview":
        with connected() as connection:
            return asyncio.run(_preview(wanted.out, connection))
    with connected() if is_there() else nullcontext() as known:
        return asyncio.run(_test(wanted.channel, known))


async def _test(name: str, connection: str | None) -> int:
    settings = settings_of(connection or NO_STORAGE)
    channel = _named(name, await _routes(connection, settings))
    notify, notifiers = build_notify(settings, os.environ)
    try:
        receipt = await send_test(
            channel, notify.notifier_of(channel), notify.links, datetime.now(UTC)
        )
    except ReadinessError as error:
        print(f"The test was not accepted: {visible(str(error))}", file=sys.stderr)
        return 1
    finally:
        await notifiers.aclose()
    print(_accepted(channel, receipt))
    return 1 if receipt.refused else 0


async def _routes(connection: str | None, settings: Settings) -> Routes:
    """Read the routes in force; those of the settings, where there is no storage yet."""
    if connection is None:
        return read_routes(None, settings.channels)
    async with opened(connection) as stored:
        routes, wrong = await current_routes(stored.settings_files, settings.channels)
    if wrong:
        print(f"{visible(wrong)}\nSo the channels of the settings are used.", file=sys.stderr)
    return routes


def _named(name: str, routes: Routes) -> Channel:
    channel = next((each for each in routes.channels if each.name == name), None)
    if channel is not None:
        return channel
    known = ", ".join(each.name for each in routes.channels)
    hint = f"there are {known}" if known else "none is set, see docs/notifications.md"
    raise InputError(f"there is no channel {name!r}; {hint}")


def _accepted(channel: Channel, receipt: Receipt) -> str:
    answer = f" and answered {receipt.status}" if receipt.status else ""
    reference = f" ({visible(receipt.reference)})" if receipt.reference else ""
    lines = [f"{channel.name} ({channel.kind}) took the test{answer}{reference}."]
    if receipt.refused:
        lines.append(f"It was refused for {', '.join(map(visible, receipt.refused))}.")
    if channel.kind == "teams":
        lines.append("The flow has accepted it; whether it was posted is seen in Teams.")
    return "\n".join(lines)


async def _preview(folder: Path, connection: str) -> int:
    settings = settings_of(connection)
    async with opened(connection) as stored:
        digest = await stored.telling.last()
        if digest is None:
            print("Nothing has been told yet: a digest is composed after the first sweep.")
            return 1
        routes, _ = await current_routes(stored.settings_files, settings.channels)
        links = Links(settings.dashboard)
        previews = await preview(digest, stored.telling, routes, links, folder)
    whose = "" if routes.channels else ", as any channel would be sent it"
    print(f"Digest {digest}{whose}, in {folder}:")
    for each in previews:
        print(f"  {each}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local notify", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    test = verbs.add_parser("test", help="send a test to a channel, and say what it answered")
    test.add_argument("channel", metavar="CHANNEL", help="its name in the routes, or as set")
    shown = verbs.add_parser("preview", help="write the last digest to files, for every channel")
    shown.add_argument(
        "--out", metavar="FOLDER", type=Path, default=HOME / "preview", help="(%(default)s)"
    )
    return parser
