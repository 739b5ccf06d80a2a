"""How long a cold worker waits for the app's own modules."""

import subprocess
import sys
from collections.abc import Iterator

from benchmarks.table import Measured
from local.environment import ROOT

ROUNDS = 11
GOAL = 1.5
ASKED = ("function_app", "azure.functions")
TIMED = "from time import perf_counter as now; begin = now(); import {}; print(now() - begin)"


def measure() -> Iterator[Measured]:
    """Import the app and its framework by turns, each in a process of its own."""
    for module in ASKED:
        _seconds(module)
    rounds = [[_seconds(module) for module in ASKED] for _ in range(ROUNDS)]
    app, framework = (min(times) for times in zip(*rounds, strict=True))
    yield Measured.at_most(
        "import of function_app against import of azure.functions",
        GOAL,
        app / framework,
        " x",
        f"{app * 1e3:.0f} against {framework * 1e3:.0f} ms; fresh processes by turns, bytecode"
        f" warm, fastest of {ROUNDS}",
    )


def _seconds(module: str) -> float:
    command = [sys.executable, "-c", TIMED.format(module)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return float(done.stdout)
