"""`python -m local poison list|show|replay|drop`: messages that the app has given up."""

import argparse
import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from rich.console import Console

from local.assess.visible import visible
from local.stored import connected, opened
from shared.bootstrap import Storage
from shared.errors import InputError
from shared.messages import QUEUES
from shared.ports import GivenUp
from shared.use_cases.replay_message import replay_message

WIDTH = max(map(len, QUEUES)) + 2
LONGEST = 60
"""Characters of a message that a list shows."""


def main(argv: Sequence[str]) -> int:
    """Do what is asked; listing ends with status 1 when there is any such message."""
    wanted = _parser().parse_args(argv)
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    with connected() as connection:
        return asyncio.run(_ask(wanted, connection, console))


async def _ask(wanted: argparse.Namespace, connection: str, console: Console) -> int:
    async with opened(connection) as stored:
        match wanted.verb:
            case "list":
                return await _list(wanted.queues or QUEUES, stored, console)
            case "show":
                console.print(_readable(await _find(wanted.queue, wanted.id, stored)))
            case verb:
                for id in await _ids(wanted, stored):
                    await _settle(verb, wanted.queue, id, stored)
                    console.print(f"{wanted.queue} {id}: {DONE[verb]}.")
    return 0


DONE = {"replay": "back on its queue", "drop": "dropped"}


async def _settle(verb: str, queue: str, id: str, stored: Storage) -> None:
    if verb == "replay":
        now = datetime.now(UTC)
        await replay_message(queue, id, now, poison=stored.poison, deliveries=stored.deliveries)
    else:
        async with stored.poison.taking(queue, id):
            pass


async def _list(queues: Sequence[str], stored: Storage, console: Console) -> int:
    counts = await stored.poison.counts()
    shown = unseen = 0
    for queue in queues:
        given_up = await stored.poison.list(queue)
        shown += len(given_up)
        unseen += max(counts[queue] - len(given_up), 0)
        for each in given_up:
            text = visible(each.text)[:LONGEST]
            console.print(f"{queue:{WIDTH}}{each.id}  {each.since:%Y-%m-%d %H:%M} UTC  {text}")
    if unseen:
        console.print(f"About {unseen} more come to light once the oldest are gone.")
    elif not shown:
        console.print("No message was given up.")
    return 1 if shown or unseen else 0


async def _ids(wanted: argparse.Namespace, stored: Storage) -> list[str]:
    if wanted.all == bool(wanted.ids):
        raise InputError(
            "name the messages by their ids, as `poison list` shows them, or say --all"
        )
    if wanted.all:
        return [each.id for each in await stored.poison.list(wanted.queue)]
    return list(wanted.ids)


async def _find(queue: str, id: str, stored: Storage) -> GivenUp:
    found = [each for each in await stored.poison.list(queue) if each.id == id]
    if not found:
        raise InputError(f"there is no message {id!r} among the oldest of {queue!r}: list them")
    return found[0]


def _readable(message: GivenUp) -> str:
    """Write a message on several lines if it is JSON, and as it is otherwise."""
    try:
        lines = msgspec.json.format(message.text).splitlines()
    except msgspec.DecodeError:
        lines = message.text.splitlines()
    return "\n".join(map(visible, lines))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local poison",
        description="What fails five times is put aside, and nothing looks at it again by itself.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    listing = verbs.add_parser("list", help="show the messages that were given up")
    listing.add_argument("queues", metavar="QUEUE", nargs="*", choices=[*QUEUES, []])
    show = verbs.add_parser("show", help="print one message")
    show.add_argument("queue", metavar="QUEUE", choices=QUEUES)
    show.add_argument("id", metavar="ID")
    for verb, told in (
        ("replay", "put messages back on their queue; once the cause is gone"),
        ("drop", "remove messages for good"),
    ):
        settling = verbs.add_parser(verb, help=told)
        settling.add_argument("queue", metavar="QUEUE", choices=QUEUES)
        settling.add_argument("ids", metavar="ID", nargs="*")
        settling.add_argument("--all", action="store_true", help="all that `list` shows")
    return parser
