"""What people are told from the first sweep on, as two webhooks receive it over real sockets."""

import logging
import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count, cycle
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from local.host.timer_trigger import timer_datum
from local.tenant.audit import Actor
from local.tenant.changes import Change, apply
from local.tenant.device import Device
from local.tenant.server import TenantServer
from shared.bootstrap import Storage
from shared.domain import attempts, window
from shared.domain.exemption import Exemption, named
from shared.domain.transitions import open_reasons
from shared.use_cases.read_exemptions import write_exemptions
from tests.journeys.doomed_runs import doomed_runs
from tests.journeys.inboxes import CHANNELS, MARK, Inboxes, Word, inboxes
from tests.journeys.oracle import judged
from tests.journeys.system import System, serving
from tests.journeys.waiting import until

pytestmark = pytest.mark.journey

BUILD = "os_build_too_old"
OLD_BUILD, NEW_BUILD = "10.0.19045.2006", "10.0.26100.9550"
DEVICES = 60
WATCH = "watch_health"
FIRST_CALL = 26
"""By then a composition has read how things stand, and writes nothing that counts before."""

LEAST_LEFT_OVER = 4
"""Deaths after the commit: before each record and message of two channels, at the least."""

Standing: TypeAlias = set[tuple[str, str]]
"""A device's name and a reason, for each blocker that truly stands open."""


@pytest.fixture(autouse=True)
async def boxes(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Inboxes]:
    """The installation's two channels."""
    async with inboxes() as (running, settings):
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture(autouse=True)
def _channels_are_tried_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait no longer than a channel asks for."""
    monkeypatch.setattr(attempts, "PAUSES", tuple(timedelta() for _ in attempts.PAUSES))


@pytest.fixture
def _the_first_change_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gather no changes, which takes a minute elsewhere: other tests look before it is over."""
    monkeypatch.setattr(window, "SOON", timedelta())


@pytest.fixture(autouse=True)
def _no_address_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.INFO)
    yield
    logged = "\n".join(map(caplog.handler.format, caplog.get_records("call")))
    assert "was sent to teams" in logged
    assert MARK not in logged


def a_tenant() -> TenantServer:
    return TenantServer(seed=51, devices=DEVICES, scenario="ready")


def standing(tenant: TenantServer) -> Standing:
    """Judge every device afresh."""
    names = {device.id: device.name for device, _ in tenant.truth.devices()}
    judgements = judged(tenant.truth, tenant.tenant.fleet.today)
    return {
        (names[id], reason)
        for id, assessment in judgements.items()
        for _, reason in open_reasons(assessment)
    }


def difference(before: Standing, after: Standing) -> set[Word]:
    """Give the words that lead from one to the other."""
    return {(*each, "raised") for each in after - before} | {
        (*each, "cleared") for each in before - after
    }


def drawn(tenant: TenantServer, *, blocked: bool) -> list[Device]:
    """Find the devices that only their build blocks, or else that nothing does."""
    stand = standing(tenant)
    reasons = {name: {r for n, r in stand if n == name} for name, _ in stand}
    wanted = {BUILD} if blocked else set()
    return [d for d, _ in tenant.truth.devices() if reasons.get(d.name, set()) == wanted]


def give_build(tenant: TenantServer, device: Device, build: object) -> None:
    apply(tenant.graph, Change(device=device.index, set={"osVersion": build}))


def words_of(event: dict[str, Any]) -> set[Word]:
    """Give the words about devices that an event tells, and call blocked again blocked."""
    return {
        (line["name"], line["reason"], line["change"].replace("reopened", "raised"))
        for line in event["lines"]
    }


async def settled(system: System) -> None:
    """Wait until nothing is left to do, and all that was told has been sent."""
    await until(system.idle)


async def look(system: System) -> None:
    """Tell what is due by now, as the timer does that watches the product's health."""
    watch = system.host.app.functions[WATCH]
    await system.host.app.invoke(watch, timer_datum(None, past_due=False))
    await until(partial(all_is_sent, system.stored))


async def all_is_sent(stored: Storage) -> bool:
    """Tell whether each digest that was handed on has reached its channels."""
    names = [(id, name) for id in await stored.telling.after(None) for name in CHANNELS]
    records = [(await stored.deliveries.read(*name))[0] for name in names]
    return all(record.state == "sent" for record in records if record is not None)


async def test_the_first_sweep_is_told_once_and_a_sweep_without_news_not_at_all(
    storage: str, app_folder: Path, boxes: Inboxes
) -> None:
    tenant = a_tenant()
    async with serving(storage, app_folder, tenant) as system:
        await system.sweep()
        await settled(system)
        for _ in range(2):
            assert boxes.kinds == ["baseline"]
            assert boxes.words == []
            assert len(boxes.cards) == 1
            await system.sweep()
            await settled(system)
            await look(system)
    (event,), (card,) = boxes.events, boxes.cards
    stand = standing(tenant)
    assert {(group["reason"], group["devices"]) for group in event["groups"]} == {
        (reason, sum(r == reason for _, r in stand)) for _, reason in stand
    }
    assert not any(name in card for name, _ in stand)


