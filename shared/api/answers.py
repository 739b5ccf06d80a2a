"""Changes, and how the setting stands, as callers read them."""

from typing import Any

import msgspec

from shared.api.conditions import quoted
from shared.api.exchange import Response
from shared.domain.restore_change import UNSETTLED, Change
from shared.ports import Fitness
from shared.report.restore_words import fitness_remedies, remedies, said
from shared.use_cases.read_changes import Listing
from shared.use_cases.restore_status import Drift, Status

CHANGES = "/api/restore-setting/changes"
GOING_ON = UNSETTLED | {"waiting_for_intune_approval"}
"""What is not over when a change that is being applied is answered."""


def change_answer(change: Change, status: int = 200) -> Response:
    """Answer with a change."""
    headers = {"ETag": quoted(change.etag)}
    if status != 200:
        headers["Location"] = f"{CHANGES}/{change.id}"
    return Response(status, _json(_told(change)), headers)


def done_answer(change: Change, status: int = 200) -> Response:
    """Answer with a change to which something was done: 202 where that goes on."""
    return change_answer(change, 202 if change.state in GOING_ON else status)


def list_answer(listing: Listing) -> Response:
    """Answer with some changes, and where to go on."""
    changes = [_told(change) for change in listing.changes]
    return Response(200, _json({"changes": changes, "next": listing.next}))


def status_answer(status: Status) -> Response:
    """Answer how the setting stands; the ETag is that of the setting alone."""
    told = {
        "setting": status.setting,
        "wrong": status.wrong,
        "last_change": status.last_change,
        "drift": _drift(status.drift),
        "gates": status.gates,
        "write_identity": _fitness(status.write_identity),
        "in_progress": status.in_progress,
    }
    headers = {} if status.etag is None else {"ETag": quoted(status.etag)}
    return Response(200, _json(told), headers)


def fitness_answer(fitness: Fitness) -> Response:
    """Answer whether the write identity would be let through, and what to do where not."""
    what_to_do = fitness_remedies(
        fitness.permission, fitness.role, fitness.configured, fitness.identity
    )
    return Response(200, _json(_fitness(fitness) | {"remedies": what_to_do}))


def _told(change: Change) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(change)
    return told | {
        "approvals_missing": change.approvals_missing,
        "says": said(change),
        "remedies": remedies(change),
    }


def _fitness(fitness: Fitness) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(fitness)
    return told | {"fit": fitness.fit}


def _drift(drift: Drift) -> dict[str, Any]:
    applied = drift.applied
    told = None
    if applied is not None:
        value = applied.value
        told = {
            "change": applied.change,
            "state": value.state,
            "last_modified": value.last_modified,
            "at": applied.at,
        }
    return {"drifted": drift.drifted, "applied": told, "says": drift.says}


def _json(told: object) -> bytes:
    return msgspec.json.encode(told)
