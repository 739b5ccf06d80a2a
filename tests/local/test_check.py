"""The checks go on after a failure, and sum up."""

import pytest

from local.check import STEPS, check


def test_when_every_step_passes_so_does_the_check(capsys: pytest.CaptureFixture[str]) -> None:
    ran = []

    def step(arguments: tuple[str, ...]) -> int:
        ran.append(arguments)
        return 0

    assert check(step) == 0
    assert ran == list(STEPS.values())
    assert capsys.readouterr().out.endswith("check: all passed\n")


def test_the_steps_after_a_failing_one_run_and_the_summary_names_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ran = []

    def step(arguments: tuple[str, ...]) -> int:
        ran.append(arguments)
        return 1 if arguments in (STEPS["lint"], STEPS["types"]) else 0

    assert check(step) == 1
    assert ran == list(STEPS.values())
    assert capsys.readouterr().out.endswith("check: FAILED: lint, types\n")
