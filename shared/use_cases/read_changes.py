"""Read one change, or list them."""

from datetime import datetime

from msgspec import Struct

from shared.domain.restore_change import Change
from shared.use_cases.append_record import change_of
from shared.use_cases.restore_control import Control


class Listing(Struct, frozen=True):
    """Changes, the newest first; `next` is the id to go on before, None at the end."""

    changes: tuple[Change, ...]
    next: str | None = None


async def read_change(now: datetime, id: str, *, control: Control) -> Change:
    """Read one change as it stands now. Raises NotFoundError."""
    return (await change_of(await control.audit.ledger(), id, control=control)).as_of(now)


async def list_changes(
    now: datetime, most: int, before: str | None, *, control: Control
) -> Listing:
    """List changes as they stand now; `before` is the id that the last list ended at."""
    ledger = await control.audit.ledger()
    at_hand = sorted((id for id in ledger.changes if before is None or id < before), reverse=True)
    filed = await control.audit.filed_ids(most + 1, before)
    ids = sorted({*at_hand[: most + 1], *filed}, reverse=True)
    shown = ids[:most]
    changes = [(await change_of(ledger, id, control=control)).as_of(now) for id in shown]
    return Listing(tuple(changes), shown[-1] if len(ids) > most else None)
