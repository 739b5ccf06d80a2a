"""The real worker's library, in a Python 3.13 of its own."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.conftest import skip_or_fail

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
VENV = ROOT / ".venv-worker"
REQUIREMENTS = (ROOT / "requirements.txt", HERE / "requirements-worker.txt")
Worker: TypeAlias = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def worker() -> Worker:
    """A call that runs an app in the real worker's library and gives what worker.py says."""
    python = _python_of_the_worker()

    def run(app_dir: Path, *calls: dict[str, Any], **settings: str) -> dict[str, Any]:
        done = subprocess.run(
            [python, HERE / "worker.py"],
            input=json.dumps({"app_dir": str(app_dir), "calls": calls}),
            env=os.environ | settings,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        said: dict[str, Any] = json.loads(done.stdout)
        return said

    return run


def _python_of_the_worker() -> Path:
    """Build .venv-worker, unless it stands for these very requirements."""
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in REQUIREMENTS)).hexdigest()
    stamp = VENV / "requirements.sha256"
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return python
    base = next(_candidates(), None)
    if base is None:
        skip_or_fail("Python 3.13, on which the real worker runs, was not found")
    subprocess.run([*base, "-m", "venv", VENV], check=True)
    options = [option for path in REQUIREMENTS for option in ("-r", str(path))]
    install = [
        str(python),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        *options,
    ]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        skip_or_fail(f"the real worker's library could not be installed: {done.stderr[-500:]}")
    stamp.write_text(wanted)
    return python


def _candidates() -> Iterator[list[str]]:
    """Look for Python 3.13 where it usually is, and give those that answer to that."""
    pyenv = Path.home() / ".pyenv" / "versions"
    commands = [[str(path)] for path in sorted(pyenv.glob("3.13*/bin/python"), reverse=True)]
    commands += [["python3.13"], ["py", "-3.13"]]
    probe = "import sys; sys.exit(sys.version_info[:2] != (3, 13))"
    for command in commands:
        if shutil.which(command[0]):
            tried = subprocess.run([*command, "-c", probe], capture_output=True, check=False)
            if tried.returncode == 0:
                yield command
