"""Route templates of the HTTP trigger, matched as ASP.NET matches them."""

import re
from typing import NamedTuple
from urllib.parse import unquote

from shared.errors import InputError

_PARAMETER = re.compile(r"\{(?P<all>\*{0,2})(?P<name>\w+)(?::(?P<kind>\w+))?(?P<optional>\??)\}")
_KINDS = {
    "int": r"-?\d+",
    "long": r"-?\d+",
    "decimal": r"-?\d+(?:\.\d+)?",
    "guid": r"\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?",
    "alpha": r"[a-z]+",
    "bool": r"true|false",
}


class _Segment(NamedTuple):
    pattern: str
    rank: int


class Route:
    """A template such as `devices/{id:guid}/{part?}`, `{*rest}` taking what is left.

    `rank` sorts routes: a literal before a typed parameter before any parameter before a
    catch-all, segment by segment. Raises InputError for a template that cannot be served.
    """

    def __init__(self, template: str) -> None:
        self.template = template.strip("/")
        segments = [self._segment(part) for part in self.template.split("/") if part]
        self.rank = tuple(segment.rank for segment in segments)
        self._pattern = re.compile("".join(s.pattern for s in segments) + "/?", re.IGNORECASE)

    def match(self, raw_path: str) -> dict[str, str] | None:
        """Give the route parameters of a percent-encoded path, None if it is another route's."""
        path = unquote(re.sub("%2f", "%252F", raw_path, flags=re.IGNORECASE))
        found = self._pattern.fullmatch(path)
        return found and {name: value for name, value in found.groupdict().items() if value}

    def _segment(self, text: str) -> _Segment:
        literals = _PARAMETER.split(text)[:: _PARAMETER.groups + 1]
        parameters = list(_PARAMETER.finditer(text))
        if any(brace in literal for literal in literals for brace in "{}"):
            raise InputError(
                f"the route {self.template!r} has the segment {text!r}, which the"
                " local host does not serve; use {name}, {name:int} or {*name}"
            )
        pattern = re.escape(literals[0])
        for parameter, literal in zip(parameters, literals[1:], strict=True):
            pattern += self._group(parameter) + re.escape(literal)
        if not parameters:
            return _Segment(f"/{pattern}", 0)
        last = parameters[-1]
        rank = 3 if last["all"] else 1 if last["kind"] or any(literals) else 2
        if last["all"] or last["optional"]:
            return _Segment(f"(?:/{pattern})?", rank)
        return _Segment(f"/{pattern}", rank)

    def _group(self, parameter: re.Match[str]) -> str:
        kind = parameter["kind"]
        if kind and kind not in _KINDS:
            raise InputError(
                f"the route {self.template!r} constrains a parameter to {kind!r},"
                f" and the local host knows {', '.join(_KINDS)}"
            )
        inner = _KINDS[kind] if kind else ".*" if parameter["all"] else "[^/]+"
        return f"(?P<{parameter['name']}>{inner})"
