"""Finish a sweep: merge its pages with the last snapshot, and make the result current."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypeAlias

import msgspec
from msgspec import structs

from shared.domain.sweep import Folding, Pointer, Sweep
from shared.errors import ConflictError, GraphError, StorageError, SweepError
from shared.messages import DIGESTS, MAX_DEQUEUE_COUNT, ComposeDigests, FinishSweep
from shared.ports import (
    DevicePage,
    Devices,
    DevicesById,
    Merge,
    Overlay,
    Queue,
    Snapshots,
    Sweeps,
)
from shared.report.summary import Summary, summarise, trend_point
from shared.report.vocabulary import blockers_by_unknown
from shared.use_cases.end_sweep import clear_away, end_partial
from shared.use_cases.hints import Hints
from shared.use_cases.judge_page import page_lines
from shared.use_cases.judges import Judges

log = logging.getLogger(__name__)

MOST_VERIFIED = 10_000
"""Missing devices asked for by id; those beyond are kept as they were, and the summary says so."""

FinishOutcome: TypeAlias = Literal["committed", "repeated", "stale"]


async def finish_sweep(
    message: FinishSweep,
    attempt: int,
    now: datetime,
    *,
    judges: Judges,
    devices: Devices,
    sweeps: Sweeps,
    snapshots: Snapshots,
    overlay: Overlay,
    queue: Queue,
) -> FinishOutcome:
    """Commit a sweep; repeating the message changes nothing. `now` is in UTC.

    Raises for the queue to try again. At the last attempt the sweep ends partial first, and the
    snapshot that was current stays so.
    """
    sweep = await sweeps.read(message.sweep)
    pointer, etag = await snapshots.current()
    if sweep is None:
        log.info("Sweep %s is to be finished, and there is no such sweep.", message.sweep)
        return "stale"
    if pointer is not None and pointer.sweep == sweep.id:
        await _tidy(
            sweep, pointer, sweeps=sweeps, snapshots=snapshots, overlay=overlay, queue=queue
        )
        return "repeated"
    if sweep.state != "paging":
        log.info("Sweep %s has ended %s already.", sweep.id, sweep.state)
        await clear_away(sweep.id, sweeps=sweeps)
        return "stale"
    previous = pointer.sweep if pointer else None
    committed = Pointer(sweep.id, sweep.started, previous)
    folding = pointer and structs.replace(pointer, folding=Folding(sweep.id, now))
    try:
        await _check_pages(message, sweeps)
        if folding is not None:
            etag = await snapshots.commit(folding, etag)
        async with snapshots.merging(sweep.id, previous, blockers_by_unknown()) as merge:
            await _verify_missing(
                sweep, message.pages, now, merge, judges=judges, devices=devices, sweeps=sweeps
            )
            doubtful = [*await merge.outdated(), *await merge.newcomers()]
            merged = await merge.write(sweep.started)
            summary = summarise(sweep, merged, previous)
            if await snapshots.current() != (folding, etag):
                raise ConflictError(f"another snapshot was committed while {sweep.id} was merged")
            # Pages are removed after the record says so: it tells whether all were still there.
            if await sweeps.read(sweep.id) != sweep:
                raise SweepError(f"sweep {sweep.id} was ended while it was merged")
            await snapshots.store(sweep.id, merge, merged, msgspec.json.encode(summary))
        await _hint(doubtful, queue)
        await snapshots.commit(committed, etag)
    except Exception as error:
        # The commit may have been made, by us or beside us, and its answer lost.
        if not await _is_current(sweep, snapshots):
            await _unfold(folding, snapshots)
            if attempt >= MAX_DEQUEUE_COUNT:
                reason = f"its pages could not be merged: {error}"
                await end_partial(sweep.id, reason, sweeps=sweeps)
            raise
    await _tidy(sweep, committed, sweeps=sweeps, snapshots=snapshots, overlay=overlay, queue=queue)
    return "committed"


async def _is_current(sweep: Sweep, snapshots: Snapshots) -> bool:
    pointer, _ = await snapshots.current()
    return pointer is not None and pointer.sweep == sweep.id


async def _unfold(folding: Pointer | None, snapshots: Snapshots) -> None:
    """Let devices be assessed again after a failed attempt, as far as that can be said.

    Where it cannot, the mark is taken for dead after a while.
    """
    try:
        pointer, etag = await snapshots.current()
        if pointer is not None and pointer == folding:
            await snapshots.commit(structs.replace(pointer, folding=None), etag)
    except StorageError as error:
        log.warning("The snapshot stays marked as being folded for now: %s", error)


async def _hint(ids: Sequence[str], queue: Queue) -> None:
    """Have devices looked at again of which nobody can be sure.

    Those that the overlay knew better were judged by the tenant as it was before this sweep. Those
    that are new may have gone again since their page was read, when nobody knew them yet.

    It is sent before the commit, after which nobody could say which they were. A message that is
    read too early waits for the fold to end.
    """
    hints = Hints(queue)
    for id in ids:
        await hints.add_intune(id)
    await hints.send_rest()


async def _check_pages(message: FinishSweep, sweeps: Sweeps) -> None:
    stored = {page.page for page in await sweeps.pages(message.sweep)}
    missing = [page for page in range(1, message.pages + 1) if page not in stored]
    if missing:
        raise SweepError(
            f"sweep {message.sweep} lacks {len(missing)} of {message.pages} pages, the first being"
            f" page {missing[0]}, so it cannot be complete"
        )


async def _verify_missing(
    sweep: Sweep,
    pages: int,
    now: datetime,
    merge: Merge,
    *,
    judges: Judges,
    devices: Devices,
    sweeps: Sweeps,
) -> None:
    """Ask for each device that was on no page before it is called gone.

    A device that is renamed while the fleet is read by name can be missed by every page, so
    absence from a complete list is a question, and Graph's 404 the answer.
    """
    missing = await merge.missing()
    if not missing:
        return
    asked, beyond = missing[:MOST_VERIFIED], missing[MOST_VERIFIED:]
    answer = await _asked(asked, devices)
    if answer.present:
        book = await judges.of(sweep, sweeps)
        page = DevicePage(answer.present)
        lines = page_lines(pages + 1, page, book, user_names=sweep.user_names, read_at=now)
        await merge.add(pages + 1, lines)
    await merge.keep([*sorted(answer.unanswered), *beyond])


async def _asked(ids: Sequence[str], devices: Devices) -> DevicesById:
    try:
        return await devices.by_id(ids)
    except GraphError as error:
        log.warning("%d missing devices could not be asked for, and are kept: %s", len(ids), error)
        return DevicesById(unanswered=frozenset(ids))


async def _tidy(
    sweep: Sweep,
    pointer: Pointer,
    *,
    sweeps: Sweeps,
    snapshots: Snapshots,
    overlay: Overlay,
    queue: Queue,
) -> None:
    """Do what follows a commit; each step may be repeated."""
    summary = msgspec.json.decode(await snapshots.summary(sweep.id), type=Summary)
    await snapshots.add_to_trend(sweep.as_of, msgspec.json.encode(trend_point(summary)))
    if sweep.state != "complete":
        await sweeps.write(structs.replace(sweep, state="complete", reason=None))
    if pointer.previous is not None:
        await overlay.remove(pointer.previous)
        await sweeps.remove_sets(pointer.previous)
    await clear_away(sweep.id, sweeps=sweeps)
    await queue.send(DIGESTS, ComposeDigests(f"sweep {sweep.id} is complete"))
    log.info("Sweep %s is complete: %d devices.", sweep.id, summary.devices)
