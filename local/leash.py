"""Processes on a leash: they end in good order when their starter lets go of them, or dies.

The leash is their stdin: the starter holds its other end. It works alike on Windows, where a
process cannot be asked to end by a signal.
"""

import contextlib
import os
import signal
import subprocess
import threading
import time
from typing import Any

LEASHED = subprocess.PIPE
"""The stdin to start such a process with."""

PATIENCE = 20.0


def let_go(process: subprocess.Popen[Any]) -> None:
    """Let a process end in good order; kill it if it has not ended after 20 seconds."""
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def end_when_let_go() -> None:
    """End this process, as by SIGTERM, once its starter lets go of it or dies.

    One that has not ended after 20 seconds is made to end: its starter may no longer be there to
    do it.
    """
    threading.Thread(target=_wait_for_the_end, daemon=True).start()


def _wait_for_the_end() -> None:
    while os.read(0, 1024):
        continue
    signal.raise_signal(signal.SIGTERM)
    time.sleep(PATIENCE)
    os._exit(1)
