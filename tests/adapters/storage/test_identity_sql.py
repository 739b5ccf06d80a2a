"""The SQL says of two devices, and of two readings, what domain/known_device.py says."""

from datetime import datetime, timedelta

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.adapters.storage.identity_sql import MACROS
from shared.domain.guid_index import NIL
from shared.domain.known_device import NO_SERIALS, entra_key, is_fresher, serial_key

NINE = datetime(2026, 11, 22, 9)  # noqa: DTZ001 - DuckDB's timestamps have no zone

printable = st.text(st.sampled_from(" \t\n-._0123456789abcxyzABCXYZ'é漢\x1f"), max_size=8)
placeholders = st.sampled_from(sorted(NO_SERIALS)).map(lambda p: f" {p.upper()}. ")
times = st.integers(0, 2).map(lambda hours: NINE + timedelta(hours=hours))


FEW = settings(max_examples=25)
"""Every example opens a database, and asks it about many values."""


def asked(call: str, rows: list[tuple[object, ...]]) -> list[object]:
    with duckdb.connect() as db:
        db.execute(MACROS)
        return [
            answer for row in rows for (answer,) in db.execute(f"SELECT {call}", row).fetchall()
        ]


@FEW
@given(st.lists(st.one_of(st.none(), printable, placeholders), max_size=20))
def test_serial_numbers_are_compared_alike(serials: list[str | None]) -> None:
    answers = asked("serial_key(?::VARCHAR)", [(serial,) for serial in serials])
    assert answers == [serial_key(serial) for serial in serials]


@FEW
@given(st.lists(st.none() | st.sampled_from(["", NIL]) | st.uuids().map(lambda u: str(u).upper())))
def test_entra_ids_are_compared_alike(ids: list[str | None]) -> None:
    answers = asked("entra_key(?::VARCHAR)", [(id,) for id in ids])
    assert answers == [entra_key(id) for id in ids]


@FEW
@given(st.lists(st.tuples(times, st.none() | times, times, st.none() | times)))
def test_readings_are_compared_alike(
    pairs: list[tuple[datetime, datetime | None, datetime, datetime | None]],
) -> None:
    call = "is_fresher(?::TIMESTAMP, ?::TIMESTAMP, ?::TIMESTAMP, ?::TIMESTAMP)"
    assert asked(call, [*pairs]) == [is_fresher(*pair) for pair in pairs]
