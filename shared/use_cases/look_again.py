"""Look at named devices again: ask Graph for them, judge them, and record what is new."""

import logging
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from msgspec import Struct

from shared.domain.history import Transition
from shared.domain.known_device import KnownDevice, entra_key, record_of, serial_key
from shared.domain.managed_device import ManagedDevice, may_be_windows
from shared.messages import DeviceChanges
from shared.ports import Devices, Sweeps
from shared.use_cases.compare_device import Reading
from shared.use_cases.judge_page import Book
from shared.use_cases.known_devices import KnownDevices
from shared.use_cases.record_readings import Recorder

log = logging.getLogger(__name__)


class Looked(Struct, frozen=True):
    """What came of it: devices written, their new transitions, and ids that had no answer."""

    written: int
    transitions: tuple[Transition, ...]
    unanswered: frozenset[str]


class Answers:
    """What Graph said so far of the devices it was asked for."""

    def __init__(self, devices: Devices) -> None:
        self._devices = devices
        self.present: dict[str, ManagedDevice] = {}
        self.absent: set[str] = set()
        self.unanswered: set[str] = set()

    async def ask(self, ids: Collection[str]) -> None:
        """Ask for those of these Intune ids that have not been asked for."""
        fresh = sorted(set(ids) - self.present.keys() - self.absent - self.unanswered)
        if fresh:
            answer = await self._devices.by_id(fresh)
            self.present |= {str(device.id): device for device in answer.present}
            self.absent |= answer.absent
            self.unanswered |= answer.unanswered

    async def ask_again(self, ids: Collection[str]) -> None:
        """Ask for those of these Intune ids that were there once more."""
        for id in ids:
            self.present.pop(id, None)
        await self.ask(ids)

    async def ask_by_entra_id(self, entra_ids: Collection[str]) -> None:
        """Ask for devices that are known by their Entra device ids only.

        An id without an answer is left at that: a device that enrols also syncs, and comes by its
        Intune id then.
        """
        if entra_ids:
            answer = await self._devices.by_entra_id(sorted(entra_ids))
            self.present |= {str(device.id): device for device in answer.present}
            if answer.unanswered:
                log.info("%d Entra devices could not be looked up.", len(answer.unanswered))


async def look_again(
    hints: DeviceChanges,
    now: datetime,
    *,
    book: Book,
    user_names: bool,
    known_now: Callable[[], KnownDevices],
    devices: Devices,
    sweeps: Sweeps,
) -> Looked:
    """Look at the devices of a message, and at those that could be the same ones.

    `now` is the time before Graph is asked; `known_now` begins to read what is known. Repeating it
    records nothing twice. Raises GraphError and StorageError.
    """
    answers = Answers(devices)
    await _ask_for(hints, answers, known_now())
    unanswered = frozenset(answers.unanswered)
    # What is known is read after Graph has answered, so that little time lies between them.
    known = known_now()
    await answers.ask_again(await _returned(answers, known))
    new = await _newcomers(answers, known)
    kin = await _kin(answers, new, known)
    await answers.ask([id for id, device in kin.items() if not device.gone])

    running = (await sweeps.active()).sweep is not None
    recorder = Recorder(known, now, running=running)
    for _, device in sorted(answers.present.items()):
        record = record_of(device, user_names=user_names)
        reading = Reading(record, book.assessment_of(device), now)
        await recorder.present(reading, kin.keys(), answers.absent)
    # These come last: what lives on under another id is not to be told as gone.
    for id in sorted(answers.absent):
        await recorder.absent(id)
    return Looked(recorder.written, tuple(recorder.transitions), unanswered)


async def _ask_for(hints: DeviceChanges, answers: Answers, known: KnownDevices) -> None:
    """Ask for the devices of a message.

    An Entra device id leads to the devices known under it; where none of them is there any more,
    Graph is asked for it: the device may have been enrolled again.
    """
    wanted = {key for id in hints.entra if (key := entra_key(id)) is not None}
    alive = {id: device for id, device in (await known.alike(wanted)).items() if not device.gone}
    await answers.ask([*hints.intune, *alive])
    there = [device for id, device in alive.items() if id not in answers.absent]
    await answers.ask_by_entra_id(wanted - {entra_key(device.record.entra_id) for device in there})


async def _returned(answers: Answers, known: KnownDevices) -> set[str]:
    """Find the ids that are there and known as gone.

    Perhaps they went after this message had asked, and another one has recorded it meanwhile.
    """
    before = await known.of(answers.present.keys())
    return {id for id, device in before.items() if device.gone}


async def _newcomers(answers: Answers, known: KnownDevices) -> set[str]:
    """Find the ids that were not there before, and drop those that are not Windows."""
    before = await known.of(answers.present.keys())
    new = {id for id in answers.present if id not in before or before[id].gone}
    others = {id for id in new if not may_be_windows(answers.present[id].operating_system)}
    for id in others:
        del answers.present[id]
    return new - others


async def _kin(
    answers: Answers, new: Collection[str], known: KnownDevices
) -> Mapping[str, KnownDevice]:
    """Find the known devices that share an Entra device id, or a serial with a newcomer."""
    records = {id: record_of(device, user_names=False) for id, device in answers.present.items()}
    entra_ids = {key for r in records.values() if (key := entra_key(r.entra_id)) is not None}
    serials = {key for id in new if (key := serial_key(records[id].serial)) is not None}
    return await known.alike(entra_ids, serials)
