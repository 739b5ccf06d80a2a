"""Reads managed devices saved from Microsoft Graph, v1.0 or beta, one page or many."""

from collections.abc import Iterator
from typing import Any, TextIO

import msgspec

from local.assess.json_stream import JsonStream
from local.assess.subject import Found, Note, Unread
from shared.domain.managed_device import SELECTED, ManagedDevice
from shared.errors import InputError

TELLING = frozenset(SELECTED) - {"id", "model", "manufacturer", "serialNumber"}
"""Properties of which a managed device has at least one; other things have the rest too."""

NEXT_PAGE = "@odata.nextLink"


def read_graph_export(text: TextIO) -> Iterator[Found | Unread | Note]:
    """Read `{"value": [...]}`, a bare list, or single devices, also several after one another.

    Raises InputError where the JSON is damaged or is something else; what came before it counts.
    """
    walk = _Walk(JsonStream(text))
    for number, entity in enumerate(walk.entities(), start=1):
        yield _found(f"device {number}", entity)
    if walk.next_page:
        yield Note(
            f"The export ends in the middle: Graph named a next page ({NEXT_PAGE}) that this file"
            " does not hold. Fetch it too; pages may follow one another in one file."
        )


class _Walk:
    def __init__(self, stream: JsonStream) -> None:
        self._stream = stream
        self.next_page = False

    def entities(self) -> Iterator[Any]:
        while self._stream.peek():
            if self._stream.peek() == "[":
                yield from self._stream.items()
            else:
                yield from self._wrapped_or_single()

    def _wrapped_or_single(self) -> Iterator[Any]:
        wrapped = False
        rest: dict[str, Any] = {}
        for name in self._stream.members():
            if name == "value" and self._stream.peek() == "[":
                wrapped = True
                yield from self._stream.items()
            else:
                rest[name] = self._stream.value()
        self.next_page = bool(rest.get(NEXT_PAGE))
        if not wrapped:
            yield _single(rest)


def _single(answer: dict[str, Any]) -> dict[str, Any]:
    inner = answer.get("value")
    entity = inner if isinstance(inner, dict) else answer
    if not _tells(entity):
        raise InputError(
            "this JSON is no managed device and no list of them: it has"
            f" {', '.join(map(repr, list(answer)[:5])) or 'nothing'}, and none of the properties"
            " of Graph's managedDevice"
        )
    return entity


def _tells(entity: dict[str, Any]) -> bool:
    return not TELLING.isdisjoint(entity)


def _found(where: str, entity: object) -> Found | Unread:
    if not isinstance(entity, dict):
        return Unread(where, f"a managed device is a JSON object, and this is {_kind(entity)}")
    if not _tells(entity):
        return Unread(where, "it has none of the properties of Graph's managedDevice")
    readable = {name: _well_formed(value) for name, value in entity.items()}
    try:
        return Found(where, msgspec.convert(readable, ManagedDevice))
    except msgspec.ValidationError as error:
        return Unread(where, f"the managed device cannot be read: {error}")


def _kind(value: object) -> str:
    return "null" if value is None else "a list" if isinstance(value, list) else repr(value)[:40]


def _well_formed(value: object) -> object:
    # JSON may spell half a surrogate pair, which no output could encode.
    if not isinstance(value, str) or value.isascii():
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
