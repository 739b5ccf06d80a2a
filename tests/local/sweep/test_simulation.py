"""A simulated installation is started for one command at a time, and its death is noticed."""

from argparse import ArgumentParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from local.sweep import simulation
from local.sweep.place import Place
from local.sweep.simulation import Simulation, add_tenant_options, claim, tenant_arguments
from local.tenant.command import parser as tenant_parser
from shared.errors import ReadinessError

NOTHING = cast("Any", None)


def simulated(host: object) -> Simulation:
    return Simulation(cast("Any", host), NOTHING, "http://127.0.0.1:1")


def test_its_options_are_those_of_the_tenant() -> None:
    parser = ArgumentParser()
    add_tenant_options(parser.add_argument, devices=7)
    given = tenant_parser().parse_args(tenant_arguments(parser.parse_args(["--seed", "3"])))

    assert (given.devices, given.seed, given.scenario) == (7, 3, "typical")


def test_a_tenant_that_another_command_runs_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulation, "listening", lambda _: True)

    with pytest.raises(ReadinessError, match="being run already"):
        claim(Place(tmp_path))


def test_a_host_that_lives_is_well() -> None:
    simulated(SimpleNamespace(running=True)).check()


def test_a_host_that_died_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    log = tmp_path / "host.log"
    log.write_text("Traceback: no such setting", encoding="utf-8")

    with pytest.raises(ReadinessError, match="no such setting"):
        simulated(SimpleNamespace(running=False, log=log)).check()


async def test_a_first_sweep_that_does_not_complete_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def follow(*_: object) -> object:
        return SimpleNamespace(state="partial", reason="Graph was away")

    monkeypatch.setattr(simulation, "follow", follow)
    stored = cast("Any", SimpleNamespace(sweeps=None))

    with pytest.raises(ReadinessError, match="ended partial: Graph was away"):
        await Simulation(NOTHING, stored, "").sweep(NOTHING)
