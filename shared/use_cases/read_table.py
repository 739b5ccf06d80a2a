"""Read a table that people wrote into a struct, and find everything that is wrong with it."""

import re
from collections.abc import Iterator
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Struct, ValidationError

from shared.domain.fault import Fault
from shared.domain.spelling import unknown

S = TypeVar("S", bound=Struct)
SAID_BETTER = {
    "Invalid RFC3339 encoded date": "it must be a date such as 2026-11-22",
    "Invalid RFC3339 encoded time": "it must be a time such as 22:00",
}


def read_table(table: object, kind: type[S]) -> tuple[S | None, list[Fault]]:
    """Return a struct, or None and all faults; no value is repeated in them."""
    if not isinstance(table, dict):
        return None, [Fault("", "is not a table of fields")]
    faults = list(_faults(table, kind))
    return (None, faults) if faults else (msgspec.convert(table, kind), [])


def _faults(table: dict[str, Any], kind: type[Struct]) -> Iterator[Fault]:
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    for name in sorted(table.keys() - fields.keys()):
        yield Fault(name if name.isidentifier() else repr(name), unknown(name, fields))
    for name, field in fields.items():
        if name not in table:
            if field.default is NODEFAULT and field.default_factory is NODEFAULT:
                yield Fault(name, "is missing")
            continue
        try:
            msgspec.convert(table[name], field.type)
        except ValidationError as error:
            yield _located(name, str(error), field.type)


def _located(name: str, error: str, kind: object) -> Fault:
    """Tell msgspec's error as a fault, in whose path lists are counted from 1."""
    says, _, place = error.partition(" - at `$")
    if says.startswith("Invalid enum value"):
        says = f"it must be one of {', '.join(_choices(kind))}"
    says = SAID_BETTER.get(says, says)
    counted = re.sub(r"\d+", lambda index: str(int(index[0]) + 1), place.removesuffix("`"))
    return Fault(name + counted, f"cannot be read: {says}")


def _choices(kind: object) -> Iterator[str]:
    for argument in get_args(kind):
        if get_origin(kind) is Literal:
            yield str(argument)
        else:
            yield from _choices(argument)
