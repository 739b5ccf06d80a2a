"""What changes between sweeps is known within one poll, whatever the feed itself goes through."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from msgspec import structs

from local.tenant.audit import Actor
from local.tenant.calls import READER, Caller
from local.tenant.changes import Change, apply
from local.tenant.device import Device
from local.tenant.faults import Faults
from local.tenant.graph import ROUTES
from local.tenant.live import DEVICE_KINDS
from local.tenant.server import NO_FAULTS, TenantServer
from shared.domain.feed import FeedState
from shared.domain.story import Story
from shared.use_cases import assess_devices
from shared.use_cases.explain_device import explain_device
from tests.journeys.command_line import local
from tests.journeys.oracle import judged
from tests.journeys.replay import known_to
from tests.journeys.system import System, serving

pytestmark = pytest.mark.journey

BUILD = "os_build_too_old"
OLD_BUILD, NEW_BUILD = "10.0.19045.2006", "10.0.26100.9550"
DEVICES, SOME = 60, 30
ENTRA = ("Device.", "Directory.")


@pytest.fixture(autouse=True)
def _a_fold_is_waited_for_in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assess_devices, "FOLD_PAUSE", 1.0)


def ready_tenant(seed: int = 31) -> TenantServer:
    return TenantServer(seed=seed, devices=DEVICES, scenario="ready", kinds=DEVICE_KINDS)


def drawn(tenant: TenantServer, *, blocked: bool) -> Device:
    """Find a device that Entra knows, and that is blocked by its build or else not at all."""
    assessments = judged(tenant.truth, tenant.tenant.fleet.today)
    for device, _ in tenant.truth.devices():
        reasons = {f.reason for f in assessments[device.id].backup.blockers}
        if (
            device.linked
            and device.autopilot_profile is None
            and reasons == ({BUILD} if blocked else set())
        ):
            return device
    raise LookupError("no device stands like that")


async def story_of(system: System, wanted: str) -> Story:
    """Ask for the story of one device."""
    explanation = await explain_device(wanted, snapshots=system.stored.snapshots)
    assert explanation is not None
    (story,) = explanation.stories
    return story


def since(story: Story) -> dict[str, datetime]:
    return {b.reason: b.since for b in story.open if b.capability == "backup"}


async def health(system: System) -> dict[str, str]:
    """Read what the health report says, by check."""
    address = f"http://127.0.0.1:{system.host.port}/api/health"
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        return {check["name"]: check["says"] for check in (await answer.json())["checks"]}


async def test_a_change_is_explained_within_one_poll(storage: str, app_folder: Path) -> None:
    tenant = ready_tenant()
    async with serving(storage, app_folder, tenant) as system:
        swept = await system.sweep()
        device = drawn(tenant, blocked=False)
        assert BUILD not in since(await story_of(system, device.id))
        apply(tenant.graph, Change(device=device.index, set={"osVersion": OLD_BUILD}))

        await system.poll()

        story = await story_of(system, device.name)
        assert story.reassessed is not None
        assert since(story)[BUILD] == story.reassessed > swept.record.started
        names = ("AzureWebJobsStorage", "READINESS_CONTAINER")
        environ = {name: system.environ[name] for name in names}
        status, said = await asyncio.to_thread(local, "explain", device.name, **environ)
        assert status == 0, said
        assert f"{BUILD}, since {story.reassessed:%Y-%m-%d}" in said
        assert "when it was read again after the sweep" in said


@pytest.mark.parametrize("how", ["gone", "syncStateNotFound", "resyncRequired"])
async def test_after_an_expired_token_a_sweep_finds_what_the_feed_missed(
    storage: str, app_folder: Path, how: str
) -> None:
    tenant = ready_tenant()
    async with serving(storage, app_folder, tenant) as system:
        first = await system.sweep()
        tenant.steps(SOME)
        tenant.set_faults(Faults(delta_expired=how))  # type: ignore[arg-type]
        state = await system.poll()
        assert state.fresh_start is not None
        assert how == "gone" or how in state.fresh_start.reason
        assert "the delta link had expired" in (await health(system))["fresh_start"]
        assert await system.current() != first.record.id
        await system.check_truth()

        tenant.set_faults(NO_FAULTS)
        swept = await system.current()
        await system.poll()
        tenant.steps(SOME)
        await system.poll()
        assert await system.current() == swept
        await system.check_truth()


async def test_a_link_that_is_too_old_is_not_used_and_a_sweep_finds_what_it_would_have_told(
    storage: str, app_folder: Path
) -> None:
    tenant = ready_tenant()
    async with serving(storage, app_folder, tenant) as system:
        first = await system.sweep()
        await rewrite(system, await system.poll())
        tenant.steps(SOME)
        state = await system.poll()
        assert state.fresh_start is not None
        assert state.fresh_start.reason == "the delta link was older than 6 days"
        assert await system.current() != first.record.id
        await system.check_truth()


async def rewrite(system: System, state: FeedState) -> None:
    """Let the feed's link be as old as if nobody had polled for a week."""
    _, etag = await system.stored.feed.read()
    older = structs.replace(state, linked=state.linked - timedelta(days=6, minutes=1))
    await system.stored.feed.write(older, etag)


