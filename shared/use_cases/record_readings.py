"""Record what was read of devices where it differs from what is known of them."""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from typing import TypeAlias

from shared.domain.history import Transition
from shared.domain.known_device import KnownDevice
from shared.errors import ConflictError
from shared.use_cases.compare_device import (
    Reading,
    gone,
    looked_at_again,
    newly_seen,
    predecessor_of,
    succeeded,
)
from shared.use_cases.known_devices import KnownDevices

TRIES = 5
"""Times that a device is compared anew because somebody else wrote it meanwhile."""

Decide: TypeAlias = Callable[[KnownDevice | None], Awaitable[KnownDevice | None]]
"""From what is known of a device to what shall be; None changes nothing."""


class Recorder:
    """Records readings made at one time, each by one conditional write; repeating changes nothing.

    While a sweep is `running`, readings that say nothing new are recorded too: a page that was
    read before them might say something else.
    """

    def __init__(self, known: KnownDevices, read_at: datetime, *, running: bool) -> None:
        self._known = known
        self._read_at = read_at
        self._running = running
        self.written = 0
        self.transitions: list[Transition] = []

    async def present(
        self, reading: Reading, kin: Collection[str], absent: Collection[str]
    ) -> None:
        """Record a device that is there.

        `kin` are the ids under which it may have been known before, and those in `absent` are not
        there any more. Raises ConflictError when others keep writing the same device.
        """
        id = reading.record.id
        known = (await self._known.of([id])).get(id)

        async def decide(before: KnownDevice | None) -> KnownDevice | None:
            if before is not None and not reading.is_fresher_than(before):
                return None
            if before is not None and before.gone and not (known is not None and known.gone):
                # It went while it was looked at, as another message has recorded.
                return None
            if before is not None and not before.gone:
                idle = reading.says_the_same_as(before) and not self._running
                return None if idle else looked_at_again(before, reading)
            candidates = (await self._known.of(kin)).values()
            former = predecessor_of(reading.record, before, candidates, absent)
            if former is not None:
                await self._hand_over(former, reading, absent)
            return newly_seen(reading, before, former)

        await self._settle(id, decide)

    async def absent(self, id: str) -> None:
        """Record that a device is gone. Raises ConflictError as `present` does."""

        async def decide(before: KnownDevice | None) -> KnownDevice | None:
            if before is None or before.gone or before.read_at >= self._read_at:
                return None
            return gone(before, self._read_at)

        await self._settle(id, decide)

    async def _hand_over(
        self, former: KnownDevice, reading: Reading, absent: Collection[str]
    ) -> None:
        """Mark a predecessor before its successor is stored.

        Who repeats this after a crash in between finds the mark, and goes on.
        """
        absent_at = self._read_at if former.record.id in absent else None
        marked = succeeded(former, reading.record.id, absent_at)
        if marked != former:
            await self._known.write(marked)
            self.written += 1

    async def _settle(self, id: str, decide: Decide) -> None:
        for _ in range(TRIES):
            before = (await self._known.of([id])).get(id)
            try:
                after = await decide(before)
                if after is None:
                    return
                await self._known.write(after)
            except ConflictError:
                continue
            self.written += 1
            self.transitions += after.transitions[len(before.transitions) if before else 0 :]
            return
        raise ConflictError(
            f"device {id} was written by others {TRIES} times while it was compared; the message"
            " is tried again"
        )
