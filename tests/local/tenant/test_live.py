import asyncio
from collections import Counter

import pytest

from local.tenant.calls import Caller, Context
from local.tenant.faults import FaultPlan, Faults
from local.tenant.happenings import HAPPENINGS, Kind
from local.tenant.live import DEVICE_KINDS, KINDS, Life, Step, draw
from local.tenant.server import TenantServer
from local.tenant.tenant import SimulatedTenant
from tests.local.tenant.asked import Clock
from tests.local.tenant.reading import facts_by_id, read, tenant_of


def lived(seed: int = 2026, steps: int = 500) -> tuple[list[Step], Context]:
    tenant = SimulatedTenant(seed=seed, devices=300, clock=Clock())
    graph = Context(tenant, FaultPlan(Faults(), tenant), Caller())
    return Life(graph).steps(steps), graph


def test_the_same_seed_leads_the_same_life() -> None:
    (steps, graph), (again, other) = lived(), lived()
    assert steps == again
    assert list(graph.tenant.by_name()) == list(other.tenant.by_name())
    assert graph.audit == other.audit
    assert lived(seed=2027)[0] != steps


def test_a_life_is_the_same_in_one_go_and_step_by_step() -> None:
    tenant = SimulatedTenant(devices=300, clock=Clock())
    life = Life(Context(tenant, FaultPlan(Faults(), tenant), Caller()))
    assert [step for _ in range(60) for step in life.steps()] == lived(steps=60)[0]


def test_drawing_a_change_changes_nothing() -> None:
    tenant = SimulatedTenant(devices=300, clock=Clock())
    assert draw(tenant, 7) == draw(tenant, 7)
    assert list(tenant.altered()) == []


@pytest.mark.parametrize("seed", [1, 2, 2026])
def test_every_kind_of_change_happens(seed: int) -> None:
    steps, graph = lived(seed)
    assert {step.kind for step in steps} == KINDS == set(HAPPENINGS)
    builds = [step.change for step in steps if step.kind == "build"]
    assert any(change.absent for change in builds)
    assert any(change.set.get("osVersion") in ("", None) for change in builds if change.set)
    assert {step.change.beside for step in steps if step.kind == "reenrol"} == {True, False}
    assert any(step.change.set.get("joinType") == "unknown" for step in steps)
    assert {bool(step.change.set["userId"]) for step in steps if step.kind == "user"} == {
        True,
        False,
    }
    assert len({event["actor"]["userPrincipalName"] for event in graph.audit}) > 1  # type: ignore[index]


@pytest.mark.parametrize("kinds", [DEVICE_KINDS, {"reenrol", "retire", "entra_delete", "add"}])
def test_every_change_of_a_device_shows_in_entras_log_or_in_a_sync(kinds: set[Kind]) -> None:
    tenant = SimulatedTenant(devices=300, clock=Clock())
    life = Life(Context(tenant, FaultPlan(Faults(), tenant), Caller()), kinds)
    for _ in range(400):
        logged, before = len(tenant.entra_log), tenant.count
        (step,) = life.steps()
        assert step.device is not None
        device = tenant.device(step.device)
        synced = device is not None and device.last_sync == tenant.now()
        assert synced or len(tenant.entra_log) > logged
        assert step.device < before or synced


def test_only_the_kinds_that_are_asked_for_happen() -> None:
    tenant = SimulatedTenant(devices=50, clock=Clock())
    life = Life(Context(tenant, FaultPlan(Faults(), tenant), Caller()), {"delete", "rename"})
    assert {step.kind for step in life.steps(30)} == {"delete", "rename"}


def test_where_nothing_can_happen_it_says_so() -> None:
    with pytest.raises(LookupError, match="retire"):
        draw(SimulatedTenant(devices=5), 0, {"retire"})


def test_a_kind_that_finds_nothing_leaves_its_turn_to_another() -> None:
    kinds: set[Kind] = {"retire", "sync"}
    drawn = Counter(draw(SimulatedTenant(devices=50), n, kinds)[0] for n in range(100))
    assert drawn == {"sync": 100}


@pytest.mark.parametrize("scenario", ["typical", "ready"])
async def test_the_truth_agrees_with_a_full_reading_after_500_changes(scenario: str) -> None:
    async with TenantServer(devices=250, scenario=scenario) as server:
        assert {step.kind for step in server.steps(500)} == KINDS
        tenant, devices = await read(server)
        assert tenant == server.truth.tenant
        assert devices == {device.id: facts for device, facts in server.truth.devices()}


async def test_changes_of_devices_leave_a_reading_of_a_tenant_without_groups_valid() -> None:
    async with TenantServer(devices=250, scenario="ready", kinds=DEVICE_KINDS) as server:
        reading, sets = await tenant_of(server)
        server.steps(500)
        assert await facts_by_id(server, reading, sets) == {
            device.id: facts for device, facts in server.truth.devices()
        }


async def test_a_live_server_lets_the_same_changes_happen_at_its_rate() -> None:
    async with TenantServer(devices=300, clock=Clock(), live=60_000) as server, asyncio.timeout(5):
        while server.life.number < 20:  # noqa: ASYNC110 - a rate has no event to wait for.
            await asyncio.sleep(0.001)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    _, graph = lived(steps=server.life.number)
    assert list(server.tenant.by_name()) == list(graph.tenant.by_name())