async def test_a_lost_watermark_is_begun_again_from_the_last_sweep(
    storage: str, app_folder: Path
) -> None:
    tenant = ready_tenant()
    async with serving(storage, app_folder, tenant) as system:
        await system.sweep()
        tenant.steps(SOME)
        await system.poll()
        tenant.steps(SOME)
        await system.remove("feed/state.json")
        state = await system.poll()
        assert state.fresh_start is None
        await system.check_truth()


async def test_a_removed_device_is_told_as_gone_and_is_known_no_more(
    storage: str, app_folder: Path
) -> None:
    tenant = ready_tenant()
    async with serving(storage, app_folder, tenant) as system:
        swept = await system.sweep()
        await system.poll()
        device = drawn(tenant, blocked=True)
        stood_open = {(b["capability"], b["reason"]) for b in swept.devices[device.id]["open"]}
        apply(tenant.graph, Change(device=device.index, delete=True))

        await system.poll()

        explanation = await explain_device(device.id, snapshots=system.stored.snapshots)
        assert explanation is not None
        assert explanation.stories == []
        told = (await known_to(system)).told
        assert {(t.device, t.reason) for t in told} == {(device.id, each) for each in stood_open}
        assert {(t.transition, t.cause) for t in told} == {("cleared", "gone")}


@pytest.mark.parametrize("how", [Change(), Change(beside=True), Change(rejoined=True)])
async def test_a_device_that_is_enrolled_again_keeps_the_dates_of_its_blockers(
    storage: str, app_folder: Path, how: Change
) -> None:
    tenant = ready_tenant()
    async with serving(storage, app_folder, tenant) as system:
        await system.sweep()
        await system.poll()
        device = drawn(tenant, blocked=True)
        before = since(await story_of(system, device.id))
        index = apply(tenant.graph, structs.replace(how, reenrol=device.index))
        assert index is not None

        await system.poll()

        again = tenant.tenant.device(index)
        assert again is not None
        assert since(await story_of(system, again.id)) == before
        assert (await known_to(system)).told == []
        assert (await known_to(system)).devices[device.id].succeeded_by == again.id


async def test_the_restore_setting_switched_by_hand_is_recorded_with_who_and_judged_by(
    storage: str, app_folder: Path
) -> None:
    tenant = ready_tenant()
    async with serving(storage, app_folder, tenant) as system:
        first = await system.sweep()
        by = Actor("helpdesk@contoso.example")
        apply(tenant.graph, Change(restore_state="disabled", by=by))

        await system.poll()

        (change,) = await system.stored.feed.tenant_changes(10)
        assert change.kind == "restore_setting"
        assert change.old is not None
        assert change.new is not None
        assert (change.old["state"], change.new["state"]) == ("enabled", "disabled")
        assert change.who is not None
        assert change.who.name == "helpdesk@contoso.example"
        assert change.seen > change.last_known == first.record.started
        assert "Show restore page" in (await health(system))["drift"]
        await system.check_truth()
        await system.poll()
        assert len(await system.stored.feed.tenant_changes(10)) == 1


async def test_without_the_permission_for_entra_what_intune_tells_goes_on(
    storage: str, app_folder: Path
) -> None:
    tenant = ready_tenant()
    async with serving(storage, app_folder, tenant) as system:
        first = await system.sweep()
        tenant.graph.caller = without(*ENTRA)
        device = drawn(tenant, blocked=False)
        apply(tenant.graph, Change(device=device.index, set={"osVersion": OLD_BUILD}))
        state = await system.poll()
        assert "Device.Read.All" in (state.entra_refused or "")
        assert BUILD in since(await story_of(system, device.id))
        assert await system.current() == first.record.id

        tenant.graph.caller = READER
        apply(tenant.graph, Change(device=device.index, delete=True))
        state = await system.poll()
        assert state.entra_refused is None
        assert state.fresh_start is not None
        assert await system.current() != first.record.id
        await system.check_truth()


def without(*permissions: str) -> Caller:
    """Give a caller every permission there is but for some."""
    known = frozenset(name for route in ROUTES for name in route.permissions)
    return Caller(permissions=frozenset(n for n in known if not n.startswith(permissions)))


async def test_changes_that_are_told_sparsely_twice_and_with_empty_pages_between_lose_nothing(
    storage: str, app_folder: Path
) -> None:
    tenant = ready_tenant()
    tenant.set_faults(Faults(delta_sparse=True, delta_replays=1.0, delta_empty_pages=1.0))
    async with serving(storage, app_folder, tenant) as system:
        swept = await system.sweep()
        await system.poll()
        for _ in range(3):
            tenant.steps(SOME)
            await system.poll()
            await system.check_truth()
        assert await system.current() == swept.record.id
