"""`python -m local audit verify|list`: the records of changes of the restore setting."""

import argparse
import asyncio
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.assess.visible import visible
from local.stored import connected, opened
from shared.domain.audit_chain import Link, link_of
from shared.domain.audit_proof import Proof
from shared.domain.restore_change import Foreign, Planned, Record
from shared.ports import Records
from shared.use_cases.verify_audit import verify_audit

MOST = 50


def main(argv: Sequence[str]) -> int:
    """Do what is asked; verifying ends with status 1 when anything is wrong."""
    wanted = _parser().parse_args(argv)
    console = Console(highlight=False, markup=False, emoji=False)
    with connected() as connection:
        return asyncio.run(_ask(wanted, connection, console))


async def _ask(wanted: argparse.Namespace, connection: str, console: Console) -> int:
    async with opened(connection) as stored:
        if wanted.verb == "verify":
            proof = await verify_audit(datetime.now(UTC), records=stored.audit)
            tell(proof, console)
            return 0 if proof.holds else 1
        newest = await _newest(stored.audit, wanted.most)
    if wanted.json:
        sys.stdout.write(as_json(newest) + "\n")
    else:
        show({number: link_of(content) for number, content in newest.items()}, console)
    return 0


async def _newest(records: Records, most: int) -> dict[int, bytes]:
    """Read the newest records, in order."""
    numbers = (await records.numbers())[-most:]
    return {number: content async for number, content in records.contents(numbers)}


def tell(proof: Proof, console: Console) -> None:
    """Print that the chain holds, with its last record, or each finding on a line."""
    for finding in proof.findings:
        line = f"record {finding.seq}: {finding.fault}: {visible(finding.says)}"
        console.print(Text(line, style="red"), soft_wrap=True)
    count = f"{proof.records} record" + ("" if proof.records == 1 else "s")
    last = proof.last
    if proof.findings:
        console.print(f"{count}, and the audit does not hold.")
    elif last is None:
        console.print("There are no records yet.")
    else:
        when = f"{last.at:%Y-%m-%d %H:%M:%S} UTC"
        console.print(f"{count}, the chain holds, the last is {last.seq} of {when}.")
        console.print(f"Its hash is {proof.hash}", soft_wrap=True)
        if proof.witnessed < last.seq:
            after = f"after record {proof.witnessed}" if proof.witnessed else "at all"
            console.print(f"restore-setting/ledger.json knows of none {after} yet.")


def show(links: Mapping[int, Link], console: Console) -> None:
    """Print a table of records: number, time, who, what happened to which change, and why."""
    if not links:
        console.print("There are no records yet.")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("number", justify="right", no_wrap=True)
    table.add_column("time (UTC)", no_wrap=True)
    table.add_column("who", overflow="fold")
    table.add_column("event", no_wrap=True)
    table.add_column("change", no_wrap=True)
    table.add_column("why", overflow="fold")
    for number, link in links.items():
        if link.record is None:
            says = visible(f"cannot be read: {link.why}")
            table.add_row(str(number), "", "", "", "", Text(says), style="red")
        else:
            table.add_row(str(number), *map(Text, map(visible, _cells(link.record))))
    console.print(table)


def as_json(contents: Mapping[int, bytes]) -> str:
    """Write records as a JSON array, as they are stored; one that is unreadable says so."""
    readable: Iterable[msgspec.Raw | dict[str, object]] = (
        msgspec.Raw(content)
        if (link := link_of(content)).record is not None
        else {"seq": number, "unreadable": link.why}
        for number, content in contents.items()
    )
    return msgspec.json.format(msgspec.json.encode(list(readable))).decode()


def _cells(record: Record) -> tuple[str, str, str, str, str]:
    event, who = record.event, record.who
    by = "the app itself" if who is None else who.name or f"{who.kind} {who.oid}"
    name = str(event.__struct_config__.tag).replace("_", " ")
    change = "" if isinstance(event, Foreign) else event.change
    return f"{record.at:%Y-%m-%d %H:%M:%S}", by, name, change, _why(record)


def _why(record: Record) -> str:
    event, matter = record.event, record.matter
    if isinstance(event, Planned):
        return f"{event.before.state} -> {event.after}: {event.reason}"
    if isinstance(event, Foreign):
        return f"{event.old.state if event.old else 'not known'} -> {event.new.state}"
    turns = "" if matter is None else f"{matter.before.state} -> {matter.after}"
    return getattr(event, "why", None) or turns


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local audit",
        description="Every change of the restore setting is a chain of records, never altered.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("verify", help="find any record that is missing, altered or put in")
    listing = verbs.add_parser("list", help="show the newest records")
    listing.add_argument("--most", type=_count, default=MOST, metavar="N", help="how many")
    listing.add_argument("--json", action="store_true", help="print them as they are stored")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of records")
    return int(text)
