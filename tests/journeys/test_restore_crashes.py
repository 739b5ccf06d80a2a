"""Whoever applies a change may be killed at any call: what became of it is found, and written once.

Each death is a SIGKILL, right before one call to Graph or to storage. That is as well right after
the one before, whose answer nobody has made anything of.
"""

import os
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from local.issuer import Issuer
from local.tenant.server import TenantServer
from shared.messages import RESTORE_CHANGES
from tests.journeys.doomed_runs import DoomedRuns, doomed_runs
from tests.journeys.restoring import ANN, Office, serving_people

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here"),
]

HALF_AN_HOUR = timedelta(minutes=31)
FEWEST_CALLS = 20
"""What applying asks of Graph and storage at least, or else not all of it was killed."""


@pytest.fixture
async def office(storage: str, app_folder: Path) -> AsyncIterator[Office]:
    issuer = Issuer.new()
    tenant = TenantServer(seed=7, devices=1, scenario="ready", issuer=issuer)
    async with serving_people(
        storage, app_folder, tenant, issuer, swept=False, RESTORE_GATE_COOL_DOWN_HOURS="off"
    ) as running:
        yield running


async def killed_applying(office: Office, runs: DoomedRuns, id: str, call: int) -> bool:
    """Have Ann apply a change in a process that is killed before a call; False if it was not."""
    headers = {"authorization": f"Bearer {office.token(ANN)}"}
    return await runs.killed_before(call, headers=headers, parameters={"id": id})


async def what_became_of(office: Office, id: str) -> str:
    """Have the outcome looked for, if it is not known, by the message that was left behind."""
    change = await office.change(id)
    if change["state"] in ("applying", "unknown"):
        assert not await office.system.idle([RESTORE_CHANGES])
        await office.settle(id, HALF_AN_HOUR)
        change = await office.settled(id)
        office.clock.ahead = timedelta()
    return str(change["state"])


async def test_applying_a_change_is_killed_before_every_call_and_ends_with_the_truth(
    office: Office, app_folder: Path
) -> None:
    ends: list[str] = []
    async with doomed_runs(app_folder, "apply_change", office.system.environ) as runs:
        id = await office.approved()
        for call in count(1):
            await office.system.empty_queues()
            killed = await killed_applying(office, runs, id, call)
            ends.append(await what_became_of(office, id))
            written = [write.done for write in office.writes_for(id)]
            assert written == {"applied": [True]}.get(ends[-1], [])
            if not killed:
                break
            if ends[-1] != "approved":
                assert (await office.proof()).findings == ()
                id = await office.approved()
    assert (await office.proof()).findings == ()
    assert call > FEWEST_CALLS
    assert list(dict.fromkeys(ends)) == ["approved", "not_applied", "applied"]
