"""Read who is told what: from the routes file, or from the settings where there is none."""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from msgspec import Struct

from shared.domain.default_routes import default_routes
from shared.domain.fault import Fault
from shared.domain.route_faults import channel_faults, route_faults, target_faults
from shared.domain.routes import Channel, Route, Routes
from shared.errors import InputError, SettingsError
from shared.report.vocabulary import fix_of_blocker
from shared.use_cases.read_table import read_table

S = TypeVar("S", bound=Struct)

SETTINGS = {"to": "MAIL_TO", "sender": "MAIL_FROM", "time_zone": "TIME_ZONE"}
"""Where a channel that the settings make has its fields from."""

MISPLACED = {
    name: Fault(name, "belongs above the first table: TOML takes it for a part of this one")
    for name in ("default", "operations")
}
CLOCK = re.compile(r"\d\d:\d\d")


class _File(Struct, forbid_unknown_fields=True):
    """The outermost table; the tables in its lists are read one by one."""

    channels: list[dict[str, Any]]
    default: tuple[str, ...]
    routes: list[dict[str, Any]] = []
    operations: tuple[str, ...] = ()


def read_routes(text: str | None, settings: Mapping[str, str]) -> Routes:
    """Return the routes of the file, or of the settings where there is no file.

    Raises InputError or SettingsError naming everything that is wrong.
    """
    if text is not None:
        return parse_routes(text)
    routes = default_routes(settings)
    wrong = dict.fromkeys(
        f"{SETTINGS.get(fault.field.partition('[')[0], fault.field)} {fault.says}"
        for channel in routes.channels
        for fault in channel_faults(channel)
    )
    if wrong:
        raise SettingsError(f"the app settings cannot be used: {'; '.join(wrong)}")
    return routes


def parse_routes(text: str) -> Routes:
    """Read a routes file in TOML.

    Raises InputError naming everything that is wrong with it: by its path, in which tables count
    from 1, and what is no TOML by its line. No value is repeated that may be a secret.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"the routes file is no TOML: {error}") from error
    channel_tables, route_tables = _tables(table, "channels"), _tables(table, "routes")
    names = [str(entry.get("name")) for entry in channel_tables]
    file, wrong = read_table(table, _File)
    if file is not None:
        wrong += _file_faults(file, names)
    channels = _structs("channels", channel_tables, Channel, channel_faults, wrong)
    check = partial(route_faults, channels=names, reasons=fix_of_blocker())
    routes = _structs("routes", route_tables, Route, check, wrong)
    if file is None or wrong:
        raise InputError(
            "the routes file cannot be used (tables count from 1):\n  "
            + "\n  ".join(map(str, wrong))
        )
    return Routes(channels, file.default, routes, file.operations)


def _tables(table: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the tables of a list; what is none is told of where the whole file is read."""
    entries = table.get(name)
    tables = entries if isinstance(entries, list) else []
    return [_with_seconds(entry) for entry in tables if isinstance(entry, dict)]


def _structs(
    name: str,
    tables: Iterable[dict[str, Any]],
    kind: type[S],
    faults: Callable[[S], Iterable[Fault]],
    wrong: list[Fault],
) -> tuple[S, ...]:
    """Read each table of a list, adding to what is `wrong`."""
    structs = []
    for number, table in enumerate(tables, start=1):
        struct, found = read_table(table, kind)
        if struct is not None:
            structs.append(struct)
            found += faults(struct)
        found = [MISPLACED.get(fault.field, fault) for fault in found]
        wrong += (fault.within(f"{name}[{number}]") for fault in found)
    return tuple(structs)


def _file_faults(file: _File, names: Sequence[str]) -> Iterator[Fault]:
    yield from target_faults("default", file.default, names)
    if file.operations:
        yield from target_faults("operations", file.operations, names)
    for number, name in enumerate(names, start=1):
        if name in names[: number - 1]:
            yield Fault(f"channels[{number}].name", "is that of a channel above")


def _with_seconds(channel: dict[str, Any]) -> dict[str, Any]:
    """Write times of day such as 22:00 in full, which is how times are read."""
    match channel:
        case {"quiet": dict(quiet)}:
            full = {name: f"{v}:00" if CLOCK.fullmatch(str(v)) else v for name, v in quiet.items()}
            return channel | {"quiet": full}
    return channel
