"""Entra's devices: by device id, as a list, and their changes by delta token."""

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from local.tenant.calls import Answer, Call, Context, route
from local.tenant.device import Device
from local.tenant.odata import (
    clauses,
    collection,
    entity,
    page,
    read_token,
    top,
    write_token,
)
from local.tenant.refusals import not_found, refuse
from local.tenant.tenant import SimulatedTenant

DELTA_PAGE = 200


class EntraDevice(Struct):
    """The device as Entra knows it; `id` is the object's, `deviceId` what Intune refers to."""

    id: str
    deviceId: str  # noqa: N815 - Graph's name.
    displayName: str  # noqa: N815
    accountEnabled: bool  # noqa: N815
    operatingSystem: str  # noqa: N815
    operatingSystemVersion: object  # noqa: N815
    trustType: str | None  # noqa: N815
    profileType: str | None  # noqa: N815
    enrollmentType: object  # noqa: N815
    isManaged: bool  # noqa: N815
    manufacturer: object
    model: object
    physicalIds: list[str]  # noqa: N815


def in_entra(tenant: SimulatedTenant, device: Device) -> EntraDevice:
    """Return Entra's view of a device."""
    object_id = tenant.fleet.objects.guid(device.index)
    device_id = tenant.fleet.entra.guid(device.index)
    ids = [f"[USER-GID]:{device.user_id}:{device.index}", f"[GID]:g:{device.index}"]
    if device.autopilot_enrolled:
        ids.append(f"[ZTDID]:{tenant.fleet.autopilot.guid(device.index)}")
    return EntraDevice(
        id=object_id,
        deviceId=device_id,
        displayName=device.name,
        accountEnabled=True,
        operatingSystem=device.operating_system,
        operatingSystemVersion=device.os_version or None,
        trustType=device.trust_type,
        profileType=device.profile_type,
        enrollmentType=device.enrollment_type or None,
        isManaged=True,
        manufacturer=device.manufacturer or None,
        model=device.model or None,
        physicalIds=ids,
    )


def selected(device: EntraDevice, names: tuple[str, ...] | None) -> dict[str, object]:
    """Return the selected properties, all of them where nothing is selected."""
    every: dict[str, object] = msgspec.structs.asdict(device)
    return {k: v for k, v in every.items() if v is not msgspec.UNSET and (not names or k in names)}


def list_devices(graph: Context, call: Call) -> Answer:
    """Answer the devices of a device id, or a page of all."""
    for name, operator, value in clauses(call):
        if (name, operator) == ("deviceId", "eq"):
            found = _by_device_id(graph.tenant, value)
            return collection(call, [] if found is None else [selected(found, call.selected)])

    def rest(start: int) -> Iterator[tuple[int, Device]]:
        return ((d.index, d) for d in graph.tenant.devices(start) if d.in_entra)

    return page(call, rest, lambda d: selected(in_entra(graph.tenant, d), call.selected))


def get_by_device_id(graph: Context, call: Call, device_id: str) -> Answer:
    """Answer the device with this alternate key."""
    return _one(call, device_id, _by_device_id(graph.tenant, device_id))


def get_by_object_id(graph: Context, call: Call, object_id: str) -> Answer:
    """Answer the device with this object id."""
    index = graph.tenant.fleet.objects.index(object_id)
    return _one(call, object_id, _present(graph.tenant, index))


def _one(call: Call, name: str, device: EntraDevice | None) -> Answer:
    if device is None:
        return not_found(call, name)
    return entity(call, selected(device, call.selected))


def _by_device_id(tenant: SimulatedTenant, device_id: str) -> EntraDevice | None:
    return _present(tenant, tenant.fleet.entra.index(device_id))


def _present(tenant: SimulatedTenant, index: int | None) -> EntraDevice | None:
    device = None if index is None else tenant.device(index)
    return in_entra(tenant, device) if device is not None and device.in_entra else None


class Watermark(Struct, frozen=True):
    """What a delta token remembers: where in the log it stands, and what was selected.

    While `listing` is a number, the first full round is under way, at that index.
    """

    log: int
    select: tuple[str, ...] | None
    listing: int | None = None


def delta(graph: Context, call: Call) -> Answer:
    """Answer what changed: all devices first, then those since the token."""
    tenant, query = graph.tenant, call.query
    newest = len(tenant.entra_log)
    token = query.get("$skiptoken") or query.get("$deltatoken") or None
    if token == "latest":  # noqa: S105 - Graph's word for "from now on".
        return collection(
            call, [], deltaLink=_link(call, "delta", Watermark(newest, call.selected))
        )
    if token is None:
        return _first_round(tenant, call, Watermark(newest, call.selected, 0))
    mark = read_token(token, Watermark)
    if mark.log > newest or (graph.plan.faults.delta_expired and "$deltatoken" in query):
        return _expired(call, graph.plan.faults.delta_expired or "syncStateNotFound")
    if mark.listing is not None:
        return _first_round(tenant, call, mark)
    return _changes(tenant, call, mark)


def _first_round(tenant: SimulatedTenant, call: Call, mark: Watermark) -> Answer:
    size = top(call, DELTA_PAGE)
    rows: list[dict[str, object]] = []
    for device in tenant.devices(mark.listing or 0):
        if len(rows) == size:
            onward = Watermark(mark.log, mark.select, device.index)
            return collection(call, rows, nextLink=_link(call, "skip", onward))
        if device.in_entra:
            rows.append(_changed(tenant, device.index, mark.select))
    return collection(call, rows, deltaLink=_link(call, "delta", Watermark(mark.log, mark.select)))


def _changes(tenant: SimulatedTenant, call: Call, mark: Watermark) -> Answer:
    end = min(mark.log + top(call, DELTA_PAGE), len(tenant.entra_log))
    rows = [_changed(tenant, index, mark.select) for index in tenant.entra_log[mark.log : end]]
    onward = Watermark(end, mark.select)
    if end < len(tenant.entra_log):
        return collection(call, rows, nextLink=_link(call, "skip", onward))
    return collection(call, rows, deltaLink=_link(call, "delta", onward))


def _changed(
    tenant: SimulatedTenant, index: int, names: tuple[str, ...] | None
) -> dict[str, object]:
    object_id = tenant.fleet.objects.guid(index)
    device = _present(tenant, index)
    if device is None:
        return {"id": object_id, "@removed": {"reason": "deleted"}}
    return {"id": object_id, **selected(device, names)}


def _link(call: Call, kind: str, mark: Watermark) -> str:
    path = f"{call.root}/{call.version}/devices/delta"
    return f"{path}?${kind}token={write_token(mark)}"


def _expired(call: Call, how: str) -> Answer:
    if how == "gone":
        afresh = f"{call.root}/{call.version}/devices/delta?$deltatoken="
        message = "The delta token is expired, please sync afresh."
        return refuse(call, 410, "syncStateNotFound", message, {"Location": afresh})
    return refuse(call, 400, how, "The sync state generation is not found; please sync afresh.")


_READ = ("Device.Read.All", "Device.ReadWrite.All", "Directory.Read.All")

ROUTES = (
    route("/devices", list_devices, *_READ),
    route("/devices/delta", delta, *_READ),
    route("/devices(deviceId='{}')", get_by_device_id, *_READ),
    route("/devices/{}", get_by_object_id, *_READ),
)
