"""Entra's devices: one by its ids, and as a list."""

from collections.abc import Callable, Iterable, Iterator

import msgspec
from msgspec import Struct

from local.tenant.calls import Answer, Call, Context, route
from local.tenant.device import Device
from local.tenant.odata import Clause, clauses, entity, page
from local.tenant.refusals import not_found, refuse
from local.tenant.tenant import SimulatedTenant

MOST_VALUES = 15
"""Values that `in`, or comparisons joined by `or`, may name in a filter of the directory."""


Predicate = Callable[[Device], bool]


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
    object_id = tenant.fleet.objects.guid(device.entra_index)
    device_id = tenant.fleet.entra.guid(device.entra_index)
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
        isManaged=tenant.device(device.index) is not None,
        manufacturer=device.manufacturer or None,
        model=device.model or None,
        physicalIds=ids,
    )


def selected(device: EntraDevice, names: tuple[str, ...] | None) -> dict[str, object]:
    """Return the selected properties, all of them where nothing is selected."""
    every: dict[str, object] = msgspec.structs.asdict(device)
    return {k: v for k, v in every.items() if v is not msgspec.UNSET and (not names or k in names)}


def list_devices(graph: Context, call: Call) -> Answer:
    """Answer a page of devices; unlike Intune, Entra refuses a filter that it does not support."""
    tenant, comparisons = graph.tenant, clauses(call)
    tests: list[Predicate] = []
    named: Iterable[int] | None = None
    for clause in comparisons:
        if clause.name == "operatingSystem" and clause.operator == "startswith":
            tests.append(_of_systems_like(clause.value))
            continue
        if clause.operator not in ("eq", "in") or len(clause.values) > MOST_VALUES:
            return _unsupported(call)
        if clause.name == "operatingSystem":
            tests.append(_of_system(clause))
        elif clause.name in ("id", "deviceId"):
            ids = tenant.fleet.objects if clause.name == "id" else tenant.fleet.entra
            named = sorted({n for n in map(ids.index, clause.values) if n is not None})
        else:
            return _unsupported(call)
    if call.query.get("$filter") and not comparisons:
        return _unsupported(call)

    def rest(start: int) -> Iterator[tuple[int, Device]]:
        for number in range(start, tenant.count) if named is None else named:
            device = tenant.registered(number) if number >= start else None
            if device is not None and all(test(device) for test in tests):
                yield number, device

    return page(call, rest, lambda d: selected(in_entra(tenant, d), call.selected))


def _of_system(clause: Clause) -> Predicate:
    wanted = {value.casefold() for value in clause.values}
    return lambda device: device.operating_system.casefold() in wanted


def _of_systems_like(start: str) -> Predicate:
    return lambda device: device.operating_system.casefold().startswith(start.casefold())


def _unsupported(call: Call) -> Answer:
    return refuse(call, 400, "Request_UnsupportedQuery", "Unsupported or invalid query filter.")


def get_by_device_id(graph: Context, call: Call, device_id: str) -> Answer:
    """Answer the device with this alternate key."""
    return _one(graph.tenant, call, device_id, graph.tenant.fleet.entra.index(device_id))


def get_by_object_id(graph: Context, call: Call, object_id: str) -> Answer:
    """Answer the device with this object id."""
    return _one(graph.tenant, call, object_id, graph.tenant.fleet.objects.index(object_id))


def _one(tenant: SimulatedTenant, call: Call, name: str, number: int | None) -> Answer:
    device = None if number is None else tenant.registered(number)
    if device is None:
        return not_found(call, name)
    return entity(call, selected(in_entra(tenant, device), call.selected))


READ = ("Device.Read.All", "Device.ReadWrite.All", "Directory.Read.All")

ROUTES = (
    route("/devices", list_devices, *READ),
    route("/devices(deviceId='{}')", get_by_device_id, *READ),
    route("/devices/{}", get_by_object_id, *READ),
)
