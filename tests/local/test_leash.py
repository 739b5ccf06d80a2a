"""What a command started ends with it, even when the command is killed."""

import subprocess
import sys

import pytest

from local.environment import ROOT
from local.leash import LEASHED, let_go

CHILD = (
    "import time; from local.leash import end_when_let_go;"
    " end_when_let_go(); print('up', flush=True);"
    " [time.sleep(0.02) for _ in iter(int, 1)]"
)
STUBBORN = "import signal; signal.signal(signal.SIGTERM, lambda *_: None); " + CHILD
POLITE = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(5)); " + CHILD
IMPATIENT = "from local import leash; leash.PATIENCE = 0.2; "


def starter(child: str) -> str:
    return f"""
import subprocess, sys
from local.leash import LEASHED
subprocess.Popen([sys.executable, "-c", {child!r}], stdin=LEASHED).wait()
"""


def started(code: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdin=LEASHED,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


def test_a_process_that_is_let_go_ends_as_by_sigterm() -> None:
    with started(POLITE) as process:
        let_go(process)

        assert process.returncode == 5


def test_letting_go_of_what_has_ended_does_nothing() -> None:
    with started(CHILD) as process:
        process.kill()
        process.wait()

        let_go(process)


def test_a_process_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.leash.PATIENCE", 0.2)
    with started(STUBBORN) as process:
        let_go(process)

        assert process.poll() is not None


@pytest.mark.parametrize("child", [CHILD, IMPATIENT + STUBBORN], ids=["willing", "stubborn"])
def test_when_the_starter_is_killed_its_process_ends_too(child: str) -> None:
    with started(starter(child)) as process:
        process.kill()

        # Both write to one pipe, which is at its end once both have ended.
        said, _ = process.communicate(timeout=15)
        assert said == ""
