"""The commands of docs/restore-setting.md, as people type them, against a running host."""

import asyncio
import json
import re
import shlex
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from azure.storage.blob.aio import ContainerClient
from msgspec import structs

from local.environment import ROOT
from local.issuer import local_issuer
from local.tenant.calls import WRITER
from local.tenant.changes import Change, apply
from local.tenant.server import TenantServer
from local.tenant.write_faults import WriteFault
from shared.adapters.storage.audit_records import record_name
from shared.domain.principal import READ
from tests.journeys.command_line import local
from tests.journeys.restoring import OFF, Office, serving_people

pytestmark = [pytest.mark.journey, pytest.mark.asyncio(loop_scope="module")]

PAGE = ROOT / "docs" / "restore-setting.md"
DONE, NOT_DONE, NOTHING_ASKED, NOT_SETTLED = 0, 1, 2, 3
ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
MAY_WRITE = frozenset({"DeviceManagementServiceConfig.ReadWrite.All"})
SEES_ROLES = MAY_WRITE | {"RoleManagement.Read.Directory"}


class Typed(NamedTuple):
    """What a command said, and the exit status it ended with."""

    status: int
    said: str


class Terminal:
    """Somebody's command line beside a running host."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self._environ = {
            **office.system.environ,
            "READINESS_URL": f"http://127.0.0.1:{office.system.host.port}",
        }

    async def types(self, *arguments: str, **environ: str) -> Typed:
        """Type `python -m local ...`."""
        given = self._environ | environ
        return Typed(*await asyncio.to_thread(local, *arguments, **given))

    async def restore(self, *arguments: str, **environ: str) -> Typed:
        """Type `python -m local restore ...`."""
        return await self.types("restore", *arguments, **environ)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def terminal(storage: str, app_folder: Path) -> AsyncIterator[Terminal]:
    """A command line on the machine whose issuer the tenant trusts."""
    issuer = local_issuer()
    tenant = TenantServer(seed=7, devices=60, scenario=OFF, issuer=issuer)
    async with serving_people(storage, app_folder, tenant, issuer) as office:
        yield Terminal(office)


def walkthrough() -> list[tuple[list[str], bool]]:
    """Read the page's commands, and of each whether it says that it is refused."""
    (block,) = re.findall(
        r"```console\n(\$ python -m local restore .*?)```", PAGE.read_text(), re.S
    )
    lines = [line.removeprefix("$ python -m local ") for line in block.splitlines()]
    return [(shlex.split(line, comments=True), "# refused" in line) for line in lines]


def with_consent(command: Sequence[str]) -> Sequence[str]:
    """Answer beforehand what `apply` asks on a terminal."""
    return (*command, "--yes") if command[:2] == ["restore", "apply"] else command


async def test_the_walkthrough_of_the_page_goes_as_it_says(terminal: Terminal) -> None:
    id, said = "", ""
    commands = walkthrough()
    for command, refused in commands:
        named = [id if word == "<id>" else word for word in command]
        status, said = await terminal.types(*with_consent(named))
        assert status == (NOT_DONE if refused else DONE), (command, said)
        if named[:2] == ["restore", "plan"]:
            id = ID.findall(said)[0]
    assert ["restore", "status"] in [command for command, _ in commands]
    assert commands[-1][0] == ["audit", "verify"]
    assert "the chain holds" in said
    (write,) = terminal.office.tenant.writes
    assert (write.state, write.done) == ("enabled", True)


async def test_writing_asks_first_and_without_a_terminal_nothing_is_asked(
    terminal: Terminal,
) -> None:
    id = await terminal.office.approved()
    status, said = await terminal.restore("apply", id)
    assert (status, "--yes" in said) == (NOTHING_ASKED, True), said
    assert (await terminal.office.change(id))["state"] == "approved"


async def test_gates_that_fail_are_shown_and_passed_by_name(terminal: Terminal) -> None:
    id = await terminal.office.approved()
    status, said = await terminal.restore("apply", id, "--yes")
    assert status == NOT_DONE
    assert "cool_down" in said
    assert "at least 24 h after the last change" in said
    passing = ("--pass", "cool_down", "--why", "The help desk is flooded.")
    status, said = await terminal.restore("apply", id, "--yes", *passing)
    assert status == DONE, said
    assert "cool_down: The help desk is flooded." in said