@pytest.mark.usefixtures("_the_first_change_is_told_at_once")
async def test_a_repaired_device_is_told_clear_once_and_its_relapse_within_a_day_is_not_told(
    storage: str, app_folder: Path, boxes: Inboxes
) -> None:
    tenant = a_tenant()
    device = drawn(tenant, blocked=True)[0]
    async with serving(storage, app_folder, tenant) as system:
        await system.sweep()
        await system.poll()
        await settled(system)
        give_build(tenant, device, NEW_BUILD)
        await system.poll()
        await settled(system)
        assert boxes.kinds == ["baseline", "changes"]
        assert boxes.words == [(device.name, BUILD, "cleared")]
        assert device.name in boxes.cards[-1]

        for build in (device.os_version, NEW_BUILD):
            give_build(tenant, device, build)
            await system.poll()
            await look(system)
        assert boxes.words == [(device.name, BUILD, "cleared")]
        assert len(boxes.cards) == 2


async def test_a_digest_reaches_each_channel_once_whatever_was_answered_first(
    storage: str, app_folder: Path, boxes: Inboxes
) -> None:
    boxes.script |= {"teams": [500, 500, 429], "webhook": [429, 503]}
    async with serving(storage, app_folder, a_tenant()) as system:
        await system.sweep()
        await settled(system)
        assert boxes.kinds == ["baseline"]
        (id,) = {event["digest"] for event in boxes.events}
        for channel in CHANNELS:
            (accepted,) = boxes.accepted[channel]
            assert set(boxes.refused[channel]) == {accepted}
            record, _ = await system.stored.deliveries.read(id, channel)
            assert record is not None
            assert record.state == "sent"
            assert MARK not in repr(record)
        assert (len(boxes.refused["teams"]), len(boxes.refused["webhook"])) == (3, 2)


async def test_a_change_of_everything_is_one_message_with_its_cause_until_a_sweep_confirms_it(
    storage: str, app_folder: Path, boxes: Inboxes
) -> None:
    tenant = a_tenant()
    async with serving(storage, app_folder, tenant) as system:
        await system.sweep()
        await system.poll()
        await settled(system)
        before = standing(tenant)
        by = Actor("helpdesk@contoso.example")
        apply(tenant.graph, Change(restore_state="disabled", by=by))
        await system.poll()
        await settled(system)
        assert sorted(boxes.kinds) == ["baseline", "storm", "tenant"]
        assert boxes.words == []
        (storm,) = (event["storm"] for event in boxes.events if event["kind"] == "storm")
        assert storm["state"] == "held"
        assert "the restore setting" in storm["causes"][0]
        (tenant_event,) = (event for event in boxes.events if event["kind"] == "tenant")
        assert [each["by_user"] for each in tenant_event["tenant"]] == [by.user]

        await system.sweep()
        await settled(system)
        await look(system)
    assert sorted(boxes.kinds) == ["baseline", "storm", "sweep", "tenant"]
    assert boxes.events[-1]["storm"]["state"] == "confirmed"
    assert len(boxes.words) == len(set(boxes.words))
    assert set(boxes.words) == difference(before, standing(tenant))


async def test_an_exempt_device_is_counted_and_not_told(
    storage: str, app_folder: Path, boxes: Inboxes
) -> None:
    tenant = a_tenant()
    exempt, other = drawn(tenant, blocked=False)[:2]
    today = datetime.now(UTC).date()
    exemption = named(
        Exemption("", None, "Zoë", "It is replaced soon.", today, today, device=exempt.name), ()
    )
    async with serving(storage, app_folder, tenant) as system:
        await system.sweep()
        await system.poll()
        await settled(system)
        before = standing(tenant)
        await system.stored.settings_files.write_exemptions(write_exemptions((exemption,)), None)
        for device in (exempt, other):
            give_build(tenant, device, OLD_BUILD)
        await system.poll()
        await look(system)
    told = {word for word in difference(before, standing(tenant)) if word[0] == other.name}
    assert set(boxes.words) == told
    assert {word[0] for word in boxes.words} == {other.name}
    (event,) = (event for event in boxes.events if event["kind"] == "changes")
    assert (event["devices"], event["exempt"]) == (1, 1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here")
async def test_a_composition_killed_at_any_call_is_made_up_for_and_nothing_is_told_twice(
    storage: str, app_folder: Path, boxes: Inboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_FLAP_HOURS", "0")
    tenant = a_tenant()
    device = drawn(tenant, blocked=False)[0]
    builds = cycle((OLD_BUILD, device.os_version))
    due: list[set[Word]] = []
    left_over = 0
    async with (
        serving(storage, app_folder, tenant) as system,
        doomed_runs(app_folder, WATCH, system.environ) as compositions,
    ):
        await system.sweep()
        await system.poll()
        await settled(system)
        for call in count(FIRST_CALL):
            if len(due) < len(boxes.cards):
                before = standing(tenant)
                give_build(tenant, device, next(builds))
                due.append(difference(before, standing(tenant)))
                await system.poll()
            killed = await compositions.killed_before(call)
            state, _ = await system.stored.telling.state()
            assert state is not None
            left_over += bool(state.outbox)
            if not killed:
                break
            if state.number > len(due):
                await look(system)
        await look(system)
    assert [words_of(event) for event in boxes.events] == [set(), *due]
    assert len(boxes.cards) == len(boxes.events)
    assert left_over >= LEAST_LEFT_OVER
