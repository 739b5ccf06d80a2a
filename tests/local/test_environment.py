"""The virtual environment builds itself, once, and runs programs faithfully."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local.environment import ROOT, Environment, refuse_other_pythons, run

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no POSIX signals")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    folder = tmp_path_factory.mktemp("a folder with spaces")
    (folder / "requirements.txt").write_text("")
    environment = Environment(folder / ".venv", (folder / "requirements.txt",))
    environment.prepare()
    return environment


def test_a_built_environment_is_ready_and_runs_its_own_python(built: Environment) -> None:
    answer = subprocess.run(
        [str(built.python), "-c", "import sys; print(sys.prefix)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert built.is_ready()
    assert Path(answer.strip()).resolve() == built.folder.resolve()


def test_a_ready_environment_is_not_touched(
    built: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something was started")

    monkeypatch.setattr(subprocess, "run", refuse)
    built.prepare()


def test_a_changed_requirement_is_installed_and_what_pip_says_of_a_bad_one_is_shown(
    built: Environment, capfd: pytest.CaptureFixture[str]
) -> None:
    (requirements,) = built.requirements
    requirements.write_text("# Nothing more.\n")
    assert not built.is_ready()
    built.prepare()
    assert built.is_ready()

    requirements.write_text("./not-there\n")
    with pytest.raises(SystemExit, match=r"not-there(.|\n)*pip could not fill"):
        built.prepare()
    assert not built.is_ready()
    assert "Building" not in capfd.readouterr().err


def test_this_process_runs_in_one_environment_only(built: Environment) -> None:
    assert Environment(Path(sys.prefix), ()).active
    assert not built.active


@pytest.mark.parametrize("version", [(3, 10), (3, 14), (4, 0)])
def test_another_python_is_refused_by_name(version: tuple[int, int]) -> None:
    with pytest.raises(SystemExit, match=rf"Python {version[0]}\.{version[1]} .* 3\.11, 3\.12"):
        refuse_other_pythons(version)


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_a_supported_python_is_welcome(version: tuple[int, int]) -> None:
    refuse_other_pythons(version)


def test_the_exit_status_of_a_program_comes_back() -> None:
    assert run([sys.executable, "-c", "raise SystemExit(3)"]) == 3


@posix
def test_a_program_ended_by_a_signal_gives_the_status_a_shell_would_give() -> None:
    assert run([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]) == 128 + 9


STUBBORN = """
import signal, sys, threading
asked = threading.Event()
signal.signal(signal.{name}, lambda *_: asked.set())
print("ready", flush=True)
asked.wait(30)
asked.clear(); asked.wait(0.5)
sys.exit(5)
"""


RUNNING = """
import sys
from local.environment import run
sys.exit(run([sys.executable, "-c", sys.argv[1]]))
"""


@posix
@pytest.mark.parametrize(("name", "whole_group"), [("SIGINT", True), ("SIGTERM", False)])
def test_a_program_that_is_asked_to_end_takes_the_time_it_needs(
    name: str, whole_group: bool
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", RUNNING, STUBBORN.format(name=name)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        number = getattr(signal, name)
        (os.killpg if whole_group else os.kill)(process.pid, number)
        assert process.wait(timeout=10) == 5
