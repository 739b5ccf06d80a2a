"""The gates as a table, and what to do about those that stop a change."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from local.assess.visible import visible
from local.restore.layout import headed, to_do
from shared.domain.gates import GateAnswer

COLOURS = {"holds": "green", "fails": "bold red", "off": "dim", "not_asked": "dim"}


def gates_table(title: str, gates: Sequence[GateAnswer]) -> Iterator[RenderableType]:
    """Lay out every gate, and below the table what to do about those that stop a change."""
    table = headed(title)
    for column in ("gate", "state", "observed", "required"):
        table.add_column(column, overflow="fold")
    for gate in gates:
        table.add_row(
            visible(gate.gate),
            _state(gate),
            visible(gate.observed or ""),
            visible(gate.required or ""),
            style="dim" if gate.state in ("off", "not_asked") else "",
        )
    yield table
    yield from _stopping(gates)


def _state(gate: GateAnswer) -> Text:
    if gate.passed:
        return Text("passed", style="yellow")
    return Text(gate.state.replace("_", " "), style=COLOURS[gate.state])


def _stopping(gates: Sequence[GateAnswer]) -> Iterator[RenderableType]:
    for gate in gates:
        if gate.stops:
            yield Text.assemble((f"{visible(gate.gate)}: ", "bold"), visible(gate.says))
            if gate.do:
                yield to_do(visible(gate.do))
