"""What there is to tell of our own changes of the restore setting."""

from msgspec import Struct

from shared.domain.digest import Notice
from shared.domain.ledger import Ledger
from shared.domain.restore_change import Change
from shared.domain.telling import TellingState
from shared.report.restore_words import remedies, said_to_all, standing


class RestoreNews(Struct, frozen=True):
    """What is new of changes, and the number of the last record that has been told with it."""

    notices: tuple[Notice, ...]
    told: int | None


def tell_restore(state: TellingState, ledger: Ledger | None) -> RestoreNews:
    """Compare what became of changes with what was told of them; of each, only how it stands last.

    Without a ledger nothing is told, and nothing forgotten.
    """
    told = state.restore_told
    news = [each for each in (ledger.news if ledger else ()) if each.seq > (told or 0)]
    last = {each.change.id: each for each in news}
    return RestoreNews(
        tuple(_notice(each.change) for each in sorted(last.values(), key=lambda each: each.seq)),
        max((each.seq for each in news), default=told),
    )


def _notice(change: Change) -> Notice:
    says, who = said_to_all(change)
    return Notice(
        f"Change of the restore setting {standing(change)}",
        says,
        _do(change),
        good=change.state == "applied",
        who=who,
    )


def _do(change: Change) -> str | None:
    """Name the best way on, and where the others are found."""
    ways = remedies(change)
    if len(ways) > 1:
        return f"{ways[0].do} For other ways on: python -m local restore show {change.id}"
    return ways[0].do if ways else None
