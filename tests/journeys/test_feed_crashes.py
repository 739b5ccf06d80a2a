"""A poll that is killed takes nothing with it: the next one finds all that it would have told."""

import os
from itertools import count
from pathlib import Path

import pytest

from local.tenant.changes import Change, apply
from local.tenant.happenings import Kind
from local.tenant.scenarios import RestoreState
from local.tenant.server import TenantServer
from shared.adapters.storage.sweeps import START_LOCK
from shared.use_cases import assess_devices
from tests.journeys.doomed_runs import doomed_runs
from tests.journeys.replay import Replay, known_to
from tests.journeys.system import serving

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here"),
]

POLL = "poll_device_changes"
SOME = 6
SEEN_ONCE: tuple[Kind, ...] = ("trust", "delete", "add")
"""Of the first two Entra alone tells, and only once; what Intune tells is asked for again."""

FEWEST_CALLS = 12
"""What a poll asks of Graph and storage at least, or else it was not killed at all its calls."""

EVERY = 3
"""Reading the whole tenant takes many calls, and each is killed like the next."""

STATES: tuple[RestoreState, ...] = ("disabled", "enabled")


@pytest.fixture(autouse=True)
def _a_fold_is_waited_for_in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assess_devices, "FOLD_PAUSE", 1.0)


def ready_tenant() -> TenantServer:
    return TenantServer(seed=41, devices=60, scenario="ready", kinds=SEEN_ONCE)


async def test_a_poll_killed_at_any_call_is_made_up_for_by_the_next_one(
    storage: str, app_folder: Path
) -> None:
    tenant = ready_tenant()
    async with (
        serving(storage, app_folder, tenant) as system,
        doomed_runs(app_folder, POLL, system.environ) as polls,
    ):
        await system.sweep()
        await system.poll()
        first = (await known_to(system)).blockers
        for call in count(1):
            tenant.steps(SOME)
            killed = await polls.killed_before(call)
            await system.poll()
            await system.check_truth()
            if not killed:
                break
        last = await known_to(system)
    Replay(first, last.told, last.blockers, {}).check()
    assert call > FEWEST_CALLS


async def test_a_poll_killed_while_it_records_a_change_of_the_tenant_still_leads_to_its_sweep(
    storage: str, app_folder: Path
) -> None:
    tenant = ready_tenant()
    async with (
        serving(storage, app_folder, tenant) as system,
        doomed_runs(app_folder, POLL, system.environ) as polls,
    ):
        await system.sweep()
        for call in count(EVERY, EVERY):
            apply(tenant.graph, Change(restore_state=STATES[call // EVERY % 2]))
            tenant.steps(SOME)
            killed = await polls.killed_before(call)
            await system.break_lease(START_LOCK)
            if not killed:
                break
        await system.poll()
        await system.check_truth()
        recorded = await system.stored.feed.tenant_changes(1_000)
    assert call > 3 * FEWEST_CALLS
    assert {change.kind for change in recorded} == {"restore_setting"}
