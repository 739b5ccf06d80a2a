"""Operations on changes: reading them, and what follows on a plan."""

from shared.api.access import caller, may_override, may_reject
from shared.api.answers import change_answer, done_answer, list_answer
from shared.api.conditions import if_match, is_known
from shared.api.exchange import Api, Request, Response
from shared.api.problems import problem
from shared.api.requests import (
    ApplyBody,
    EmptyBody,
    RejectBody,
    body_of,
    id_of,
    override_of,
    page_of,
)
from shared.domain.principal import APPLY, PLAN, READERS
from shared.errors import GatesError
from shared.use_cases.apply_change import apply_change
from shared.use_cases.approve_change import approve_change, reject_change
from shared.use_cases.confirm_change import confirm_change
from shared.use_cases.read_changes import list_changes, read_change


async def index(request: Request, api: Api) -> Response:
    """List changes, the newest first."""
    await caller(request, api, *READERS)
    most, before = page_of(request)
    return list_answer(await list_changes(api.clock(), most, before, control=api.control))


async def show(request: Request, api: Api) -> Response:
    """Tell the whole story of a change; 304 to those who have it."""
    await caller(request, api, *READERS)
    answer = change_answer(await read_change(api.clock(), id_of(request), control=api.control))
    etag = answer.headers["ETag"]
    return Response(304, headers={"ETag": etag}) if is_known(request, etag.strip('"')) else answer


async def approve(request: Request, api: Api) -> Response:
    """Consent to a plan that somebody else made."""
    who = await caller(request, api, *api.control.terms.approver_roles)
    body_of(request, EmptyBody)
    id, seen = id_of(request), if_match(request)
    return change_answer(await approve_change(api.clock(), who, id, seen, control=api.control))


async def reject(request: Request, api: Api) -> Response:
    """Say no to a plan, or withdraw one's own."""
    approvers = api.control.terms.approver_roles
    who = await caller(request, api, *approvers, PLAN)
    why = body_of(request, RejectBody).why
    id, seen, now = id_of(request), if_match(request), api.clock()
    may_reject(who, await read_change(now, id, control=api.control), approvers)
    return change_answer(await reject_change(now, who, id, why, seen, control=api.control))


async def apply(request: Request, api: Api) -> Response:
    """Write the setting, if every gate holds; 202 where that is not over yet."""
    who = await caller(request, api, APPLY)
    body = body_of(request, ApplyBody)
    may_override(who, body.override)
    id, seen, now = id_of(request), if_match(request), api.clock()
    override = override_of(body.override)
    try:
        change = await apply_change(now, who, id, seen, override, control=api.control)
    except GatesError as error:
        blocked = await read_change(now, id, control=api.control)
        stopping = [answer for answer in blocked.gates if answer.stops]
        return problem(error, request.path, stopping)
    return done_answer(change)


async def confirm(request: Request, api: Api) -> Response:
    """Close a refused change that was made by hand, once the setting shows it."""
    who = await caller(request, api, APPLY)
    body_of(request, EmptyBody)
    id, seen = id_of(request), if_match(request)
    return change_answer(await confirm_change(api.clock(), who, id, seen, control=api.control))
