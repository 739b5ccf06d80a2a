"""Just enough of Bicep to compare the templates with the code, read by tree-sitter."""

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import tree_sitter_bicep
from tree_sitter import Language, Node, Parser

INFRA = Path(__file__).resolve().parents[2] / "infra"


class Template:
    """One Bicep file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text(encoding="utf-8")
        self.root = (
            Parser(Language(tree_sitter_bicep.language())).parse(self.text.encode()).root_node
        )

    @cached_property
    def parameters(self) -> dict[str, bool]:
        """The parameters by name, and whether each has a default."""
        return {
            _text(node.named_children[0]): b"=" in _bytes(node)
            for node in self.each("parameter_declaration")
        }

    @cached_property
    def outputs(self) -> set[str]:
        """The names of the outputs."""
        return {_text(node.named_children[0]) for node in self.each("output_declaration")}

    @cached_property
    def strings(self) -> set[str]:
        """Every string literal."""
        return {_unquoted(node) for node in self.each("string")}

    def variable(self, name: str) -> Node:
        """The value of a variable."""
        return self._declared("variable_declaration", name)

    def resource(self, name: str) -> Node:
        """The object that a resource's symbolic name stands for, looped or conditional."""
        return self._declared("resource_declaration", name)

    @property
    def modules(self) -> Iterator[tuple[str, str, set[str]]]:
        """Each module that is used: its symbolic name, its file, and the parameters given."""
        for node in self.each("module_declaration"):
            name, file, body = node.named_children
            yield _text(name), _unquoted(file), set(fields(fields(body)["params"]))

    def each(self, kind: str, node: Node | None = None) -> Iterator[Node]:
        """Every node of a kind, from the top of the file to its end."""
        for child in (node or self.root).named_children:
            if child.type == kind:
                yield child
            yield from self.each(kind, child)

    def _declared(self, kind: str, name: str) -> Node:
        for node in self.each(kind):
            if _text(node.named_children[0]) == name:
                value = node.named_children[-1]
                wrapped = value.type in ("for_statement", "if_statement")
                return value.named_children[-1] if wrapped else value
        raise KeyError(f"{self.path.name} declares no {name}")


def fields(node: Node) -> dict[str, Node]:
    """The properties of an object, by name."""
    return {
        _unquoted(each.named_children[0]): each.named_children[-1]
        for each in node.named_children
        if each.type == "object_property"
    }


def literals(node: Node) -> list[str]:
    """The strings of an array."""
    return [_unquoted(each) for each in node.named_children]


def value(node: Node, *path: str) -> str:
    """The text of a property deep in an object, without quotes."""
    for name in path:
        node = fields(node)[name]
    return _unquoted(node)


def templates() -> dict[str, Template]:
    """All templates by their path in infra/."""
    return {
        path.relative_to(INFRA).as_posix(): Template(path)
        for path in sorted(INFRA.rglob("*.bicep"))
    }


def guids(text: str) -> set[str]:
    """Every GUID in a text."""
    return set(re.findall(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", text))


def _bytes(node: Node) -> bytes:
    return node.text or b""


def _text(node: Node) -> str:
    return _bytes(node).decode()


def _unquoted(node: Node) -> str:
    return _text(node).strip("'")
