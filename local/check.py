"""`python -m local check`: everything that can be known of the code without running it."""

import argparse
import sys
import time
from collections.abc import Callable

from local.environment import ROOT, run

IMPORT_CONTRACTS = (
    "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_logo=True))"
)
STEPS = {
    "lint": ("-m", "ruff", "check", "."),
    "format": ("-m", "ruff", "format", "--check", "."),
    "types": ("-m", "mypy"),
    "imports": ("-c", IMPORT_CONTRACTS),
    "rules page": ("-m", "local", "rules", "--check"),
}
"""Each step's arguments to Python; a step passes with exit status 0."""


def main(argv: list[str]) -> int:
    """Run every step, the failing ones too, and sum up; exit status 1 if any failed."""
    argparse.ArgumentParser(prog="python -m local check", description=__doc__).parse_args(argv)
    return check(lambda arguments: run([sys.executable, *arguments], cwd=ROOT))


def check(step: Callable[[tuple[str, ...]], int]) -> int:
    """Run the steps with `step`, which takes arguments to Python and gives an exit status."""
    failed = []
    for name, arguments in STEPS.items():
        print(f"== {name}", flush=True)
        begin = time.monotonic()
        passed = step(arguments) == 0
        print(f"== {name}: {'passed' if passed else 'FAILED'}", end=" ")
        print(f"in {time.monotonic() - begin:.1f} s\n", flush=True)
        if not passed:
            failed.append(name)
    print(f"check: {'FAILED: ' + ', '.join(failed) if failed else 'all passed'}", flush=True)
    return 1 if failed else 0
