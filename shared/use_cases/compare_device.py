"""Compare what was read of a device with what is known of it; nothing here reads or writes."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime

from msgspec import Struct, structs

from shared.domain.assessment import Assessment
from shared.domain.history import Cause, History, step, vanish
from shared.domain.known_device import (
    DeviceRecord,
    KnownDevice,
    entra_key,
    is_fresher,
    serial_key,
)
from shared.domain.transitions import held_reasons, open_reasons
from shared.report.vocabulary import blockers_by_unknown

NEVER = datetime.min.replace(tzinfo=UTC)


class Reading(Struct, frozen=True):
    """A device as it was read: who it is, how it is judged, and the moment before it was asked."""

    record: DeviceRecord
    assessment: Assessment
    read_at: datetime

    def is_fresher_than(self, known: KnownDevice) -> bool:
        """Tell whether this reading is newer than what is known."""
        return is_fresher(
            self.read_at, self.record.last_sync, known.read_at, known.record.last_sync
        )

    def says_the_same_as(self, known: KnownDevice) -> bool:
        """Tell whether nothing but the time of the last sync differs."""
        record = structs.replace(self.record, last_sync=known.record.last_sync)
        return (record, self.assessment) == (known.record, known.assessment)


def looked_at_again(known: KnownDevice, reading: Reading) -> KnownDevice:
    """Move a device on that was there before, and still is."""
    return structs.replace(
        _moved_on(reading, known.history, "assessed", [known]),
        succeeded_by=known.succeeded_by,
        succeeds=known.succeeds,
    )


def newly_seen(
    reading: Reading, itself: KnownDevice | None, predecessor: KnownDevice | None
) -> KnownDevice:
    """Take in a device that was not there before.

    `itself` is what is known of it from before it was gone. The history it goes on with is its
    predecessor's, else its own.
    """
    if predecessor is not None:
        taken_over = _moved_on(reading, predecessor.history, "re_enrolled", [itself, predecessor])
        return structs.replace(taken_over, succeeds=predecessor.record.id)
    if itself is not None:
        # What a successor took over is no longer open here.
        closed, _ = vanish(itself.history, itself.read_at)
        back = _moved_on(reading, closed, "re_enrolled", [itself])
        return structs.replace(back, succeeds=itself.succeeds)
    return _moved_on(reading, History(), "new_device", [])


def gone(known: KnownDevice, read_at: datetime) -> KnownDevice:
    """Close the blockers of a device that is there no more.

    Its last sync is dropped, so that the time of reading alone decides whether a device that is
    found all the same was found before or after. The history of a device that was succeeded lives
    on with its successor, and stays here as that one took it over.
    """
    record = structs.replace(known.record, last_sync=None)
    left = structs.replace(known, record=record, read_at=read_at, gone=True)
    if known.succeeded_by is not None:
        return left
    history, transitions = vanish(known.history, max(read_at, known.read_at))
    return structs.replace(left, history=history, transitions=known.transitions + transitions)


def succeeded(known: KnownDevice, by: str, absent_at: datetime | None) -> KnownDevice:
    """Mark a device as enrolled again under another id; `absent_at` is when it was not found."""
    marked = structs.replace(known, succeeded_by=by)
    return marked if known.gone or absent_at is None else gone(marked, absent_at)


def predecessor_of(
    newcomer: DeviceRecord,
    itself: KnownDevice | None,
    candidates: Iterable[KnownDevice],
    absent: Collection[str],
) -> KnownDevice | None:
    """Find the enrolment that a device had before, None when it had none.

    The same Entra device id says so; the same serial does when the former one is gone. Ids in
    `absent` are gone without being known so. One that was marked for this newcomer is its
    predecessor, unless the newcomer is known from before it was gone: then it has taken over. One
    that began later is not: of two enrolments the older may be the one that is seen last.
    """
    heirs = (None, newcomer.id) if itself is None else (None,)
    entra, serial = entra_key(newcomer.entra_id), serial_key(newcomer.serial)

    def rank(former: KnownDevice) -> tuple[bool, bool, datetime] | None:
        same_entra = entra is not None and entra_key(former.record.entra_id) == entra
        same_serial = serial is not None and serial_key(former.record.serial) == serial
        if not same_entra and not (same_serial and (former.gone or former.record.id in absent)):
            return None
        return former.succeeded_by is not None, same_entra, former.record.last_sync or NEVER

    ranked = [
        (ranks, former)
        for former in sorted(candidates, key=lambda c: c.record.id)
        if former.record.id != newcomer.id
        and former.succeeded_by in heirs
        and not _began_later(former.record, newcomer)
        and (ranks := rank(former)) is not None
    ]
    return max(ranked, key=lambda r: r[0])[1] if ranked else None


def _began_later(former: DeviceRecord, newcomer: DeviceRecord) -> bool:
    if former.enrolled is None or newcomer.enrolled is None:
        return False
    return former.enrolled > newcomer.enrolled


def _moved_on(
    reading: Reading, history: History, cause: Cause, before: Iterable[KnownDevice | None]
) -> KnownDevice:
    """Apply a reading; its transitions are dated no earlier than anything known before."""
    known = [device for device in before if device is not None]
    following, transitions = step(
        history,
        open_reasons(reading.assessment),
        held_reasons(reading.assessment, blockers_by_unknown()),
        cause,
        max([reading.read_at, *(device.read_at for device in known)]),
    )
    own = [
        t for device in known if device.record.id == reading.record.id for t in device.transitions
    ]
    return KnownDevice(
        reading.record,
        reading.assessment,
        following,
        reading.read_at,
        transitions=(*own, *transitions),
    )
