"""The script grants exactly what the app reads, and nothing twice."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from shared.adapters.graph.permissions import LEAST, OPTIONAL

SCRIPT = Path(__file__).resolve().parents[2] / "infra" / "grant-graph-permissions.sh"
APP_ROLES = {
    "DeviceManagementManagedDevices.Read.All": "2f51be20-0bb4-4fed-bf7b-db946066c75e",
    "DeviceManagementServiceConfig.Read.All": "06a5fe6d-c49d-46a7-b082-56b1b14103c7",
    "DeviceManagementConfiguration.Read.All": "dc377aa6-52d8-4e23-b271-2a7ae04cedf3",
    "Device.Read.All": "7438b122-aefc-4978-80ed-43db9fcc7715",
    "GroupMember.Read.All": "98830695-27a2-44f7-8c18-0c3ebc9698f6",
    "Policy.Read.All": "246dd0d5-5bd0-4def-940b-0421030a5b68",
}
OPTIONAL_ROLES = {"DeviceManagementApps.Read.All": "7a6ee1e7-141e-4cec-ae74-d9db155731ff"}
"""Microsoft Graph's app roles (Graph permissions reference, 2026-11-22)."""

AZ = """#!/bin/sh
echo "$*" >> "$CALLS"
case "$*" in
  *--query*appRoleId*) printf '%s\\n' $GRANTED ;;
  *--query*id*) echo graph-principal ;;
esac
"""


def listed_in_script(name: str) -> dict[str, str]:
    """The permissions in a list of the script, with their ids."""
    (listed,) = re.findall(rf"^{name}=\(\n(.*?)^\)", SCRIPT.read_text(), re.MULTILINE | re.DOTALL)
    return dict(re.findall(r"^  ([\w.]+)=([0-9a-f-]+)$", listed, re.MULTILINE))


def run(folder: Path, *arguments: str, already: str = "") -> tuple[int, str, list[str]]:
    """Run the script with an `az` that writes down its calls."""
    az = folder / "az"
    az.write_text(AZ)
    az.chmod(0o755)
    calls = folder / "calls"
    calls.touch()
    environ = {
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "CALLS": str(calls),
        "GRANTED": already,
    }
    done = subprocess.run(
        ["bash", str(SCRIPT), *arguments],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr, calls.read_text().splitlines()


def test_the_script_grants_what_graph_paths_need_and_no_more() -> None:
    assert set(listed_in_script("permissions")) == {permission for _, permission in LEAST}
    assert set(listed_in_script("optional")) == {permission for _, permission in OPTIONAL}


def test_every_permission_has_its_app_role_id() -> None:
    assert listed_in_script("permissions") == APP_ROLES
    assert listed_in_script("optional") == OPTIONAL_ROLES


needs_bash = pytest.mark.skipif(
    shutil.which("bash") is None or os.name == "nt", reason="bash is not on this machine"
)


@needs_bash
def test_each_permission_is_asked_for_once(tmp_path: Path) -> None:
    status, _, calls = run(tmp_path, "app-principal")
    posts = [call for call in calls if "--method post" in call]
    assert status == 0
    assert len(posts) == len(APP_ROLES)
    for role in APP_ROLES.values():
        ids = ("app-principal", "graph-principal", role)
        assert sum(all(each in call for each in ids) for call in posts) == 1


@needs_bash
def test_the_audit_log_is_granted_only_when_it_is_asked_for(tmp_path: Path) -> None:
    (role,) = OPTIONAL_ROLES.values()
    _, _, unasked = run(tmp_path, "app-principal")
    assert not [call for call in unasked if role in call]

    status, output, calls = run(tmp_path, "--audit-log", "app-principal")
    posts = [call for call in calls[len(unasked) :] if "--method post" in call]
    assert status == 0
    assert len(posts) == len(APP_ROLES) + 1
    assert [call for call in posts if role in call and "app-principal" in call]
    assert "DeviceManagementApps.Read.All granted" in output


@needs_bash
def test_an_option_that_is_not_known_grants_nothing(tmp_path: Path) -> None:
    status, output, calls = run(tmp_path, "--audit-logs", "app-principal")
    assert status != 0
    assert "--audit-logs" in output
    assert calls == []


@needs_bash
def test_what_is_granted_already_is_left_alone(tmp_path: Path) -> None:
    status, output, calls = run(tmp_path, "app-principal", already=" ".join(APP_ROLES.values()))
    assert status == 0
    assert not [call for call in calls if "--method post" in call]
    assert output.count("is granted already") == len(APP_ROLES)


@needs_bash
def test_without_an_identity_nothing_is_asked(tmp_path: Path) -> None:
    status, output, calls = run(tmp_path)
    assert status != 0
    assert "object id" in output
    assert calls == []
