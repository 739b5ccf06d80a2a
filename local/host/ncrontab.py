"""NCRONTAB, the timer expressions of Azure Functions: a guard in front of croniter."""

import re
from datetime import datetime
from typing import NamedTuple, NoReturn

from croniter import CroniterBadDateError, croniter  # type: ignore[import-untyped]

from shared.errors import InputError

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_PART = re.compile(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>[1-9]\d*))?", re.ASCII)


class _Field(NamedTuple):
    name: str
    low: int
    high: int
    words: tuple[str, ...] = ()


_FIELDS = (
    _Field("second", 0, 59),
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of the week", 0, 6, _DAYS),
)


class Ncrontab:
    """A schedule: seconds first (optional), and day of month AND day of week.

    Moments keep the time zone they are given in. Raises InputError for what Azure refuses (L, ?,
    #, 7 for Sunday, a year, @daily), for what croniter reads otherwise than Azure (0-0, 40/1,
    22-20), and for what never fires: whatever is accepted means the same to both.
    """

    def __init__(self, expression: str) -> None:
        self.expression = expression
        fields = expression.split()
        if len(fields) == len(_FIELDS) - 1:
            fields.insert(0, "0")
        if len(fields) != len(_FIELDS):
            self._refuse(f"has {len(fields)} fields; write six, such as '0 0 2 * * *'")
        for field, text in zip(_FIELDS, fields, strict=True):
            for part in text.split(","):
                self._check(field, part)
        self._with_seconds = " ".join(fields)
        self.next_after(datetime(2000, 1, 1))  # noqa: DTZ001  Only whether there is one matters.

    def next_after(self, moment: datetime) -> datetime:
        """Find the first occurrence later than `moment`. Raises InputError if there is none."""
        schedule = croniter(self._with_seconds, moment, day_or=False, second_at_beginning=True)
        try:
            occurrence: datetime = schedule.get_next(datetime)
        except CroniterBadDateError as error:
            raise InputError(
                f"the schedule {self.expression!r} never fires; write a day that its months have"
            ) from error
        return occurrence

    def _check(self, field: _Field, part: str) -> None:
        match = _PART.fullmatch(part)
        if match is None:
            self._refuse(f"has {part!r} as its {field.name}; write *, 5, 5-9, */5, 5/5 or 5-9/5")
        if match["first"] is None:
            return
        first = self._value(field, match["first"])
        if match["last"] is None:
            if match["step"] == "1":
                self._refuse(f"has {part!r} as its {field.name}; write {match['first']}")
        elif first >= self._value(field, match["last"]):
            self._refuse(
                f"has {part!r} as its {field.name}; write a range from the lower to the higher "
                "value, two ranges with a comma between them, or a single value"
            )

    def _value(self, field: _Field, text: str) -> int:
        if text.lower() in field.words:
            return field.words.index(text.lower()) + field.low
        if not (text.isdigit() and field.low <= int(text) <= field.high):
            words = f" or {field.words[0]} to {field.words[-1]}" if field.words else ""
            self._refuse(
                f"has {text!r} as its {field.name}; write {field.low} to {field.high}{words}"
            )
        return int(text)

    def _refuse(self, complaint: str) -> NoReturn:
        raise InputError(f"the schedule {self.expression!r} {complaint}")
