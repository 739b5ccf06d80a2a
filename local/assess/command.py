"""`python -m local assess FILE`: judges the devices of a file."""

import argparse
import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, redirect_stderr, redirect_stdout, suppress
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, TextIO

from local.assess.answers import Answers, CsvAnswers, JsonAnswers
from local.assess.content import open_content
from local.assess.recognise import read
from local.assess.subject import Note, Subject, Unread
from local.assess.table import TableAnswers
from local.assess.tenant_file import Given, read_tenant_file
from local.assess.visible import visible
from shared.domain.editions import DEFAULT_EDITION, EDITIONS, Edition
from shared.domain.facts import TenantFacts
from shared.errors import InputError
from shared.use_cases.assess import Assessor

ALL_READ = 0
SOME_UNREAD = 1
UNUSABLE = 2

FORMATS: dict[str, Callable[[TextIO], Answers]] = {
    "table": TableAnswers,
    "json": JsonAnswers,
    "csv": CsvAnswers,
}

ASSESSORS = 16
REMEMBERED = 5_000
"""Lines may each have a tenant and a day of their own; both bounds keep memory flat."""


def utc_today() -> date:
    """Read the clock, for the day of the assessment where nobody gives one."""
    return datetime.now(UTC).date()


def main(
    argv: Sequence[str],
    stdin: BinaryIO | None = None,
    stdout: TextIO | None = None,
    stderr: TextIO | None = None,
    today: Callable[[], date] = utc_today,
) -> int:
    """Judge the devices of a file and return the exit status.

    0: all of it was read. 1: parts could not be read, and are named on stderr. 2: the command or
    the file cannot be used. Streams that are not given are the process's own, in UTF-8.
    """
    out = stdout or _utf8(sys.stdout)
    errors = stderr or _utf8(sys.stderr)
    try:
        with redirect_stdout(out), redirect_stderr(errors):
            options = _parser().parse_args(argv)
    except SystemExit as ended:
        return UNUSABLE if ended.code else ALL_READ
    try:
        with ExitStack() as open_files:
            status = _run(options, _opened(options.file, stdin, open_files), out, errors, today)
        out.flush()
    except BrokenPipeError:
        _abandon(out)
        return SOME_UNREAD
    except (InputError, OSError) as error:
        errors.write(f"{visible(str(error))}\n")
        return UNUSABLE
    return status


def _run(
    options: argparse.Namespace,
    source: BinaryIO,
    out: TextIO,
    errors: TextIO,
    today: Callable[[], date],
) -> int:
    given = read_tenant_file(options.tenant.read_bytes()) if options.tenant else Given()
    edition = EDITIONS[options.edition]
    as_of = options.as_of or today()

    @lru_cache(maxsize=ASSESSORS)
    def assessor(tenant: TenantFacts, edition: Edition, as_of: date) -> Assessor:
        return Assessor(
            tenant,
            edition,
            as_of,
            strict_servicing=options.strict_servicing,
            remembered=REMEMBERED,
        )

    answers: Answers | None = None
    notes: list[str] = []
    unread = 0
    for item in _to_the_end(source, options.file, given):
        answers = answers or FORMATS[options.format](out)
        match item:
            case Subject():
                judged = assessor(item.tenant, item.edition or edition, item.as_of or as_of)
                answers.write(item, judged.assess(item.facts))
            case Unread():
                unread += 1
                errors.write(f"{item.where}: {visible(item.why)}\n")
            case Note():
                notes.append(item.text)
    answers = answers or FORMATS[options.format](out)
    answers.close()
    aside = out if options.format == "table" else errors
    aside.writelines(f"{text}\n" for text in notes)
    if unread:
        errors.write(f"{unread} {'place' if unread == 1 else 'places'} could not be read\n")
    return SOME_UNREAD if unread else ALL_READ


def _to_the_end(source: BinaryIO, name: str, given: Given) -> Iterator[Subject | Unread | Note]:
    where = ""
    try:
        for item in read(open_content(source), given):
            where = where if isinstance(item, Note) else item.where
            yield item
    except InputError as error:
        if not where:
            raise InputError(f"{name}: {error}") from error
        yield Unread(f"after {where}", f"{error}; what follows is not read")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local assess",
        description="Tell which devices of a file can back up and restore, and why others cannot.",
        epilog="Exit status: 0 all was read, 1 parts could not be read, 2 nothing could be used.",
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        help="JSON lines of cases, a Graph export of managed devices, or the Intune admin"
        " center's CSV, zipped or not; - reads standard input",
    )
    parser.add_argument(
        "--tenant",
        metavar="FACTS.json",
        type=Path,
        help="facts of the tenant, for devices that do not bring their own",
    )
    parser.add_argument(
        "--edition",
        choices=tuple(EDITIONS),
        default=DEFAULT_EDITION,
        help="the rules as published on that date (default: %(default)s)",
    )
    parser.add_argument(
        "--as-of",
        metavar="DATE",
        type=_day,
        help="the day of the assessment, such as 2026-11-22 (default: today)",
    )
    parser.add_argument(
        "--strict-servicing",
        action="store_true",
        help="a Windows release out of servicing blocks, instead of warning",
    )
    parser.add_argument("--format", choices=tuple(FORMATS), default="table")
    return parser


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date such as 2026-11-22") from error


def _opened(name: str, stdin: BinaryIO | None, open_files: ExitStack) -> BinaryIO:
    if name == "-":
        return stdin or sys.stdin.buffer
    return open_files.enter_context(Path(name).open("rb"))


def _utf8(stream: TextIO) -> TextIO:
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    return stream


def _abandon(out: TextIO) -> None:
    # Whoever read our output has gone; without this the interpreter complains while it exits.
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
