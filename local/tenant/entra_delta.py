"""What changed among Entra's devices, by delta token."""

from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

from local.tenant.calls import Answer, Call, Context, route
from local.tenant.entra_devices import READ, in_entra, selected
from local.tenant.entra_log import EntraChange
from local.tenant.odata import collection, read_token, top, write_token
from local.tenant.refusals import refuse
from local.tenant.tenant import SimulatedTenant

LARGEST_PAGE = 200
LIFE = timedelta(days=7)
"""How long a token can be used."""

LATEST = "latest"
"""Graph's word for a token that leads to what changes from now on."""


class Watermark(Struct, frozen=True):
    """What a token remembers: where in the log it stands, what was selected, and when it was made.

    `issued` is in seconds since 1970. While `listing` is a number, the first full round is under
    way, at that object. `rested` says that the page before was empty.
    """

    log: int
    select: tuple[str, ...] | None
    issued: float
    listing: int | None = None
    rested: bool = False


def delta(graph: Context, call: Call) -> Answer:
    """Answer what changed: all devices first, then those since the token."""
    tenant, query, faults = graph.tenant, call.query, graph.plan.faults
    now = tenant.clock().timestamp()
    token = query.get("$skiptoken") or query.get("$deltatoken") or None
    newest = Watermark(len(tenant.entra_log), call.selected, now)
    if token == LATEST:
        return collection(call, [], deltaLink=_link(call, "delta", newest))
    if token is None:
        return _first_round(graph, call, replace(newest, listing=0))
    mark = read_token(token, Watermark)
    if faults.delta_expired and "$deltatoken" in query:
        return _expired(call, faults.delta_expired)
    if mark.log > newest.log or now - mark.issued > LIFE.total_seconds():
        return _expired(call, "gone")
    mark = replace(mark, issued=now)
    if not mark.rested and graph.plan.rests(mark.log, mark.listing):
        resting = replace(mark, rested=True)
        return collection(call, [], nextLink=_link(call, "skip", resting))
    mark = replace(mark, rested=False)
    return (_changes if mark.listing is None else _first_round)(graph, call, mark)


def _first_round(graph: Context, call: Call, mark: Watermark) -> Answer:
    tenant, size = graph.tenant, top(call, LARGEST_PAGE)
    rows: list[dict[str, object]] = []
    for number in range(mark.listing or 0, tenant.count):
        if tenant.registered(number) is None:
            continue
        if len(rows) == size:
            onward = replace(mark, listing=number)
            return collection(call, rows, nextLink=_link(call, "skip", onward))
        rows.append(_item(tenant, EntraChange(number), mark))
    return collection(call, rows, deltaLink=_link(call, "delta", replace(mark, listing=None)))


def _changes(graph: Context, call: Call, mark: Watermark) -> Answer:
    tenant, log = graph.tenant, graph.tenant.entra_log
    end = min(mark.log + top(call, LARGEST_PAGE), len(log))
    sparse = graph.plan.faults.delta_sparse
    told = log[mark.log : end]
    if mark.log and graph.plan.replays(mark.log):
        told = [log[graph.plan.replayed(mark.log)], *told]
    rows = [_item(tenant, change, mark, sparse=sparse) for change in told]
    onward = replace(mark, log=end)
    if end < len(log):
        return collection(call, rows, nextLink=_link(call, "skip", onward))
    return collection(call, rows, deltaLink=_link(call, "delta", onward))


def _item(
    tenant: SimulatedTenant, change: EntraChange, mark: Watermark, *, sparse: bool = False
) -> dict[str, object]:
    """Return an object as it is now; a `sparse` item leaves out what did not change."""
    object_id = tenant.fleet.objects.guid(change.entra_index)
    device = tenant.registered(change.entra_index)
    if device is None:
        return {"id": object_id, "@removed": {"reason": "deleted"}}
    item = selected(in_entra(tenant, device), mark.select)
    if sparse and change.names is not None:
        item = {name: value for name, value in item.items() if name in change.names}
    return {"id": object_id, **item}


def _link(call: Call, kind: str, mark: Watermark) -> str:
    path = f"{call.root}/{call.version}/devices/delta"
    return f"{path}?${kind}token={write_token(mark)}"


def _expired(call: Call, how: str) -> Answer:
    if how == "gone":
        afresh = f"{call.root}/{call.version}/devices/delta?$deltatoken="
        message = "The delta token is expired, please sync afresh."
        return refuse(call, 410, "syncStateNotFound", message, {"Location": afresh})
    return refuse(call, 400, how, "The sync state generation is not found; please sync afresh.")


ROUTES = (route("/devices/delta", delta, *READ),)