async def test_a_refused_change_says_what_to_do_and_is_confirmed_once_that_was_done(
    terminal: Terminal,
) -> None:
    office = terminal.office
    async with office.set_to(RESTORE_GATE_COOL_DOWN_HOURS="off"):
        wanted = office.other_state
        id = await office.approved(wanted)
        office.tenant.graph.writer = structs.replace(WRITER, roles=frozenset())
        status, said = await terminal.restore("apply", id, "--yes")
        assert status == NOT_DONE
        assert "Tenant is not Global Admin or Intune Service Admin" in said
        command = f"restore confirm {id}"
        assert f"python -m local {command}" in said
        apply(office.tenant.graph, Change(restore_state=wanted))
        status, said = await terminal.types(*command.split())
    assert status == DONE, said
    office.tenant.graph.writer = WRITER


async def test_a_change_of_unknown_outcome_is_told_as_not_settled_yet(
    terminal: Terminal,
) -> None:
    office = terminal.office
    async with office.set_to(RESTORE_GATE_COOL_DOWN_HOURS="off"):
        id = await office.approved()
        office.tenant.break_writes(WriteFault(lost="cut"))
        status, said = await terminal.restore("apply", id, "--yes")
        assert status == NOT_SETTLED, said
        assert f"restore show {id}" in said
        await office.settled(id)
        status, said = await terminal.restore("apply", id, "--yes", "--json")
    assert (status, json.loads(said)["state"]) == (DONE, "applied")


@pytest.mark.parametrize(
    ("held", "answer", "status"),
    [
        ({"permissions": SEES_ROLES}, "yes", DONE),
        ({"permissions": SEES_ROLES, "roles": frozenset()}, "no", NOT_DONE),
        ({"permissions": MAY_WRITE}, "unknown", NOT_SETTLED),
    ],
    ids=["fit", "without its role", "not to be seen"],
)
async def test_preflight_tells_whether_a_write_would_be_let_through(
    terminal: Terminal, held: dict[str, Any], answer: str, status: int
) -> None:
    writes = list(terminal.office.tenant.writes)
    terminal.office.tenant.graph.writer = structs.replace(WRITER, **held)
    typed = await terminal.types("preflight")
    terminal.office.tenant.graph.writer = WRITER
    assert (typed.status, f"setting? {answer}" in typed.said) == (status, True), typed.said
    assert terminal.office.tenant.writes == writes


async def test_a_token_by_the_command_lets_one_in_with_its_role_alone(terminal: Terminal) -> None:
    status, said = await terminal.types("token", "--role", READ, "--as", "eve")
    assert status == DONE
    headers = {"Authorization": f"Bearer {said.strip()}"}
    assert (await terminal.office.ask("GET", "", None, None, headers)).status_code == 200
    given = {"READINESS_TOKEN": said.strip()}
    refused = await terminal.restore("plan", "enabled", "--reason", "Why not?", **given)
    assert (refused.status, "RestoreSetting.Plan" in refused.said) == (NOT_DONE, True)
    forged = await terminal.restore("history", READINESS_TOKEN=f"{said.strip()[:-9]}forgeries")
    assert (forged.status, "access token" in forged.said) == (NOT_DONE, True), forged.said


async def test_where_no_app_answers_the_command_says_so(terminal: Terminal) -> None:
    status, said = await terminal.restore("status", READINESS_URL="http://127.0.0.1:9")
    assert (status, "No answer came from http://127.0.0.1:9" in said) == (NOT_DONE, True), said


async def test_a_record_that_was_altered_is_found_by_the_audit(terminal: Terminal) -> None:
    environ = terminal.office.system.environ
    container = ContainerClient.from_connection_string(
        environ["AzureWebJobsStorage"], environ["AUDIT_CONTAINER"]
    )
    async with container:
        blob = container.get_blob_client(record_name(1))
        content = await (await blob.download_blob()).readall()
        await blob.upload_blob(content.replace(b"Pilot", b"Prank"), overwrite=True)
        altered = await terminal.types("audit", "verify")
        await blob.upload_blob(content, overwrite=True)
    assert (altered.status, "record 1: altered" in altered.said) == (NOT_DONE, True), altered.said
