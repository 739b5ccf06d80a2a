"""Follow which devices synced with Intune, whose changes do not show in Entra."""

from datetime import datetime

from msgspec import structs

from shared.domain.feed import OVERLAP, FeedState
from shared.ports import Changes
from shared.use_cases.hints import Hints


async def follow_intune(
    state: FeedState, now: datetime, *, changes: Changes, hints: Hints
) -> FeedState:
    """Hint at every device that synced since the watermark, and return the state with the new one.

    The state holds once the hints are sent. Intune may ignore the question and list older devices
    too, which are left out; a device whose clock is ahead does not move the watermark past `now`.
    Raises GraphError.
    """
    since = state.watermark - OVERLAP
    newest = state.watermark
    cursor: str | None = None
    while True:
        page = await changes.synced(since, cursor)
        for id_, synced in page.devices.items():
            if synced >= since:
                await hints.add_intune(id_, page.entra_ids.get(id_))
                newest = max(newest, min(synced, now))
        if page.next is None:
            return structs.replace(state, watermark=newest)
        cursor = page.next
