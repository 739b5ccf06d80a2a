"""A watch shows what happens until Ctrl-C, which is its good end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any, cast

import pytest

from local.sweep import simulation
from local.sweep.place import Place
from local.sweep.simulation import Simulation
from local.watch import command
from local.watch.events import DeviceChanged, Event, Trouble
from local.watch.lines import Tally
from shared.errors import ReadinessError
from tests.local.watch.stage import TEN, Stage, transition

BLOCKED = DeviceChanged("1", "PC-1", transition(TEN))
STAGE = Stage()


class Dead:
    """A host that has died, and what it said."""

    running = False

    def __init__(self, log: Path) -> None:
        self.log = log


class Stored:
    """What the command opens, as it stands on a stage."""

    snapshots = overlay = feed = cast("Any", STAGE)

    async def __aenter__(self) -> "Stored":
        return self

    async def __aexit__(self, *_: object) -> None:
        return


@pytest.fixture
def happening(monkeypatch: pytest.MonkeyPatch) -> list[Event | Trouble]:
    """What happens in the storage that is watched, before somebody presses Ctrl-C."""
    happened: list[Event | Trouble] = []

    async def events(*_: object, **__: object) -> AsyncIterator[Event | Trouble]:
        for event in happened:
            yield event
        raise KeyboardInterrupt

    monkeypatch.setenv("AzureWebJobsStorage", "a connection")
    monkeypatch.setattr(command, "opened", lambda _: Stored())
    monkeypatch.setattr(command, "events", events)
    return happened


def test_ctrl_c_ends_it_with_a_tally_and_status_0(
    happening: list[Event | Trouble], capsys: pytest.CaptureFixture[str]
) -> None:
    happening.append(BLOCKED)

    assert command.main([]) == 0
    assert capsys.readouterr().out.rstrip().endswith("1 blocked, on 1 device.")


def test_without_a_terminal_an_event_is_one_plain_line_however_long(
    happening: list[Event | Trouble],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    happening.append(DeviceChanged("1", "[red]" + "x" * 60 + ":skull:", transition(TEN)))
    command.main([])

    line, *_ = capsys.readouterr().out.splitlines()
    assert f"[red]{'x' * 60}:skull:" in line
    assert "os_build_too_old  needed: " in line


def test_a_tenant_that_is_being_watched_already_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path)
    place.storage.mkdir()
    monkeypatch.delenv("AzureWebJobsStorage", raising=False)
    monkeypatch.setattr(command, "install_azurite", lambda: None)
    monkeypatch.setattr(command, "place_of", lambda _: place)
    monkeypatch.setattr(simulation, "listening", lambda _: True)

    with pytest.raises(ReadinessError, match="being run already"):
        command.main([])
    assert place.storage.exists()


def test_a_watch_begins_anew_with_an_empty_storage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path)
    (place.storage / "of-the-last-watch").mkdir(parents=True)
    monkeypatch.delenv("AzureWebJobsStorage", raising=False)
    monkeypatch.setattr(command, "install_azurite", lambda: None)
    monkeypatch.setattr(command, "place_of", lambda _: place)
    monkeypatch.setattr(simulation, "storage", lambda _: nullcontext("a connection"))

    def tenant(_: Place, arguments: list[str]) -> None:
        assert not place.storage.exists()
        asked.extend(arguments)
        raise KeyboardInterrupt

    asked: list[str] = []
    monkeypatch.setattr(simulation, "tenant", tenant)

    assert command.main(["--devices", "9", "--seed", "7", "--rate", "6"]) == 0
    assert asked == ["--devices", "9", "--seed", "7", "--scenario", "typical", "--live", "6.0"]


def test_a_host_that_died_ends_the_watch_with_the_end_of_its_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "host.log"
    log.write_text("Traceback: no such setting", encoding="utf-8")
    show = command._show(
        cast("Any", Stored()),
        cast("Any", None),
        Tally(),
        simulation=Simulation(cast("Any", Dead(log)), cast("Any", Stored()), "a tenant"),
        earlier=False,
    )

    with pytest.raises(ReadinessError, match="no such setting"):
        asyncio.run(show)
