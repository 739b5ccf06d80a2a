"""The changes there were, and the whole story of one."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from local.assess.visible import visible
from local.restore.answers import Listing, ToldChange
from local.restore.change_told import COLOURS, head
from local.restore.layout import headed, named


def listing_told(listing: Listing, following: str) -> Iterator[RenderableType]:
    """Lay out changes, newest first; `following` is the command that shows older ones."""
    if not listing.changes:
        yield Text("No change has been planned.")
        return
    table = headed("Changes of the restore setting")
    table.add_column("ID", no_wrap=True)
    for column in ("planned (UTC)", "from -> to", "state", "by", "because"):
        table.add_column(column, overflow="fold")
    for change in listing.changes:
        table.add_row(
            visible(change.id),
            f"{change.planned:%Y-%m-%d %H:%M}",
            f"{change.before.state} -> {change.after}",
            Text(change.state.replace("_", " "), style=COLOURS.get(change.state, "")),
            named(change.planner),
            visible(change.reason),
        )
    yield table
    if listing.next:
        yield Text(f"Older ones: {following}")


def story_told(change: ToldChange) -> Iterator[RenderableType]:
    """Lay out all that happened to a change, oldest first, by the numbers of the audit."""
    yield head(change)
    yield Text(visible(change.says))
    yield Text()
    table = headed("What happened")
    table.add_column("record", justify="right", no_wrap=True)
    for column in ("when", "what", "by", "why"):
        table.add_column(column, overflow="fold")
    for line in change.history:
        table.add_row(
            str(line.seq),
            f"{line.at:%Y-%m-%d %H:%M:%S} UTC",
            visible(line.event).replace("_", " "),
            named(line.who),
            visible(line.why or ""),
        )
    yield table
