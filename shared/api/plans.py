"""Operations that make a plan, and may apply it at once."""

import logging
from datetime import datetime

from shared.api.access import caller, may_undertake
from shared.api.answers import done_answer
from shared.api.conditions import if_match
from shared.api.exchange import Api, Request, Response
from shared.api.idempotency import REPLAYED, first_answer, keep, key_of
from shared.api.requests import PlanBody, RevertBody, Undertaking, body_of, id_of, override_of
from shared.domain.gate_answers import passed
from shared.domain.principal import PLAN, Principal
from shared.domain.restore_change import Change, Override
from shared.errors import ChangeError
from shared.use_cases.apply_change import apply_change
from shared.use_cases.plan_change import Key, Planning, Undo, Wanted, plan_change, plan_revert
from shared.use_cases.read_changes import read_change

log = logging.getLogger(__name__)


async def plan(request: Request, api: Api) -> Response:
    """Plan a change, and apply it where that is asked for and nothing is in its way."""
    who = await caller(request, api, PLAN)
    body = body_of(request, PlanBody)
    may_undertake(who, body)
    key, seen, now = key_of(request, who, "plan", body), if_match(request), api.clock()
    wanted = Wanted(body.state, body.reason, body.ticket)
    planning = await plan_change(now, who, wanted, key, seen, control=api.control)
    return await _answer(planning, body, key, who, api, now=now)


async def revert(request: Request, api: Api) -> Response:
    """Plan the way back to the value before a change, and go on as with any plan."""
    who = await caller(request, api, PLAN)
    body, id = body_of(request, RevertBody), id_of(request)
    may_undertake(who, body)
    key, seen, now = key_of(request, who, f"revert {id}", body), if_match(request), api.clock()
    undo = Undo(id, body.reason, body.ticket)
    planning = await plan_revert(now, who, undo, key, seen, control=api.control)
    return await _answer(planning, body, key, who, api, now=now)


async def _answer(
    planning: Planning, body: Undertaking, key: Key, who: Principal, api: Api, *, now: datetime
) -> Response:
    """Answer with a plan as it was answered first.

    A plan without an answer is that of a call which died before it could give one: it goes on.
    """
    replayed = {REPLAYED: "true"} if planning.replayed else {}
    if planning.replayed and (first := await first_answer(key, api)) is not None:
        return first
    change = planning.change.as_of(now)
    override = override_of(body.override)
    if body.apply and _nothing_in_the_way(change, override):
        change = await _applied(change, override, who, api, now=now)
    answer = done_answer(change, status=201)
    await keep(key, answer, api)
    return Response(answer.status, answer.body, {**answer.headers, **replayed})


def _nothing_in_the_way(change: Change, override: Override | None) -> bool:
    answers = passed(change.gates, override.gates if override else ())
    return change.state == "approved" and not any(answer.stops for answer in answers)


async def _applied(
    change: Change, override: Override | None, who: Principal, api: Api, *, now: datetime
) -> Change:
    """Apply a change; where something came in the way just now, it stands as it is."""
    try:
        return await apply_change(now, who, change.id, None, override, control=api.control)
    except ChangeError as error:
        log.info("The change %s is planned, and not applied at once: %s", change.id, error)
        return await read_change(now, change.id, control=api.control)
