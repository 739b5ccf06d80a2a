"""Hand on what a composition has committed: each digest to each of its channels."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from msgspec import structs

from shared.domain.delivery import Delivery
from shared.domain.digest import Digest
from shared.domain.routes import Routes, channels_of_digest, shares
from shared.domain.telling import TellingState
from shared.errors import ConflictError
from shared.messages import NOTIFICATIONS, SendNotification
from shared.ports import Deliveries, Queue, Telling


def addressed(routes: Routes, digest: Digest, *, lines: bool) -> Iterator[tuple[str, str]]:
    """Pair a digest with the channels it goes to; by its `lines` where it is told with them.

    A channel that none of the lines are for has nothing to say, which shows when it is sent.
    """
    if lines:
        channels = tuple(share.channel for share in shares(routes, digest.kind))
    else:
        channels = channels_of_digest(routes, digest.kind)
    return ((digest.id, channel) for channel in channels)


async def send_outbox(
    now: datetime,
    state: TellingState,
    etag: str | None,
    *,
    telling: Telling,
    deliveries: Deliveries,
    queue: Queue,
) -> tuple[TellingState, str | None]:
    """Send all that is in the outbox on its way, empty it, and return the state and its ETag.

    Whoever finds it full after somebody died sends all of it again; the records of deliveries keep
    that from reaching anybody twice. Raises ConflictError when somebody else has emptied it.
    """
    if not state.outbox:
        return state, etag
    last = await _record(state, now, deliveries)
    for digest, channel in state.outbox:
        await queue.send(NOTIFICATIONS, SendNotification(digest, channel))
    emptied = structs.replace(state, outbox=(), urgent=(), last=last)
    return emptied, await telling.commit(emptied, etag)


async def _record(state: TellingState, now: datetime, deliveries: Deliveries) -> dict[str, str]:
    """Make a record for each entry, and return which digest is the last one on each channel then.

    One follows the other, but for the urgent ones, which neither wait nor are waited for.
    """
    last = dict(state.last)
    for digest, channel in state.outbox:
        waits = digest not in state.urgent
        after = last.get(channel) if waits else None
        with suppress(ConflictError):
            await deliveries.write(Delivery(digest, channel, "pending", now, after=after), None)
        if waits:
            last[channel] = digest
    return last
