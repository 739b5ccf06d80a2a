"""Whatever does not get on says what to do, with commands that can be run as they are."""

import json
import shlex
from typing import Any, get_args

import pytest

from shared.domain.restore_change import Change, ChangeState, Outcome, RefusedFor
from shared.report.restore_remedies import Remedy, fitness_remedies, remedies
from tests.restore_builders import change

IDENTITY = "0a1b2c3d-0000-4000-8000-000000000001"


def refused(cause: RefusedFor, **differing: Any) -> Change:
    return change(state="refused", outcome=Outcome("403", cause, request_id="req-1"), **differing)


def body_of(remedy: Remedy) -> dict[str, str]:
    """Read the body that a shell would hand over."""
    assert remedy.command is not None
    words = shlex.split(remedy.command)
    body: dict[str, str] = json.loads(words[words.index("--body") + 1])
    return body


def test_a_missing_role_is_assigned_by_one_command() -> None:
    (assign,) = fitness_remedies("yes", "no", True, IDENTITY)
    assert body_of(assign) == {
        "principalId": IDENTITY,
        "roleDefinitionId": "3a2c62db-5318-420d-8d74-23affee5d9d5",
        "directoryScopeId": "/",
    }
    assert assign.command is not None
    assert "https://graph.microsoft.com/v1.0/roleManagement/directory/roleAssignments" in (
        assign.command
    )


def test_a_missing_permission_is_granted_by_one_command() -> None:
    (grant,) = fitness_remedies("no", "yes", True, IDENTITY)
    assert "DeviceManagementServiceConfig.ReadWrite.All" in grant.do
    body = body_of(grant)
    assert (body["principalId"], body["appRoleId"]) == (
        IDENTITY,
        "5ac13192-7ace-4fcf-b828-1a26f28068ee",
    )
    assert body["resourceId"].startswith("$(az ad sp show ")
    assert f"/servicePrincipals/{IDENTITY}/appRoleAssignments" in (grant.command or "")


def test_both_are_told_and_what_is_only_unknown_is_not() -> None:
    assert len(fitness_remedies("no", "no", True, IDENTITY)) == 2
    assert fitness_remedies("unknown", "unknown", True, None) == ()
    assert fitness_remedies("yes", "yes", True, IDENTITY) == ()


def test_an_identity_that_is_not_known_is_left_to_be_filled_in() -> None:
    (assign,) = fitness_remedies("yes", "no", True, None)
    assert "<object id of the write identity>" in (assign.command or "")


def test_without_a_write_identity_the_setting_is_named() -> None:
    (configure,) = fitness_remedies("no", "no", False, None)
    assert "RESTORE_CLIENT_ID" in configure.do


@pytest.mark.parametrize(
    ("cause", "first"),
    [
        ("role", "Intune Administrator"),
        ("permission", "DeviceManagementServiceConfig.ReadWrite.All"),
        ("identity", "RESTORE_CLIENT_ID"),
        ("request", "req-1"),
    ],
)
def test_a_refusal_is_overcome_at_its_cause_or_done_by_hand_and_confirmed(
    cause: RefusedFor, first: str
) -> None:
    ways = remedies(refused(cause))
    assert first in ways[0].do
    assert [way.title for way in ways[1:]] == [
        "Plan it again",
        "Or do it by hand in the admin center",
        "Or do it by hand in PowerShell",
        "Confirm what was done by hand",
    ]
    assert ways[-1].command == "python -m local restore confirm c1"
    assert "POST /api/restore-setting/changes/c1/confirm" in ways[-1].do


@pytest.mark.parametrize(
    ("after", "shown"),
    [("enabled", "On"), ("disabled", "Off"), ("notConfigured", "Not configured")],
)
def test_by_hand_it_is_set_to_what_was_planned(after: str, shown: str) -> None:
    _, _, center, shell, _ = remedies(refused("role", after=after))
    assert center.do.endswith(f"> Show restore page: {shown}. Then confirm.")
    assert f'"state":"{after}"' in (shell.command or "")


def test_no_id_breaks_out_of_its_command() -> None:
    shell = remedies(refused("role", setting="a'; Remove-Item *; '_WindowsRestore"))[3]
    command = shell.command or ""
    assert "/a%27%3B%20Remove-Item%20%2A%3B%20%27_WindowsRestore'" in command
    assert command.count("'") == 6


@pytest.mark.parametrize(
    ("state", "do"),
    [
        ("conflict", "plan the change again"),
        ("not_applied", "plan the change again"),
        ("expired", "Plan the change again"),
        ("unknown", "Nothing: the setting is read again"),
        ("applying", "Nothing: the setting is read again"),
        ("waiting_for_intune_approval", "Multi Admin Approval. The change then goes on by itself."),
    ],
)
def test_each_other_standing_has_one_way_on(state: ChangeState, do: str) -> None:
    (way,) = remedies(change(state=state))
    assert do in way.do


def test_where_nothing_is_wrong_there_is_nothing_to_do() -> None:
    silent = {state for state in get_args(ChangeState) if not remedies(change(state=state))}
    assert silent == {"planned", "approved", "applied", "rejected"}
