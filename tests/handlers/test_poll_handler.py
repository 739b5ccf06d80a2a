"""The poll's trigger makes one call of one use case, and decides nothing."""

from types import SimpleNamespace

import pytest
from azure.functions.timer import TimerRequest

from handlers.poll_device_changes import poll_device_changes
from shared import bootstrap
from shared.messages import DeviceChanges
from shared.ports import DeltaPage
from tests.feed_fakes import guid, objects
from tests.world import LAST_NAME, LAST_NIGHT, REREAD_AFTER, TERMS, World


async def test_the_timer_polls_once_as_of_this_second(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.snapshots.point_at(LAST_NAME, LAST_NIGHT)
    app = SimpleNamespace(
        terms=TERMS,
        reread_after=REREAD_AFTER,
        changes=world.changes,
        tenant=world.tenant,
        storage=SimpleNamespace(
            queue=world.queue,
            sweeps=world.sweeps,
            snapshots=world.snapshots,
            feed=world.feed,
            audit=world.audit,
        ),
    )
    monkeypatch.setattr(bootstrap, "app", lambda: app)

    await poll_device_changes(TimerRequest(past_due=True))
    assert world.feed.state is not None
    polled = world.feed.state.polled
    assert polled is not None
    assert polled.microsecond == 0
    assert polled.utcoffset() is not None

    world.changes.pages["latest"] = DeltaPage(objects([1]), delta_link="later")
    await poll_device_changes(TimerRequest(past_due=False))
    assert world.queue.sent[-1].message == DeviceChanges((guid(1001),))
