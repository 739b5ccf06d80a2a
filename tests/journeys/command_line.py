"""`python -m local ...` as a process, as an administrator types it."""

import os
import subprocess
import sys

from local.environment import ROOT


def local(*arguments: str, **environ: str) -> tuple[int, str]:
    """Run `python -m local ...`, and return its exit status and what it said."""
    inherited = {k: v for k, v in os.environ.items() if k != "AzureWebJobsStorage"}
    done = subprocess.run(
        [sys.executable, "-m", "local", *arguments],
        check=False,
        cwd=ROOT,
        env=inherited | {"PYTHONUTF8": "1", "COLUMNS": "400"} | environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=120,
    )
    return done.returncode, done.stdout
