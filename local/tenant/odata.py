"""The parts of OData that Graph's lists have in common: paging, selecting, filtering."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import UNSET, Struct

from local.tenant.calls import Answer, Call

T = TypeVar("T")

_QUOTED = r"'(?:[^']|'')*'"
_COMPARED = re.compile(
    rf"\(?\s*(\w+)\s+(?:(eq|ne|gt|ge|lt|le)\s+({_QUOTED}|[^\s')]+)"
    rf"|(in)\s*\(\s*({_QUOTED}(?:\s*,\s*{_QUOTED})*)\s*\))\s*\)?"
)
_STARTS = re.compile(rf"startswith\(\s*(\w+)\s*,\s*({_QUOTED})\s*\)", re.IGNORECASE)


class Clause(NamedTuple):
    """One comparison of a $filter; all operators but `in` have one value."""

    name: str
    operator: str
    values: tuple[str, ...]

    @property
    def value(self) -> str:
        """The value, or the first of several."""
        return self.values[0]


class TokenError(Exception):
    """A $skiptoken or $deltatoken was not made here."""


class Shape:
    """Turns objects into the JSON of selected properties, at the speed of msgspec.

    `attributes` maps Graph's names to attributes. A property that is UNSET is left out.
    """

    def __init__(self, attributes: Mapping[str, str], selected: tuple[str, ...] | None) -> None:
        names = {n.lower(): n for n in attributes}
        chosen = attributes if selected is None else (names.get(n.lower()) for n in selected)
        self._names = tuple(dict.fromkeys(n for n in chosen if n))
        fields = [(f"f{at}", Any, UNSET) for at in range(len(self._names))]
        rename = {f"f{at}": name for at, name in enumerate(self._names)}
        self._row = msgspec.defstruct("Row", fields, rename=rename)
        self._read = attrgetter(*(attributes[n] for n in self._names)) if self._names else None

    def row(self, item: object, **instead: object) -> Struct:
        """Return one object's row; `instead` gives other values under Graph's names."""
        if self._read is None:
            return self._row()
        values = self._read(item)
        row = self._row(*(values if len(self._names) > 1 else (values,)))
        for name, value in instead.items():
            if name in self._names:
                setattr(row, f"f{self._names.index(name)}", value)
        return row


@lru_cache(maxsize=256)
def _shape(attributes: tuple[tuple[str, str], ...], selected: tuple[str, ...] | None) -> Shape:
    return Shape(dict(attributes), selected)


def shape(attributes: Mapping[str, str], selected: tuple[str, ...] | None) -> Shape:
    """Return the shape of a selection, made once."""
    return _shape(tuple(attributes.items()), selected)


def collection(
    call: Call,
    rows: Sequence[object],
    *,
    counted: bool = False,
    **links: str,
) -> Answer:
    """Answer a list; `links` are nextLink and deltaLink, `counted` adds the PAGE's count."""
    body: dict[str, object] = {"@odata.context": context(call)}
    if counted:
        body["@odata.count"] = len(rows)
    body |= {f"@odata.{name}": url for name, url in links.items()}
    return Answer(msgspec.json.encode({**body, "value": rows}))


def context(call: Call, suffix: str = "") -> str:
    """Return the @odata.context of an answer."""
    return f"{call.root}/{call.version}/$metadata#{call.path.strip('/')}{suffix}"


def entity(call: Call, properties: Mapping[str, object]) -> Answer:
    """Answer one object."""
    return Answer(msgspec.json.encode({"@odata.context": context(call, "/$entity"), **properties}))


def page(
    call: Call,
    items: Callable[[int], Iterable[tuple[int, T]]],
    render: Callable[[T], object],
    largest: int = 999,
) -> Answer:
    """Answer one page of a list that is numbered, `items(start)` giving the rest from a number.

    The token is the number of the first item of the next page.
    """
    start = read_token(call.query["$skiptoken"], int) if "$skiptoken" in call.query else 0
    found = list(islice(items(start), top(call, largest) + 1))
    rows = [render(item) for _, item in found[: top(call, largest)]]
    if len(found) > len(rows):
        return collection(call, rows, nextLink=call.url(skiptoken=write_token(found[-1][0])))
    return collection(call, rows)


def top(call: Call, largest: int) -> int:
    """Return how many items a page may hold."""
    asked = call.query.get("$top", "")
    return min(max(int(asked), 1), largest) if asked.isdigit() else largest


def clauses(call: Call) -> list[Clause]:
    """Return the comparisons of a $filter joined by `and`; none where it is anything else.

    Several values of one property joined by `or` are one comparison, `in`.
    """
    text = call.query.get("$filter", "").strip()
    found: list[Clause] = []
    join = "and"
    while text:
        match = _COMPARED.match(text) or _STARTS.match(text)
        if match is None:
            return []
        clause = _clause(match)
        if join == "and":
            found.append(clause)
        elif clause.name == found[-1].name and clause.operator == "eq":
            found[-1] = Clause(clause.name, "in", found[-1].values + clause.values)
        else:
            return []
        text = text[match.end() :]
        joined = re.match(r"\s*\b(and|or)\s+", text)
        if joined is None and text.strip():
            return []
        join = joined[1] if joined else ""
        text = text[joined.end() :] if joined else ""
    return found


def _clause(match: re.Match[str]) -> Clause:
    if match.re is _STARTS:
        return Clause(match[1], "startswith", (_unquoted(match[2]),))
    name, operator, value, _, several = match.groups()
    values = (value,) if value else re.findall(_QUOTED, several)
    return Clause(name, operator or "in", tuple(map(_unquoted, values)))


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'") if text.startswith("'") else text


def write_token(content: object) -> str:
    """Write an opaque token."""
    return urlsafe_b64encode(msgspec.json.encode(content)).decode().rstrip("=")


def read_token(token: str, kind: type[T]) -> T:
    """Read a token. Raises TokenError for one that was not made here."""
    try:
        return msgspec.json.decode(urlsafe_b64decode(token + "=" * (-len(token) % 4)), type=kind)
    except ValueError as error:
        raise TokenError(token) from error
