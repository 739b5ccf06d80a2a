"""A digest's lines as rows of a relation named `lines`, and the groups they make."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, get_args

import duckdb
import msgspec

from shared.domain.digest import Group, Line, Severity

_GRAVITY = f"change = 'cleared', list_position({list(get_args(Severity))}, severity)"
COLUMNS = ", ".join(Line.__struct_fields__)
WORST_FIRST = f"{_GRAVITY}, since, name NULLS LAST, device, reason, change"

GROUPS = f"""
FROM (SELECT reason, change, severity, count(*) AS devices FROM lines GROUP BY ALL)
ORDER BY {_GRAVITY}, devices DESC, reason, change
"""  # noqa: S608 - our own order

EXAMPLES = f"""
SELECT {COLUMNS} FROM lines
QUALIFY row_number() OVER (PARTITION BY reason, change ORDER BY {WORST_FIRST}) <= $most
ORDER BY {WORST_FIRST}
"""  # noqa: S608 - our own column names

LINES = f"SELECT {COLUMNS} FROM lines ORDER BY {WORST_FIRST} LIMIT $most"  # noqa: S608 - the same

DEVICES = "SELECT count(DISTINCT device) FROM lines"


def groups(db: duckdb.DuckDBPyConnection, most_examples: int) -> tuple[Group, ...]:
    """Group the lines by reason and change, the gravest and then the largest group first."""
    examples: dict[tuple[str, str], list[Line]] = {}
    for line in map(line_of, rows(db, EXAMPLES, {"most": most_examples})):
        examples.setdefault((line.reason, line.change), []).append(line)
    return tuple(
        Group(reason, change, severity, devices, tuple(examples.get((reason, change), ())))
        for reason, change, severity, devices in db.execute(GROUPS).fetchall()
    )


def worst(db: duckdb.DuckDBPyConnection, most: int) -> tuple[Line, ...]:
    """Read the lines most worth looking at."""
    return tuple(map(line_of, rows(db, LINES, {"most": most})))


def devices(db: duckdb.DuckDBPyConnection) -> int:
    """Count the devices that have a line."""
    row = db.execute(DEVICES).fetchone()
    return int(row[0]) if row else 0


def line_of(row: Mapping[str, Any]) -> Line:
    """Build a line of a row, whose times are in UTC without saying so."""
    values = {
        name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
        for name, value in row.items()
    }
    return msgspec.convert(values, Line)


def rows(
    db: duckdb.DuckDBPyConnection, query: str, values: Mapping[str, object] | None = None
) -> Iterator[dict[str, Any]]:
    """Run a query, and give its rows by column."""
    found = db.execute(query, values)
    names = [name for name, *_ in found.description or ()]
    for row in found.fetchall():
        yield dict(zip(names, row, strict=True))
