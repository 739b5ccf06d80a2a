"""What a composition hands on goes to each channel in order, whoever hands it on, how often."""

from datetime import UTC, datetime

import pytest

from shared.domain.telling import TellingState
from shared.errors import StorageError
from shared.use_cases.outbox import send_outbox
from tests.delivery_fakes import FakeDeliveries
from tests.fakes import Calls, FakeQueue, FakeSweeps
from tests.snapshot_fakes import FakeOverlay, FakeSnapshots
from tests.telling_fakes import FakeTelling

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Desk:
    """A state of telling, and what is needed to hand on its outbox."""

    def __init__(self, state: TellingState) -> None:
        self.calls = Calls()
        overlay = FakeOverlay(self.calls)
        snapshots = FakeSnapshots(self.calls, FakeSweeps(self.calls), overlay)
        self.telling = FakeTelling(self.calls, snapshots, overlay)
        self.deliveries = FakeDeliveries(self.calls, lambda: NOON)
        self.telling.put(state)

    async def send(self) -> TellingState:
        """Hand on what is in the outbox."""
        state, etag = await self.telling.state()
        assert state is not None
        sent, _ = await send_outbox(
            NOON,
            state,
            etag,
            telling=self.telling,
            deliveries=self.deliveries,
            queue=FakeQueue(self.calls),
        )
        return sent

    def after(self, digest: str, channel: str) -> str | None:
        """Which digest another one waits for."""
        return self.deliveries.record(digest, channel).after


def desk(*outbox: tuple[str, str], urgent: tuple[str, ...] = ()) -> Desk:
    return Desk(TellingState(7, outbox=outbox, urgent=urgent, last={"teams": "d1"}))


async def test_each_digest_follows_the_one_before_it_on_its_channel() -> None:
    to = desk(("d2", "teams"), ("d2", "mail"), ("d3", "teams"), ("d3", "mail"))
    emptied = await to.send()
    assert emptied == TellingState(7, last={"teams": "d3", "mail": "d3"})
    assert (to.after("d2", "teams"), to.after("d3", "teams")) == ("d1", "d2")
    assert (to.after("d2", "mail"), to.after("d3", "mail")) == (None, "d2")


async def test_an_urgent_digest_neither_waits_nor_is_waited_for() -> None:
    to = desk(("ops", "teams"), ("d2", "teams"), urgent=("ops",))
    emptied = await to.send()
    assert emptied == TellingState(7, last={"teams": "d2"})
    assert (to.after("ops", "teams"), to.after("d2", "teams")) == (None, "d1")


@pytest.mark.parametrize("call", ["deliveries.write", "queue.send", "telling.commit"])
async def test_the_order_stays_the_same_when_somebody_else_goes_on(call: str) -> None:
    to = desk(("d2", "teams"), ("d3", "teams"))
    to.calls.fail(call, StorageError("storage is busy"))
    with pytest.raises(StorageError):
        await to.send()
    await to.send()
    assert (to.after("d2", "teams"), to.after("d3", "teams")) == ("d1", "d2")
