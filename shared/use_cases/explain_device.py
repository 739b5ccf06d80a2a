"""Find the devices a person means, and tell their story."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from shared.domain.story import Story
from shared.ports import Snapshots


class Explanation(Struct, frozen=True):
    """The stories that match, from the sweep begun at `as_of` and what was read again since.

    At most `limit` stories; `more` says that others match too.
    """

    as_of: datetime
    stories: Sequence[Story]
    more: bool


async def explain_device(
    wanted: str, *, snapshots: Snapshots, limit: int = 10
) -> Explanation | None:
    """Look a device up by name, id, Entra device id or serial; None before the first snapshot.

    An exact match of any of them, in any case, wins over names that only contain the text.
    """
    pointer, _ = await snapshots.current()
    if pointer is None:
        return None
    stories = await snapshots.find(pointer.sweep, wanted.strip(), limit + 1)
    return Explanation(pointer.started, stories[:limit], len(stories) > limit)
