"""The API answers whatever it is asked as its served description says, and never with a failure."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from local.environment import ROOT
from local.issuer import Issuer
from local.tenant.server import TenantServer
from shared.domain.principal import READINESS_READ, ROLES
from tests.journeys import openapi_hooks
from tests.journeys.restoring import ANN, BEN, OFF, Office, Person, serving_people

pytestmark = [pytest.mark.journey, pytest.mark.asyncio(loop_scope="module")]

EVERYBODY = Person("root", ROLES)
NOBODY = Person("nobody", (READINESS_READ,))
NOT_CHECKED = ("unsupported_method", "positive_data_acceptance")
"""The host answers 404 to a wrong method. That 412 answers a valid ETag is as it should be."""

BRIEFLY = ("--phases", "examples,coverage", "--mode", "positive")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(storage: str, app_folder: Path) -> AsyncIterator[Office]:
    """People at an installation, where changes stand in several ways."""
    issuer = Issuer.new()
    tenant = TenantServer(seed=7, devices=20, scenario=OFF, issuer=issuer)
    async with serving_people(
        storage, app_folder, tenant, issuer, RESTORE_GATE_COOL_DOWN_HOURS="off"
    ) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def known(office: Office) -> list[str]:
    """Changes that have been applied, rejected and approved."""
    ids = [await office.approved() for _ in range(4)]
    assert (await office.do("apply", ids[0], ANN)).json()["state"] == "applied"
    assert (await office.do("reject", ids[1], BEN)).json()["state"] == "rejected"
    return ids


async def schemathesis_finds(
    office: Office, known: list[str], who: Person | None, *options: str
) -> str | None:
    """Let schemathesis ask, as somebody or as nobody; what it says, if it has found anything."""
    address = f"http://127.0.0.1:{office.system.host.port}/api"
    token = () if who is None else ("--header", f"Authorization: Bearer {office.token(who)}")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{address}/openapi.yaml"),
        *("--url", address, *token, *options),
        *("--seed", "5", "--exclude-checks", ",".join(NOT_CHECKED)),
        *("--generation-database", "none", "--no-color", "--warnings", "off"),
        cwd=ROOT,
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": openapi_hooks.__name__,
            openapi_hooks.KNOWN: ",".join(known),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return said.decode() if process.returncode else None


async def test_whatever_somebody_with_every_role_asks_is_answered_as_described(
    office: Office, known: list[str]
) -> None:
    before = len(await office.records())
    found = await schemathesis_finds(office, known, EVERYBODY, "--max-examples", "6")
    assert found is None, found
    assert len(await office.records()) > before
    assert (await office.proof()).findings == ()


@pytest.mark.parametrize("who", [NOBODY, None], ids=["without a role", "without a token"])
async def test_whoever_may_nothing_is_answered_as_described_and_changes_nothing(
    office: Office, known: list[str], who: Person | None
) -> None:
    before, writes = await office.records(), len(office.tenant.writes)
    found = await schemathesis_finds(office, known, who, *BRIEFLY)
    assert found is None, found
    assert await office.records() == before
    assert len(office.tenant.writes) == writes
