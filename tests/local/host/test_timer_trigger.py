import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import azure.functions as func
import pytest
from azure.functions.timer import TimerRequest

from local.host.ncrontab import Ncrontab
from local.host.timer_status import NEVER, TimerStatus, TimerStatuses
from shared.errors import InputError, SettingsError
from tests.local.host.conftest import AppFolder, until

TIMER_APP = """
import azure.functions as func
app = func.FunctionApp()

@app.timer_trigger(arg_name="timer", schedule="%SCHEDULE%"{options})
async def nightly(timer: func.TimerRequest) -> None:
    await behave(timer)
"""
NIGHTLY = "0 0 2 * * *"


@pytest.fixture
def timer_app(app_folder: AppFolder) -> AppFolder:
    app_folder.write(TIMER_APP.format(options=""))
    app_folder.settings["SCHEDULE"] = NIGHTLY
    app_folder.settings["AzureFunctionsWebHost__hostid"] = app_folder.settings["QUEUE"]
    return app_folder


@pytest.fixture
async def statuses(timer_app: AppFolder) -> AsyncIterator[TimerStatuses]:
    settings = timer_app.settings
    kept = TimerStatuses(settings["AzureWebJobsStorage"], settings["QUEUE"])
    yield kept
    await kept.close()


async def runs_until(
    app: AppFolder, condition: Callable[[list[func.TimerRequest]], bool]
) -> list[func.TimerRequest]:
    """Serve the app until its runs are as wished, and give the runs."""
    runs: list[func.TimerRequest] = []

    async def behave(timer: func.TimerRequest) -> None:
        runs.append(timer)

    async with app.host(behave).serving(0):
        await until(lambda: condition(runs))
    return runs


async def runs_before_it_waits(
    app: AppFolder, statuses: TimerStatuses, *, then: datetime
) -> list[func.TimerRequest]:
    """Serve the app until its timer waits for `then`, and give the runs."""
    runs: list[func.TimerRequest] = []

    async def behave(timer: func.TimerRequest) -> None:
        runs.append(timer)

    async def waits() -> bool:
        status = await statuses.read("nightly")
        return status is not None and status.next == then

    async with app.host(behave).serving(0):
        await until(waits)
    return runs


def next_night() -> datetime:
    return Ncrontab(NIGHTLY).next_after(datetime.now(UTC))


def ran(last: datetime) -> TimerStatus:
    return TimerStatus(last, Ncrontab(NIGHTLY).next_after(last), last)


async def test_a_timer_that_never_ran_waits_for_its_next_occurrence(
    timer_app: AppFolder, statuses: TimerStatuses
) -> None:
    assert await runs_before_it_waits(timer_app, statuses, then=next_night()) == []
    status = await statuses.read("nightly")
    assert status is not None
    assert status.last == NEVER


async def test_missed_occurrences_fire_once_past_due(
    timer_app: AppFolder, statuses: TimerStatuses
) -> None:
    missed = ran(datetime.now(UTC) - timedelta(days=3))
    await statuses.write("nightly", missed)
    (run,) = await runs_before_it_waits(timer_app, statuses, then=next_night())
    assert isinstance(run, TimerRequest)
    assert run.past_due
    assert datetime.fromisoformat(run.schedule_status["Last"]) == missed.last
    assert await runs_before_it_waits(timer_app, statuses, then=next_night()) == []


async def test_an_occurrence_missed_before_the_first_run_fires_past_due(
    timer_app: AppFolder, statuses: TimerStatuses
) -> None:
    first_seen = datetime.now(UTC) - timedelta(days=2)
    due = Ncrontab(NIGHTLY).next_after(first_seen)
    await statuses.write("nightly", TimerStatus(NEVER, due, first_seen))
    (run,) = await runs_before_it_waits(timer_app, statuses, then=next_night())
    assert run.past_due


async def test_a_changed_schedule_has_missed_nothing(
    timer_app: AppFolder, statuses: TimerStatuses
) -> None:
    last = datetime.now(UTC) - timedelta(days=3)
    await statuses.write("nightly", TimerStatus(last, last + timedelta(hours=1, seconds=7), last))
    assert await runs_before_it_waits(timer_app, statuses, then=next_night()) == []


async def test_a_run_cut_short_by_a_kill_is_repeated(
    timer_app: AppFolder, statuses: TimerStatuses
) -> None:
    await statuses.write("nightly", ran(datetime.now(UTC) - timedelta(days=3)))
    started = asyncio.Event()

    async def endless(timer: func.TimerRequest) -> None:
        started.set()
        await asyncio.Event().wait()

    async with timer_app.host(endless, grace=0.1).serving(0):
        await asyncio.wait_for(started.wait(), 15)
    (run,) = await runs_before_it_waits(timer_app, statuses, then=next_night())
    assert run.past_due


async def test_an_unreadable_status_is_told_and_written_anew(
    timer_app: AppFolder, statuses: TimerStatuses, caplog: pytest.LogCaptureFixture
) -> None:
    await statuses.write("nightly", ran(datetime.now(UTC)))
    path = f"timers/{timer_app.settings['QUEUE']}/Host.Functions.nightly/status"
    await statuses._blobs.get_blob_client("azure-webjobs-hosts", path).upload_blob(
        b"{", overwrite=True
    )
    host = timer_app.host()
    async with host.serving(0):
        await until(lambda: "nightly has an unreadable timer status" in caplog.text)


async def test_a_timer_fires_again_and_again_even_when_it_fails(
    timer_app: AppFolder, caplog: pytest.LogCaptureFixture
) -> None:
    timer_app.settings["SCHEDULE"] = "* * * * * *"
    runs: list[bool] = []

    async def behave(timer: func.TimerRequest) -> None:
        runs.append(timer.past_due)
        raise ValueError("bad night")

    async with timer_app.host(behave).serving(0):
        await until(lambda: len(runs) == 2)
    assert runs == [False, False]
    assert "nightly failed" in caplog.text
    assert "bad night" in caplog.text


async def test_run_on_startup_runs_at_once(timer_app: AppFolder) -> None:
    timer_app.write(TIMER_APP.format(options=", run_on_startup=True"))
    (run,) = await runs_until(timer_app, lambda runs: len(runs) == 1)
    assert not run.past_due


async def test_without_timers_nothing_fires_by_itself(
    timer_app: AppFolder, statuses: TimerStatuses
) -> None:
    async with timer_app.host(timers=False).serving(0):
        assert await statuses.read("nightly") is None


def test_a_schedule_setting_that_is_missing_is_named(timer_app: AppFolder) -> None:
    del timer_app.settings["SCHEDULE"]
    with pytest.raises(SettingsError, match="function nightly uses the app setting SCHEDULE"):
        timer_app.host()


def test_a_schedule_that_azure_refuses_is_refused_with_the_function(timer_app: AppFolder) -> None:
    timer_app.settings["SCHEDULE"] = "@daily"
    with pytest.raises(InputError, match=r"function nightly cannot be scheduled.*'@daily'"):
        timer_app.host()
