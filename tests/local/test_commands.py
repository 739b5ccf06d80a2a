"""`python -m local` finds every command, from wherever it is called."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from local.__main__ import COMMANDS, main
from local.environment import ROOT


def test_alone_it_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    listed = capsys.readouterr().out
    for name, command in COMMANDS.items():
        assert f"  {name} " in listed
        assert command.summary in listed


def test_an_unknown_command_is_named_beside_the_known_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["swep"]) == 2
    error = capsys.readouterr().err
    assert "'swep'" in error
    assert "  sweep " in error


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_module(name: str) -> None:
    assert find_spec(COMMANDS[name].module) is not None


def test_it_runs_from_any_directory_by_the_path_of_its_folder(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "local")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Usage: python -m local COMMAND")


def test_what_a_command_says_is_utf_8_whatever_the_code_page(tmp_path: Path) -> None:
    devices = tmp_path / "devices.json"
    devices.write_text('{"value": [{"id": "1", "deviceName": "ПК-✗"}]}', encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "local", "assess", str(devices)],
        cwd=ROOT,
        env=os.environ | {"PYTHONUTF8": "0", "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
        check=False,
    )

    assert "ПК-✗" in done.stdout.decode("utf-8")
