"""The scripts around the restore setting give what the code asks for, to whom it is meant."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from shared.domain.principal import ROLES

INFRA = Path(__file__).resolve().parents[2] / "infra"
PERMISSION = "5ac13192-7ace-4fcf-b828-1a26f28068ee"
SEE_ROLES = "483bed4a-2ad3-4361-a73b-c83ccdbdc53c"
AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
SCOPE = "0b9e3c5e-6a1b-4a7e-9d0b-0d6c5b1f7b01"
INTUNE_ADMINISTRATOR = "3a2c62db-5318-420d-8d74-23affee5d9d5"

AZ = """#!/bin/sh
printf '%s\\n' "$*" | tr '\\n' ' ' >> "$CALLS"
echo >> "$CALLS"
case "$*" in
  *"method get"*appRoleAssignments*) printf '%s\\n' $GRANTED ;;
  *"method get"*roleAssignments*) printf '%s\\n' $HELD ;;
  *"method get"*applications\\?*) printf '%s\\n' $FOUND ;;
  *"method get"*applications/*) echo app-id ;;
  *"method get"*servicePrincipals\\?*) printf '%s\\n' $PRINCIPAL ;;
  *"method get"*servicePrincipals*) echo graph-principal ;;
  *"method post"*servicePrincipals\\ *) echo new-principal ;;
  *"method post"*applications\\ *) echo new-object ;;
esac
"""

pytestmark = pytest.mark.skipif(
    shutil.which("bash") is None or os.name == "nt", reason="bash is not on this machine"
)


def run(folder: Path, script: str, *arguments: str, **found: str) -> tuple[int, str, list[str]]:
    """Run a script with an `az` that writes down its calls and finds what it is told to."""
    az = folder / "az"
    az.write_text(AZ)
    az.chmod(0o755)
    calls = folder / "calls"
    calls.write_text("")
    environ = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "CALLS": str(calls), **found}
    done = subprocess.run(
        ["bash", str(INFRA / script), *arguments],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr, calls.read_text().splitlines()


def changes(calls: list[str]) -> list[str]:
    """The calls that change something."""
    return [call for call in calls if "--method get" not in call]


def test_the_registration_has_the_roles_that_the_code_knows() -> None:
    roles = json.loads((INFRA / "app-roles.json").read_text())
    assert tuple(role["value"] for role in roles) == ROLES
    assert len({role["id"] for role in roles}) == len(roles)
    assert all(role["allowedMemberTypes"] == ["User", "Application"] for role in roles)


def test_a_new_registration_is_made_with_its_roles_and_version_2_tokens(tmp_path: Path) -> None:
    status, output, calls = run(tmp_path, "register-api.sh")
    assert status == 0, output
    made, described, _, principal, closed = changes(calls)
    assert "post" in made
    assert '"displayName": "Windows Backup readiness"' in made
    assert "applications/new-object" in described
    assert '"requestedAccessTokenVersion": 2' in described
    assert '"api://app-id"' in described
    assert all(role in described for role in ROLES)
    assert '"appId": "app-id"' in principal
    assert "servicePrincipals/new-principal" in closed
    assert '"appRoleAssignmentRequired": true' in closed
    assert "API_AUDIENCE=app-id" in output


def test_a_registration_that_is_there_is_brought_up_to_date(tmp_path: Path) -> None:
    status, _, calls = run(tmp_path, "register-api.sh", FOUND="object", PRINCIPAL="principal")
    assert status == 0
    assert ["patch" in call for call in changes(calls)] == [True, True, True]


def test_people_get_tokens_with_the_azure_cli(tmp_path: Path) -> None:
    status, output, calls = run(tmp_path, "register-api.sh")
    assert status == 0, output
    _, described, let_in, *_ = changes(calls)
    scope = '"value": "access_as_user"'
    assert scope in described
    assert '"requestedAccessTokenVersion": 2' in let_in
    assert scope in let_in
    assert f'"appId": "{AZURE_CLI}", "delegatedPermissionIds": ["{SCOPE}"]' in let_in


def test_of_two_registrations_of_one_name_neither_is_touched(tmp_path: Path) -> None:
    status, output, calls = run(tmp_path, "register-api.sh", FOUND="one two")
    assert status == 1
    assert "several" in output
    assert changes(calls) == []


@pytest.mark.parametrize("name", ["--help", "it's", 'a "b"'])
def test_a_name_that_would_break_a_filter_is_refused(tmp_path: Path, name: str) -> None:
    status, _, calls = run(tmp_path, "register-api.sh", name)
    assert status == 2
    assert calls == []


def test_the_write_identity_is_given_one_permission_and_one_role(tmp_path: Path) -> None:
    status, _, calls = run(tmp_path, "grant-restore-write.sh", "writer")
    permission, role = changes(calls)
    assert status == 0
    assert all(each in permission for each in ("writer", "graph-principal", PERMISSION))
    assert all(each in role for each in ("writer", INTUNE_ADMINISTRATOR, '"directoryScopeId": "/"'))


def test_seeing_its_role_is_granted_only_when_it_is_asked_for(tmp_path: Path) -> None:
    _, _, unasked = run(tmp_path, "grant-restore-write.sh", "writer")
    status, output, calls = run(tmp_path, "grant-restore-write.sh", "--see-role", "writer")
    assert status == 0
    assert not [call for call in unasked if SEE_ROLES in call]
    assert len([call for call in changes(calls) if SEE_ROLES in call]) == 1
    assert "RoleManagement.Read.Directory granted" in output


def test_an_option_that_is_not_known_grants_nothing(tmp_path: Path) -> None:
    status, _, calls = run(tmp_path, "grant-restore-write.sh", "--see-roles", "writer")
    assert status == 2
    assert calls == []


def test_what_the_write_identity_has_is_left_alone(tmp_path: Path) -> None:
    status, output, calls = run(
        tmp_path,
        "grant-restore-write.sh",
        "writer",
        GRANTED=f"other {PERMISSION}",
        HELD=INTUNE_ADMINISTRATOR,
    )
    assert status == 0
    assert changes(calls) == []
    assert output.count("already") == 2


def test_without_a_write_identity_nothing_is_asked(tmp_path: Path) -> None:
    status, _, calls = run(tmp_path, "grant-restore-write.sh")
    assert status != 0
    assert calls == []
