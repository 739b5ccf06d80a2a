"""The next command goes to the same app, and is another person's where it must be."""

from argparse import Namespace

import pytest

from local.restore.next_step import NextSteps
from shared.domain.restore_change import ChangeState
from tests.restore_builders import change

ME = "python -m local restore"


@pytest.mark.parametrize(
    ("state", "commands"),
    [
        ("planned", [f"{ME} approve c1"]),
        ("approved", [f"{ME} apply c1"]),
        ("applying", [f"{ME} show c1"]),
        ("unknown", [f"{ME} show c1"]),
        ("waiting_for_intune_approval", [f"{ME} show c1"]),
        ("refused", [f"{ME} confirm c1"]),
        ("applied", [f"{ME} revert c1 --reason TEXT"]),
        ("conflict", [f"{ME} plan enabled --reason TEXT"]),
        ("not_applied", [f"{ME} plan enabled --reason TEXT"]),
        ("expired", [f"{ME} plan enabled --reason TEXT"]),
        ("rejected", []),
    ],
)
def test_after_each_state_comes_what_is_possible(state: ChangeState, commands: list[str]) -> None:
    assert list(NextSteps().after(change(state=state))) == commands


def test_the_app_and_the_person_are_carried_over_but_nobody_approves_their_own_plan() -> None:
    wanted = Namespace(url="http://localhost:1", person="anna")
    here = NextSteps.of(wanted, local=True)

    assert list(here.after(change(state="approved"))) == [
        f"{ME} apply c1 --url http://localhost:1 --as anna"
    ]
    assert list(here.after(change(state="planned"))) == [
        f"{ME} approve c1 --url http://localhost:1 --as SOMEBODY-ELSE"
    ]
