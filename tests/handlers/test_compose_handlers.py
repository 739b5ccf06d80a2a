"""What has people told: a message after a sweep or changes, and a timer in any case."""

import logging
from types import SimpleNamespace

import azure.functions as func
import pytest
from azure.functions.queue import QueueMessage
from azure.functions.timer import TimerRequest

from handlers.compose_digests import compose_digests
from handlers.watch_health import watch_health
from shared import bootstrap
from shared.domain.restore_change import Applying, Approved
from shared.errors import MessageError
from shared.messages import ComposeDigests, SettleChange, encode
from shared.ports import Fitness
from tests.restore_builders import ANNA, BEN, NOON, planned
from tests.restore_world import RestoreWorld
from tests.telling_world import BUILD, TellingWorld


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, restore: RestoreWorld) -> TellingWorld:
    """A world that the handlers take for the app."""
    made = TellingWorld()
    storage = SimpleNamespace(
        telling=made.telling,
        windows=made.windows,
        snapshots=made.snapshots,
        sweeps=made.sweeps,
        feed=made.feed,
        deliveries=made.deliveries,
        poison=made.poison,
        settings_files=made.files,
        queue=made.queue,
        audit=made.audit,
    )
    notify = SimpleNamespace(terms=made.terms, settings=made.settings)
    app = SimpleNamespace(notify=notify, storage=storage, restore=restore.control)
    monkeypatch.setattr(bootstrap, "app", lambda: app)
    made.sweep()
    return made


@pytest.fixture
def restore() -> RestoreWorld:
    """A world in which the restore setting is changed, with an audit of its own."""
    return RestoreWorld()


def arriving(body: bytes) -> func.QueueMessage:
    """Build a message as the worker hands it over."""
    return QueueMessage(body=body)  # type: ignore[no-untyped-call]


async def test_a_message_has_people_told_and_its_reason_logged(
    world: TellingWorld, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await compose_digests(arriving(encode(ComposeDigests("sweep 7 is complete")).encode()))
    assert world.state.number == 1
    assert {channel for _, channel in world.sent()} == {"teams"}
    assert "Composed (sweep 7 is complete): " in caplog.text


async def test_the_timer_has_people_told_too(world: TellingWorld) -> None:
    await watch_health(TimerRequest(past_due=False))
    assert world.state.sweep is not None


async def test_the_timer_has_forgotten_changes_looked_at(
    world: TellingWorld, restore: RestoreWorld
) -> None:
    for who, event in ((ANNA, planned()), (BEN, Approved("c1")), (ANNA, Applying("c1"))):
        restore.audit.put(NOON, who, event)
    await watch_health(TimerRequest(past_due=False))
    assert [sent.message for sent in restore.queue.sent] == [SettleChange("c1", NOON, once=True)]


async def test_what_the_write_identity_may_is_asked_and_told(
    world: TellingWorld, restore: RestoreWorld
) -> None:
    restore.setting.fit = Fitness(configured=True, permission="no", role="yes")
    await watch_health(TimerRequest(past_due=False))
    assert "The write identity" in world.state.notices


async def test_no_two_runs_call_themselves_the_same(world: TellingWorld) -> None:
    await watch_health(TimerRequest(past_due=False))
    first = world.state.told
    world.block(["d1"], BUILD)
    await world.assess("d1")
    await watch_health(TimerRequest(past_due=False))
    second = world.state.told
    assert first is not None
    assert second is not None
    assert first.partition("-")[2] != second.partition("-")[2]


async def test_a_malformed_message_is_refused_before_anything_is_built(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bootstrap, "app", lambda: pytest.fail("the app was built"))
    with pytest.raises(MessageError, match="a ComposeDigests message cannot be read"):
        await compose_digests(arriving(b"{}"))
