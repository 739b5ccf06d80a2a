"""How the setting and the write identity stand, as people read it."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from local.assess.visible import visible
from local.restore.answers import Identity, LastChange, Status
from local.restore.gates_table import gates_table
from local.restore.layout import facts, moment, remedies

COLOURS = {"yes": "green", "no": "bold red", "unknown": "yellow"}


def status_told(status: Status) -> Iterator[RenderableType]:
    """Lay out the setting, drift, the gates and the write identity."""
    yield facts(_facts(status))
    yield Text()
    yield from gates_table("Gates, if it were switched on now", status.gates)


def identity_told(identity: Identity) -> Iterator[RenderableType]:
    """Lay out whether the app may write the setting, and what to do where it may not."""
    yield Text.assemble("May the app change the restore setting? ", _answer(identity.fit))
    yield facts(
        (
            ("Write identity", visible(identity.identity or _unnamed(identity))),
            ("Graph permission", _answer(identity.permission)),
            ("Intune Administrator", _answer(identity.role)),
        )
    )
    for why in identity.why:
        yield Text(visible(why))
    yield from remedies(identity.remedies)


def _facts(status: Status) -> Iterator[tuple[str, RenderableType | str]]:
    setting = status.setting
    if setting is None:
        wrong = visible(status.wrong or "it cannot be read")
        yield "Restore page", Text(f"not known: {wrong}", style="bold red")
    else:
        modified = visible(setting.last_modified)
        yield "Restore page", Text.assemble((setting.state, "bold"), f", last modified {modified}")
    if status.last_change is not None:
        yield "Last change", _last_change(status.last_change)
    drift = visible(status.drift.says)
    yield "Drift", Text(drift, style="yellow" if status.drift.drifted else "")
    if status.in_progress:
        yield "In progress", f"the change {visible(status.in_progress)}"
    fit = status.write_identity.fit
    more = "" if fit == "yes" else "; `python -m local preflight` says why"
    yield "May be written", Text.assemble(_answer(fit), more)


def _last_change(change: LastChange) -> str:
    when = f"{moment(change.at)}, " if change.at else ""
    by = " with ".join(visible(each) for each in (change.by, change.application) if each)
    who = f"by {by}" if by else f"by whom is not known: {visible(change.unknown or 'no reason')}"
    return when + who + (f", as the change {visible(change.change)}" if change.change else "")


def _answer(held: str) -> Text:
    return Text(held, style=COLOURS.get(held, ""))


def _unnamed(identity: Identity) -> str:
    return "not known" if identity.configured else "none is configured"
