"""A sweep is followed to its end, whatever becomes of the host on the way."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec import Struct
from msgspec.structs import replace
from rich.console import Console

from local.sweep import follow as following
from local.sweep.follow import Progress, Teller, follow
from local.sweep.programs import Host
from shared.domain.sweep import ActiveSweep, PageInStorage, Sweep, SweepState
from shared.errors import ReadinessError
from shared.ports import Sweeps
from tests.report.fleets import STARTED
from tests.report.fleets import sweep as fresh_sweep

NOBODY = ActiveSweep()
RUNNING = ActiveSweep("new", STARTED, begun=True)
CLAIMED = ActiveSweep("new", STARTED, begun=False)


def a_sweep(id: str = "new", state: SweepState = "paging") -> Sweep:
    return replace(fresh_sweep(), id=id, state=state)


class Moment(Struct):
    """What storage shows at one look."""

    active: ActiveSweep = NOBODY
    records: tuple[Sweep, ...] = ()
    pages: tuple[PageInStorage, ...] = ()


class FakeSweeps:
    """Sweeps that go on by one moment at each look, and stay at the last one."""

    def __init__(self, *moments: Moment) -> None:
        self.moments = moments
        self.looks = -1

    @property
    def now(self) -> Moment:
        return self.moments[min(max(self.looks, 0), len(self.moments) - 1)]

    async def active(self) -> ActiveSweep:
        self.looks += 1
        return self.now.active

    async def last(self) -> Sweep | None:
        return self.now.records[-1] if self.now.records else None

    async def read(self, sweep: str) -> Sweep | None:
        return next((record for record in self.now.records if record.id == sweep), None)

    async def pages(self, sweep: str) -> Sequence[PageInStorage]:
        return self.now.pages


class FakeHost:
    """A host that is dead at the looks given."""

    log = Path("host.log")

    def __init__(self, *alive: bool) -> None:
        self.alive = list(alive)
        self.did: list[str] = []

    @property
    def running(self) -> bool:
        return self.alive.pop(0) if self.alive else True

    def fire(self, function: str) -> None:
        self.did.append(f"fire {function}")

    def start(self) -> None:
        self.did.append("start")


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "EVERY", 0)
    monkeypatch.setattr(following, "SAID_EVERY", -1)


async def followed(host: FakeHost, *moments: Moment) -> tuple[Sweep, str]:
    out = io.StringIO()
    sweeps = cast("Sweeps", FakeSweeps(*moments))
    ended = await follow(cast("Host", host), sweeps, Console(file=out, width=200))
    return ended, out.getvalue()


def pages(*devices: int, last: bool = False, **differing: Any) -> tuple[PageInStorage, ...]:
    values: dict[str, Any] = {"throttled": 0, "waited": 0.0} | differing
    read = [PageInStorage(n, count, **values) for n, count in enumerate(devices, start=1)]
    return (*read[:-1], replace(read[-1], last=last))


READING = Moment(RUNNING, (a_sweep(),), pages(1_000, 1_000))
MERGING = Moment(RUNNING, (a_sweep(),), pages(1_000, 1_000, 500, last=True))
DONE = Moment(NOBODY, (a_sweep(state="complete"),))


async def test_it_fires_the_sweep_once_and_returns_how_it_ended() -> None:
    host = FakeHost()

    ended, _ = await followed(host, Moment(), Moment(CLAIMED), READING, MERGING, DONE)

    assert (ended.id, ended.state) == ("new", "complete")
    assert host.did == ["fire nightly_sweep"]


async def test_it_tells_pages_and_devices_on_the_way_and_at_the_end() -> None:
    _, told = await followed(FakeHost(), Moment(), READING, MERGING, DONE)

    reading, *_, last = told.splitlines()
    assert reading.startswith("Reading: 2 pages, 2,000 devices")
    assert last.startswith("Merging: 3 pages, 2,500 devices")


async def test_pages_that_are_removed_at_the_end_do_not_count_backwards() -> None:
    tidying = Moment(RUNNING, (a_sweep(),), ())

    _, told = await followed(FakeHost(), Moment(), MERGING, tidying, DONE)

    assert "0 pages" not in told


async def test_it_tells_how_often_graph_throttled_and_for_how_long() -> None:
    throttled = Moment(RUNNING, (a_sweep(),), pages(10, 10, throttled=4, waited=30.0))

    _, told = await followed(FakeHost(), Moment(), throttled, DONE)

    assert "Graph throttled 8 calls (60 s)" in told


@pytest.mark.parametrize("state", ["partial", "failed"])
async def test_a_sweep_that_did_not_complete_is_returned_as_it_is(state: SweepState) -> None:
    ended, _ = await followed(
        FakeHost(), Moment(), READING, Moment(NOBODY, (a_sweep(state=state),))
    )

    assert ended.state == state


async def test_a_sweep_over_before_anybody_looked_is_found_by_its_record() -> None:
    before = a_sweep("old", "complete")

    ended, _ = await followed(
        FakeHost(),
        Moment(records=(before,)),
        Moment(records=(before, a_sweep(state="complete"))),
    )

    assert ended.id == "new"


async def test_an_earlier_sweep_is_never_taken_for_this_one() -> None:
    old = Moment(records=(a_sweep("old", "complete"),))

    ended, _ = await followed(FakeHost(), old, old, old, READING, DONE)

    assert ended.id == "new"


async def test_a_sweep_left_behind_goes_on() -> None:
    ended, told = await followed(FakeHost(), READING, READING, DONE)

    assert ended.state == "complete"
    assert "Sweep new was interrupted; it goes on." in told


async def test_a_host_that_dies_is_started_again_and_the_sweep_is_not_fired_twice() -> None:
    host = FakeHost(False, True)

    ended, told = await followed(host, Moment(), READING, READING, DONE)

    assert ended.state == "complete"
    assert host.did == ["fire nightly_sweep", "start"]
    assert "is started again" in told


async def test_a_host_that_dies_before_the_sweep_began_is_asked_again() -> None:
    host = FakeHost(False, True)

    await followed(host, Moment(), Moment(), READING, DONE)

    assert host.did == ["fire nightly_sweep", "start", "fire nightly_sweep"]


async def test_a_host_that_dies_again_and_again_is_given_up() -> None:
    with pytest.raises(ReadinessError, match="died 6 times"):
        await followed(FakeHost(*[False] * 99), Moment(), READING)


async def test_a_terminal_gets_its_cursor_back_when_a_sweep_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    out = io.StringIO()
    console = Console(file=out, width=200, force_terminal=True, legacy_windows=False)
    host = cast("Host", FakeHost(*[False] * 99))

    with pytest.raises(ReadinessError):
        await follow(host, cast("Sweeps", FakeSweeps(Moment(), READING)), console)

    assert out.getvalue().rfind("\x1b[?25h") > out.getvalue().rfind("\x1b[?25l") > -1


async def test_a_sweep_that_never_begins_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "START_PATIENCE", -1)

    with pytest.raises(ReadinessError, match="did not begin"):
        await followed(FakeHost(), Moment())


def told_at(*looks: tuple[float, int]) -> list[str]:
    """What is told of a standstill when so many pages are seen at these seconds."""
    out = io.StringIO()
    seconds = 0.0
    teller = Teller(Console(file=out, width=200), Path("host.log"), lambda: seconds)
    for seconds, pages in looks:  # noqa: B007 - the teller's clock reads it
        teller.tell(Progress("reading", pages))
    return [line for line in out.getvalue().splitlines() if "Nothing has moved" in line]


def test_each_minute_without_progress_is_told_once_and_names_the_hosts_log() -> None:
    assert told_at((0, 1), (59, 1), (61, 1), (62, 1), (121, 1)) == [
        "Nothing has moved for 1 min; the host's log says why: host.log",
        "Nothing has moved for 2 min; the host's log says why: host.log",
    ]


def test_the_minutes_are_counted_from_the_last_progress() -> None:
    assert told_at((0, 1), (50, 2), (100, 3), (159, 3)) == []
    (again,) = told_at((0, 1), (61, 1), (62, 2), (121, 2))
    assert "1 min" in again


def test_a_sweep_that_does_not_begin_is_a_standstill_too() -> None:
    assert len(told_at((0, 0), (61, 0))) == 1
