"""Tables that people wrote are read, or everything that is wrong with them is told at once."""

from datetime import date, time
from typing import Any, Literal

import pytest
from msgspec import Struct

from shared.use_cases.read_table import read_table


class Inner(Struct, forbid_unknown_fields=True):
    at: time


class Thing(Struct, forbid_unknown_fields=True):
    name: str
    day: date
    kinds: tuple[Literal["a", "b"], ...] = ()
    inner: Inner | None = None


def told(**differing: Any) -> list[str]:
    thing, faults = read_table({"name": "x", "day": "2026-11-22"} | differing, Thing)
    assert thing is None
    return [str(fault) for fault in faults]


def test_a_sound_table_becomes_a_struct() -> None:
    table = {"name": "x", "day": date(2026, 11, 22), "kinds": ["b"], "inner": {"at": "22:00:00"}}
    made = Thing("x", date(2026, 11, 22), ("b",), Inner(time(22)))
    assert read_table(table, Thing) == (made, [])


@pytest.mark.parametrize(
    ("differing", "said"),
    [
        ({"nmae": "x"}, "nmae is not known: did you mean 'name'?"),
        ({"a\x1b[2J": 1}, r"'a\x1b[2J' is not known: known are day, inner, kinds, name"),
        ({"name": 3}, "name cannot be read: Expected `str`, got `int`"),
        ({"day": "tomorrow"}, "day cannot be read: it must be a date such as 2026-11-22"),
        ({"kinds": ["a", "s3cr3t"]}, "kinds[2] cannot be read: it must be one of a, b"),
        ({"kinds": "a"}, "kinds cannot be read: Expected `array`, got `str`"),
        ({"inner": {"at": "x"}}, "inner.at cannot be read: it must be a time such as 22:00"),
    ],
)
def test_a_fault_is_told_by_its_path_without_the_value(
    differing: dict[str, Any], said: str
) -> None:
    assert told(**differing) == [said]


def test_all_faults_are_told_at_once() -> None:
    thing, faults = read_table({"kinds": 1, "more": 2}, Thing)
    assert thing is None
    assert [fault.field for fault in faults] == ["more", "name", "day", "kinds"]


def test_what_is_no_table_says_so() -> None:
    assert [str(fault) for fault in read_table([1], Thing)[1]] == ["is not a table of fields"]
