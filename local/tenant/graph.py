"""The simulated Graph: who may call what, batches included."""

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from local.tenant import (
    audit,
    autopilot,
    directory,
    directory_roles,
    enrollment,
    entra_delta,
    entra_devices,
    managed_devices,
    policies,
)
from local.tenant.calls import Answer, Call, Context, Route, read_call, route
from local.tenant.chance import key
from local.tenant.odata import TokenError
from local.tenant.refusals import forbidden, no_segment, refuse, throttled, unavailable

LARGEST_BATCH = 20
UNKNOWN_FAMILY = "unknown"


class Inner(Struct):
    """One request of a batch."""

    id: str
    method: str
    url: str
    headers: dict[str, str] = {}
    body: msgspec.Raw = msgspec.Raw(b"")


class Batch(Struct):
    """The body of a batch."""

    requests: list[Inner]


def batch(graph: Context, call: Call) -> Answer:
    """Answer a batch: each request on its own, in an order of Graph's."""
    try:
        requests = msgspec.json.decode(call.body, type=Batch).requests
    except msgspec.MsgspecError:
        return refuse(call, 400, "BadRequest", "Invalid batch payload format.")
    if len(requests) > LARGEST_BATCH:
        message = f"Number of batch request steps exceeds the maximum value of {LARGEST_BATCH}."
        return refuse(call, 400, "BadRequest", message)
    if len({request.id for request in requests}) < len(requests):
        return refuse(call, 400, "BadRequest", "Request Id values should be unique.")
    # Graph answers in whatever order its backends did.
    shuffled = sorted(requests, key=lambda r: key(graph.tenant.seed, "batch", r.id, r.url))
    return Answer(msgspec.json.encode({"responses": list(_responses(graph, call, shuffled))}))


def _responses(graph: Context, call: Call, requests: list[Inner]) -> Iterator[dict[str, object]]:
    for request in requests:
        inner = read_call(
            request.method.upper(),
            call.root,
            f"/{call.version}/{request.url.lstrip('/')}",
            {**request.headers, "authorization": call.headers.get("authorization", "")},
            bytes(request.body),
        )
        answered = _fault(graph, inner) or answer(graph, inner)
        yield {
            "id": request.id,
            "status": answered.status,
            "headers": {"Content-Type": "application/json", **answered.headers},
            "body": msgspec.Raw(answered.body or b"null"),
        }


def _fault(graph: Context, call: Call) -> Answer | None:
    """Return the 429 or 503 that strikes one request of a batch."""
    faults = graph.plan.faults
    throw = graph.plan.throw("inner", call.method, call.path, *sorted(call.query.items()))
    if throw.hits(faults.throttle, "throttle"):
        return throttled(call, faults.retry_after)
    if throw.hits(faults.unavailable, "unavailable"):
        return unavailable(call)
    return None


ROUTES: tuple[Route, ...] = (
    route("/$batch", batch, method="POST"),
    *managed_devices.ROUTES,
    *entra_delta.ROUTES,
    *entra_devices.ROUTES,
    *enrollment.ROUTES,
    *autopilot.ROUTES,
    *policies.ROUTES,
    *directory.ROUTES,
    *directory_roles.ROUTES,
    *audit.ROUTES,
)


def family(call: Call) -> str:
    """Name the kind of path that is called, for counting."""
    return next((r.family for r in ROUTES if r.pattern.fullmatch(call.path)), UNKNOWN_FAMILY)


def answer(graph: Context, call: Call) -> Answer:
    """Answer a call, batches included; faults are not looked at, but for those inside a batch."""
    allowed = False
    for line in ROUTES:
        match = line.pattern.fullmatch(call.path) if call.version in line.versions else None
        if match is None:
            continue
        allowed = True
        if line.method != call.method:
            continue
        if not graph.acting(call).may(line.permissions):
            return forbidden(call)
        try:
            return line.endpoint(graph, call, *match.groups())
        except TokenError:
            return refuse(call, 400, "BadRequest", "Skip token is invalid.")
    if allowed:
        return refuse(call, 405, "MethodNotAllowed", f"{call.method} is not allowed here.")
    return no_segment(call)
