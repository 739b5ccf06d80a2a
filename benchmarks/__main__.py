"""`python -m benchmarks`: measure all goals, print them, and fail where one is missed."""

import argparse
import platform
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from rich.console import Console

from benchmarks import blockers, imports, memory, page_step, reassess, transactions
from benchmarks.table import Measured, between_markers, markdown, show
from local.environment import ROOT, tell

PARTS = {
    "page": page_step.measure,
    "blockers": blockers.measure,
    "imports": imports.measure,
    "memory": memory.measure,
    "transactions": transactions.measure,
    "reassess": reassess.measure,
}
WIDTH = 140


def main(argv: Sequence[str]) -> int:
    """Measure; the exit status is 1 where a goal is missed."""
    parser = _parser()
    asked = parser.parse_args(argv)
    if asked.write and asked.parts:
        parser.error("--write takes the whole table, so name no parts with it")
    begin = time.monotonic()
    rows: list[Measured] = []
    for part in asked.parts or PARTS:
        tell(f"Measuring: {part} ...")
        rows += PARTS[part]()
    tell(f"Measured in {time.monotonic() - begin:.0f} s.")
    show(rows, Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH))
    if asked.write:
        _write(markdown(rows, _machine()))
    return int(any(row.kept is False for row in rows))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local bench", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", choices=[[], *PARTS], metavar="PART", help=f"of {', '.join(PARTS)}"
    )
    parser.add_argument("--write", action="store_true", help="write the table into README.md")
    return parser


def _machine() -> str:
    day = datetime.now(UTC).date()
    return (
        f"Measured on {day} in one run of `make bench`: Python {platform.python_version()},"
        f" {platform.system()} {platform.machine()}. Read the ratios, not the times."
    )


def _write(table: str) -> None:
    readme = ROOT / "README.md"
    if not readme.exists():
        tell("There is no README.md to write the table into.")
        return
    text = readme.read_text(encoding="utf-8")
    readme.write_text(between_markers(text, table), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
