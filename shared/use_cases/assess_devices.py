"""Assess the devices that changed, between two sweeps, and keep what is new over the snapshot."""

import logging
from datetime import datetime, timedelta
from functools import partial
from typing import Literal, TypeAlias

from msgspec import Struct, structs

from shared.domain.history import Transition
from shared.domain.sweep import Pointer, Sweep
from shared.errors import GraphThrottledError, GraphUnavailableError, StorageError
from shared.messages import DEVICE_CHANGES, DeviceChanges
from shared.ports import Devices, Feed, Overlay, Queue, Snapshots, Sweeps, Windows
from shared.use_cases.judges import Judges
from shared.use_cases.known_devices import KnownDevices
from shared.use_cases.look_again import Looked, look_again
from shared.use_cases.open_window import open_window
from shared.use_cases.start_sweep import LONGEST_WAIT, TRY_AGAIN, pause_after

log = logging.getLogger(__name__)

FOLD_PAUSE = 30.0
"""Seconds until a message is tried again that met a sweep which takes the overlay in."""

MOST_LOOKS = 3
"""Times that a message is done anew because the snapshot changed meanwhile, before it waits."""

AssessOutcome: TypeAlias = Literal["assessed", "put_off", "no_snapshot"]


class Assessed(Struct, frozen=True):
    """What came of a message: devices written, and the transitions stored with them."""

    outcome: AssessOutcome
    written: int = 0
    transitions: tuple[Transition, ...] = ()


async def assess_devices(
    message: DeviceChanges,
    now: datetime,
    coalesce: timedelta,
    *,
    judges: Judges,
    devices: Devices,
    sweeps: Sweeps,
    snapshots: Snapshots,
    overlay: Overlay,
    feed: Feed,
    windows: Windows,
    queue: Queue,
) -> Assessed:
    """Assess the devices of a message; `now` is the time in UTC before anything is read.

    Repeating a message, or handling it twice at once, stores each transition once. What Graph did
    not answer is sent again later. People are told what was stored, at most once in `coalesce`.
    Raises StorageError and GraphError for the queue to try again.
    """
    try:
        for _ in range(MOST_LOOKS):
            pointer, etag = await snapshots.current()
            if pointer is None:
                log.info("There is no snapshot yet; the first sweep will read these devices.")
                return Assessed("no_snapshot")
            if pointer.folds(now):
                break
            sweep = await _record(pointer, sweeps)
            looked = await look_again(
                message,
                now,
                book=await judges.since(sweep, now, sweeps=sweeps, feed=feed),
                user_names=sweep.user_names,
                known_now=partial(KnownDevices, sweep.id, snapshots, overlay),
                devices=devices,
                sweeps=sweeps,
            )
            # What was stored while a sweep took the overlay in may have come too late for it.
            if (await snapshots.current())[1] == etag:
                if looked.transitions:
                    await open_window(now, coalesce, windows=windows, queue=queue)
                return await _done(message, looked, queue)
        await _put_off(message, FOLD_PAUSE, queue)
        log.info("A sweep is being finished; %d devices wait for it.", _count(message))
    except (GraphThrottledError, GraphUnavailableError) as error:
        if message.waited > LONGEST_WAIT:
            raise
        await _put_off(message, pause_after(error), queue)
        log.warning("%d changed devices are put off: %s", _count(message), error)
    return Assessed("put_off")


async def _record(pointer: Pointer, sweeps: Sweeps) -> Sweep:
    sweep = await sweeps.read(pointer.sweep)
    if sweep is None:
        raise StorageError(
            f"the record of sweep {pointer.sweep}, whose snapshot is current, is missing; devices"
            " can be assessed again after the next sweep"
        )
    return sweep


async def _done(message: DeviceChanges, looked: Looked, queue: Queue) -> Assessed:
    if looked.unanswered:
        left = DeviceChanges(intune=tuple(sorted(looked.unanswered)), waited=message.waited)
        if left.waited > LONGEST_WAIT:
            log.error(
                "Graph gave no answer about %d changed devices for %.1f hours; the next sweep will"
                " read them.",
                _count(left),
                left.waited / 3600,
            )
        else:
            await _put_off(left, TRY_AGAIN, queue)
    log.info(
        "%d devices looked at again: %d written, %d transitions, %d without an answer.",
        _count(message),
        looked.written,
        len(looked.transitions),
        len(looked.unanswered),
    )
    return Assessed("assessed", looked.written, looked.transitions)


async def _put_off(message: DeviceChanges, pause: float, queue: Queue) -> None:
    later = structs.replace(message, waited=message.waited + pause)
    await queue.send(DEVICE_CHANGES, later, delay=pause)


def _count(message: DeviceChanges) -> int:
    return len(message.entra) + len(message.intune)
