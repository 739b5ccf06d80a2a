"""One change as people read it: what it does, who is affected, and what comes next."""

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from local.assess.visible import visible
from local.restore.answers import ToldChange
from local.restore.gates_table import gates_table
from local.restore.layout import command, facts, moment, named, remedies
from shared.domain.gates import Fleet
from shared.domain.restore_change import OPEN, Change, ChangeState

COLOURS: dict[ChangeState, str] = {
    "applied": "green",
    "refused": "bold red",
    "conflict": "bold red",
    "not_applied": "bold red",
    "unknown": "yellow",
    "applying": "yellow",
    "waiting_for_intune_approval": "yellow",
}


def change_told(change: ToldChange, following: Iterable[str]) -> Iterator[RenderableType]:
    """Lay a change out in reading order; `following` are the commands that may come next."""
    yield head(change)
    yield Text(visible(change.says))
    yield Text()
    yield facts(_facts(change))
    if change.gates:
        yield Text()
        yield from gates_table("Gates", change.gates)
    if change.state in OPEN:
        yield from _affected(change.affected)
    if change.remedies:
        yield Text("\nWhat to do", style="bold")
        yield from remedies(change.remedies)
    commands = list(following)
    if commands:
        yield Text("\nNext", style="bold")
        yield from map(command, commands)


def head(change: Change) -> Text:
    """Say which change it is, and from what to what it leads."""
    return Text.assemble(
        "Change ",
        (visible(change.id), "bold"),
        ": ",
        (f"{change.before.state} -> {change.after}", "bold"),
        ", ",
        (change.state.replace("_", " "), COLOURS.get(change.state, "")),
    )


def _facts(change: ToldChange) -> Iterator[tuple[str, str]]:
    ticket = f" (ticket {visible(change.ticket)})" if change.ticket else ""
    yield "Because", visible(change.reason) + ticket
    yield "Planned", f"{moment(change.planned)}, by {named(change.planner)}"
    yield "Against", f"{change.before.state}, last modified {visible(change.before.last_modified)}"
    if change.reverts:
        yield "Reverts", visible(change.reverts)
    yield "Approvals", _approvals(change)
    if change.state in ("planned", "approved", "expired"):
        yield "Expires", moment(change.expires)
    if change.override is not None:
        yield "Passed", f"{', '.join(change.override.gates)}: {visible(change.override.reason)}"
    if change.outcome.why:
        yield "Outcome", visible(change.outcome.why)
    if change.outcome.found is not None:
        found = change.outcome.found
        yield "Found", f"{found.state}, last modified {visible(found.last_modified)}"
    if change.code:
        yield "Intune's code", visible(change.code)
    if change.outcome.request_id:
        yield "Request id", visible(change.outcome.request_id)


def _approvals(change: Change) -> str:
    if not change.approvals_needed:
        return "none needed"
    given = ", ".join(named(approval.who) for approval in change.approvals)
    said = f"{len(change.approvals)} of {change.approvals_needed}"
    if given:
        said += f", by {given}"
    missing = change.approvals_missing
    return f"{said}; {missing} {'is' if missing == 1 else 'are'} missing" if missing else said


def _affected(fleet: Fleet | None) -> Iterator[RenderableType]:
    yield Text("\nWho is affected", style="bold")
    if fleet is None:
        yield Text("It is not known: no complete sweep has been made yet.")
        return
    yield Text(
        "Devices enrolled from now on. Were they like the"
        f" {fleet.devices:,} that the sweep of {moment(fleet.started)} found:"
    )
    table = Table(box=None, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column(justify="right")
    table.add_row("eligible", *_share(fleet.eligible, fleet.devices), style="green")
    table.add_row("ineligible", *_share(fleet.ineligible, fleet.devices), style="red")
    for reason, devices in sorted(fleet.by_reason.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(f"  {visible(reason)}", *_share(devices, fleet.devices), style="dim")
    table.add_row("unknown", *_share(fleet.unknown, fleet.devices), style="yellow")
    yield table
    if fleet.backup is not None:
        reach = fleet.backup
        yield Text(
            f"A backup policy reaches {reach.reached:,} of the {reach.eligible:,} eligible ones;"
            f" of {reach.unknown:,} it is not known."
        )


def _share(devices: int, of: int) -> tuple[str, str]:
    return f"{devices:,}", f"{devices / of:.0%}" if of else ""
