"""The timer trigger: waiting for the next occurrence, and catching up on a missed one."""

import asyncio
import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec
from azure.core.exceptions import AzureError
from azure.functions.meta import Datum

from local.host.app import App
from local.host.functions import Function
from local.host.ncrontab import Ncrontab
from local.host.settings import expand
from local.host.timer_status import NEVER, TimerStatus, TimerStatuses
from shared.errors import InputError

log = logging.getLogger("local.host")
_LONGEST_SLEEP = 60.0
"""A sleeping laptop stops the loop's clock, so the wall clock is looked at again and again."""


def schedule_of(function: Function, settings: Mapping[str, str]) -> Ncrontab:
    """Read a timer's schedule. Raises SettingsError or InputError naming the function."""
    expression = expand(function.trigger["schedule"], settings, function.name)
    try:
        return Ncrontab(expression)
    except InputError as error:
        raise InputError(f"function {function.name} cannot be scheduled: {error}") from error


class TimerListener:
    """Serves one timer until `stopping` is done; occurrences are in UTC and never overlap.

    An occurrence missed while no host ran fires once, past due, as soon as one does. The status
    is written after each run, so a host that is killed in the middle of one runs it again.
    """

    def __init__(
        self, app: App, function: Function, schedule: Ncrontab, statuses: TimerStatuses
    ) -> None:
        self._app = app
        self._function = function
        self._schedule = schedule
        self._statuses = statuses
        monitored = function.trigger.get("useMonitor")
        self._monitored = _recurs_slowly(schedule) if monitored is None else bool(monitored)
        self._status: TimerStatus | None = None

    async def run(self, stopping: asyncio.Future[None]) -> None:
        """Fire at every occurrence, and at once if one was missed or runOnStartup says so."""
        due = await self._resume()
        past_due = due <= datetime.now(UTC)
        if past_due or self._function.trigger.get("runOnStartup"):
            await self._occur(past_due=past_due)
        while not stopping.done():
            due = self._schedule.next_after(datetime.now(UTC))
            if await _reached(due, stopping):
                await self._occur(past_due=False)

    async def _resume(self) -> datetime:
        """Find the occurrence that is due next, which may lie in the past."""
        now = datetime.now(UTC)
        if not self._monitored:
            return self._schedule.next_after(now)
        status = await self._read()
        if status is not None:
            since = status.last_updated if status.last == NEVER else status.last
            expected = self._schedule.next_after(since.astimezone(UTC))
            if status.next == expected:
                self._status = status
                return expected
        # On the first start, and after the schedule was changed, nothing has been missed.
        self._status = TimerStatus(NEVER, self._schedule.next_after(now), now)
        await self._statuses.write(self._function.name, self._status)
        return self._status.next

    async def _read(self) -> TimerStatus | None:
        try:
            return await self._statuses.read(self._function.name)
        except msgspec.DecodeError as error:
            log.warning("%s has an unreadable timer status: %s", self._function.name, error)
            return None

    async def _occur(self, *, past_due: bool) -> None:
        began = datetime.now(UTC)
        try:
            await self._app.invoke(self._function, timer_datum(self._status, past_due=past_due))
        except Exception:
            log.exception("%s failed", self._function.name)
        if not self._monitored:
            return
        self._status = TimerStatus(began, self._schedule.next_after(began), began)
        try:
            await self._statuses.write(self._function.name, self._status)
        except AzureError as error:
            log.warning(
                "%s: its timer status was not written, so this run may be repeated: %s",
                self._function.name,
                error.message,
            )


def timer_datum(status: TimerStatus | None, *, past_due: bool) -> Datum:
    """Write what the host tells the worker about a timer."""
    said = {
        "Schedule": {"AdjustForDST": True},
        "ScheduleStatus": msgspec.to_builtins(status),
        "IsPastDue": past_due,
    }
    return Datum(json.dumps(said), "json")


async def _reached(due: datetime, stopping: asyncio.Future[None]) -> bool:
    """Wait for a moment; False when the host stops first."""
    while not stopping.done():
        left = (due - datetime.now(UTC)).total_seconds()
        if left <= 0:
            return True
        await asyncio.wait({stopping}, timeout=min(left, _LONGEST_SLEEP))
    return False


def _recurs_slowly(schedule: Ncrontab) -> bool:
    """Tell whether the real host would monitor the timer unasked: not below one minute."""
    first = schedule.next_after(datetime.now(UTC))
    return schedule.next_after(first) - first >= timedelta(minutes=1)
