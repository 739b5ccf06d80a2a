"""What a sweep has people told is waited for, and no longer than it may come by itself."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from msgspec.structs import replace

from local.sweep import digests
from local.sweep.digests import Fate, composed, delivered
from local.sweep.programs import Host
from shared.domain.delivery import Attempt, Delivery
from shared.domain.digest import Digest, DigestKind
from shared.domain.routes import QuietHours
from shared.domain.telling import TellingState
from shared.messages import DIGESTS
from shared.ports import Deliveries, Poison, Telling
from tests.telling_builders import teams

NOW = datetime.now(UTC)
BEFORE = TellingState(6, sweep="last night")
LEAVING = TellingState(7, sweep="tonight", outbox=(("7-sweep", "teams"),))
GONE = TellingState(8, sweep="tonight")


@pytest.fixture(autouse=True)
def _no_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digests, "EVERY", 0)


class Looks:
    """Storage that shows one thing after another, and at last always the same."""

    def __init__(self, *seen: Any) -> None:
        self.seen = list(seen)

    def look(self) -> Any:
        return self.seen.pop(0) if len(self.seen) > 1 else self.seen[0]


class FakeTelling(Looks):
    async def state(self) -> tuple[TellingState | None, str | None]:
        return self.look(), "etag"


class FakePoison(Looks):
    async def counts(self) -> Mapping[str, int]:
        return {DIGESTS: self.look()}


class FakeDeliveries:
    def __init__(self, **channels: Looks) -> None:
        self.channels = channels

    async def read(self, digest: str, channel: str) -> tuple[Delivery | None, str | None]:
        looks = self.channels.get(channel)
        return (looks.look(), "etag") if looks else (None, None)


class FakeHost:
    """A host that dies so often."""

    def __init__(self, deaths: int = 0) -> None:
        self.deaths = deaths
        self.starts = 0

    @property
    def running(self) -> bool:
        return self.starts >= self.deaths

    def start(self) -> None:
        self.starts += 1


def record(state: Any, not_before: datetime | None = None) -> Delivery:
    return Delivery("7", "teams", state, NOW, not_before=not_before)


async def wait(telling: FakeTelling, poison: FakePoison, host: FakeHost) -> bool:
    return await composed(
        "tonight", cast("Host", host), cast("Telling", telling), cast("Poison", poison)
    )


async def fates(
    *looks: Delivery, kind: DigestKind = "sweep", quiet: QuietHours | None = None
) -> list[tuple[str, datetime | None]]:
    channels = [teams("teams", quiet=quiet), teams("not-told")]
    told = await delivered(
        Digest("7", kind, NOW),
        channels,
        cast("Host", FakeHost()),
        cast("Deliveries", FakeDeliveries(teams=Looks(*looks))),
    )
    return [(fate.delivery.state, fate.until) for fate in told]


async def test_it_waits_until_the_sweep_is_spoken_of_and_all_is_on_its_way() -> None:
    telling = FakeTelling(None, BEFORE, LEAVING, LEAVING, GONE)

    assert await wait(telling, FakePoison(0), FakeHost())
    assert telling.seen == [GONE]


async def test_a_host_that_dies_meanwhile_is_started_again() -> None:
    host = FakeHost(deaths=2)

    assert await wait(FakeTelling(BEFORE, BEFORE, BEFORE, GONE), FakePoison(0), host)
    assert host.starts == 2


async def test_a_composition_that_was_given_up_is_not_waited_for() -> None:
    assert not await wait(FakeTelling(BEFORE), FakePoison(1, 1, 2), FakeHost())


async def test_every_channel_that_is_told_is_waited_for() -> None:
    assert await fates(record("pending"), record("sending"), record("sent")) == [("sent", None)]
    assert await fates(record("pending"), record("failed")) == [("failed", None)]


async def test_what_is_soon_tried_again_is_waited_for_and_what_is_put_off_is_not() -> None:
    soon, later = NOW + timedelta(seconds=30), NOW + timedelta(minutes=15)

    assert await fates(record("pending", soon), record("sent")) == [("sent", None)]
    assert await fates(record("unknown", later)) == [("unknown", later)]


async def test_the_end_of_quiet_hours_is_not_waited_for_unless_it_is_urgent() -> None:
    begin, end = (NOW + timedelta(hours=hours) for hours in (-1, 2))
    quiet = QuietHours(begin.time(), end.time())

    assert await fates(record("pending"), quiet=quiet) == [("pending", end)]
    told = await fates(record("pending"), record("sent"), quiet=quiet, kind="operations")
    assert told == [("sent", None)]


def attempted(state: Any, outcome: str, status: int | None, **differing: Any) -> Delivery:
    return replace(record(state), attempts=(Attempt(NOW, outcome, status),), **differing)


def test_a_fate_is_told_in_a_line_with_what_was_answered() -> None:
    later = datetime(2026, 11, 22, 12, 15, tzinfo=UTC)
    fates = [
        Fate(attempted("sent", "sent", 202)),
        Fate(attempted("sent", "nothing to say", None)),
        Fate(attempted("failed", "refused", 404, wrong="the flow was deleted: copy its URL anew")),
        Fate(attempted("pending", "throttled", 429), later),
        Fate(record("pending"), later),
    ]

    assert list(map(str, fates)) == [
        "teams: sent, it answered 202",
        "teams: nothing to say",
        "teams: failed, the flow was deleted: copy its URL anew",
        "teams: throttled, it answered 429, put off until 2026-11-22 12:15 UTC",
        "teams: put off until 2026-11-22 12:15 UTC",
    ]
