"""Virtual environments that build themselves from requirement files, by the standard library."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent
OLDEST, NEWEST = (3, 11), (3, 13)
STAMP = "installed.txt"


class Environment:
    """A virtual environment in `folder` that holds what the files `requirements` list."""

    def __init__(self, folder: Path, requirements: Sequence[Path]) -> None:
        self.folder = folder
        self.requirements = requirements

    @property
    def python(self) -> Path:
        """The environment's interpreter, whether it is there yet or not."""
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def active(self) -> bool:
        """Whether this very process runs in the environment."""
        return Path(sys.prefix).resolve() == self.folder.resolve()

    def is_ready(self) -> bool:
        """Tell whether everything is installed as the requirement files say today."""
        stamp = self.folder / STAMP
        return self.python.exists() and stamp.exists() and stamp.read_text() == self._wanted()

    def prepare(self) -> None:
        """Build or renew the environment where it is not ready. Exits with a message on failure."""
        if self.is_ready():
            return
        if not self._usable():
            self._create()
        self._install()

    def _wanted(self) -> str:
        """The mark of an installation: it changes with every byte of the requirement files."""
        content = b"\0".join(path.read_bytes() for path in self.requirements)
        return hashlib.sha256(content).hexdigest()

    def _usable(self) -> bool:
        if not self.python.exists():
            return False
        question = f"import pip, sys; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
        return subprocess.run([str(self.python), "-c", question], check=False).returncode == 0

    def _create(self) -> None:
        refuse_other_pythons(sys.version_info[:2])
        tell(f"Building {self.folder.name} with Python {sys.version.split()[0]} ...")
        try:
            venv.create(self.folder, clear=True, with_pip=True)
        except (OSError, subprocess.CalledProcessError) as error:
            sys.exit(
                f"The virtual environment {self.folder} could not be built: {error}\n"
                "On Debian and Ubuntu, install the package python3-venv and run this again."
            )

    def _install(self) -> None:
        name = self.folder.name
        tell(f"Installing packages into {name}; the first time this takes a minute or two ...")
        begin = time.monotonic()
        lists = [word for path in self.requirements for word in ("-r", str(path))]
        pip = [str(self.python), "-m", "pip", "install", "--quiet", "--no-input"]
        done = subprocess.run(
            [*pip, "--disable-pip-version-check", *lists],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode != 0:
            sys.exit(f"{done.stdout}\npip could not fill {self.folder}; its reason is above.")
        (self.folder / STAMP).write_text(self._wanted())
        tell(f"Installed in {time.monotonic() - begin:.0f} s.")


APP = Environment(ROOT / ".venv", (ROOT / "requirements.txt", ROOT / "requirements-dev.txt"))
"""What the app, its tests and its checks run in."""


def refuse_other_pythons(version: tuple[int, ...]) -> None:
    """Exit with a message where the product does not run on this version of Python."""
    if not OLDEST <= version <= NEWEST:
        sys.exit(
            f"This is Python {version[0]}.{version[1]} ({sys.executable}); the product runs on"
            " 3.11, 3.12 and 3.13. Start it with one of them: `python3.12 -m local sweep`,"
            " `py -3.12 -m local sweep` or `make sweep PYTHON=python3.12`."
        )


def run(command: Sequence[str | Path], cwd: Path | None = None) -> int:
    """Run a program on this terminal and give its exit status, 128 + n if signal n ended it.

    Ctrl-C reaches the program by the terminal, and it is given the time to end in its own way;
    a SIGTERM is handed on.
    """
    environ = {"PYTHONUTF8": "1", **os.environ}
    process = subprocess.Popen([str(word) for word in command], cwd=cwd, env=environ)
    before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        status = _patiently(process)
    finally:
        signal.signal(signal.SIGTERM, before)
    return status if status >= 0 else 128 - status


def _patiently(process: subprocess.Popen[bytes]) -> int:
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def tell(line: str) -> None:
    """Show progress on stderr: stdout belongs to the command."""
    print(line, file=sys.stderr, flush=True)
