"""Intune's managed devices: lists in name order, and single devices by id."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice, takewhile

from msgspec import UNSET, Struct

from local.tenant.calls import Answer, Call, Context, route
from local.tenant.device import ATTRIBUTES, Device
from local.tenant.moments import ceiled, floored
from local.tenant.names import AFTER_ALL, BEFORE_ALL
from local.tenant.odata import (
    Clause,
    clauses,
    collection,
    entity,
    read_token,
    shape,
    top,
    write_token,
)
from local.tenant.refusals import not_found
from local.tenant.tenant import Place, SimulatedTenant

LARGEST_PAGE = 1_000
EQUALS = ("eq", "ne")
"""Intune answers `ne` as if it were `eq`."""

BETA_ONLY = frozenset(
    {"joinType", "skuNumber", "skuFamily", "autopilotEnrolled", "chassisType"}
    | {"processorArchitecture"}
)
_ELSEWHERE = ("index", "entraIndex", "sku_in_lists", "inEntra", "trustType", "profileType")
_SINGLE = {
    name: attribute
    for name, attribute in ATTRIBUTES.items()
    if name not in (*_ELSEWHERE, "autopilotProfile", "autopilotEvents")
} | {"azureADRegistered": "registered"}
_LISTED = _SINGLE | {"skuNumber": "listed_sku"}

Predicate = Callable[[Device], bool]


def _properties(call: Call, properties: dict[str, str]) -> dict[str, str]:
    if call.version == "beta":
        return properties
    return {name: at for name, at in properties.items() if name not in BETA_ONLY}


def _predicate(clause: Clause) -> Predicate | None:
    """Return what a comparison does; None for those that Intune silently ignores."""
    name, operator, value = clause.name, clause.operator, clause.value
    if name == "operatingSystem" and operator in EQUALS:
        wanted = value.casefold()
        return lambda device: device.operating_system.casefold() == wanted
    if name in ("lastSyncDateTime", "enrolledDateTime") and operator in ("gt", "lt"):
        attribute = ATTRIBUTES[name]
        bound = floored(value) if operator == "gt" else ceiled(value)
        if bound is not None and operator == "gt":
            return lambda device: str(getattr(device, attribute)) > bound
        if bound is not None:
            return lambda device: str(getattr(device, attribute)) < bound
    return None


def _candidates(graph: Context, after: Place | None, comparisons: list[Clause]) -> Iterator[Device]:
    """Return the devices from a place on, without looking at those that cannot be meant."""
    tenant = graph.tenant
    for name, operator, values in comparisons:
        if name == "deviceName" and operator in EQUALS:
            return _named(graph, values[0], after)
        if name == "azureADDeviceId" and operator in EQUALS and _filters_by_entra_id(graph):
            return _in_order(_of_entra_id(tenant, values[0]), after)
        if name == "lastSyncDateTime" and operator == "gt":
            bound = floored(values[0])
            if bound is not None and bound >= tenant.fleet.last_syncs:
                return _in_order((d for d in tenant.altered() if d.last_sync > bound), after)
    return tenant.by_name(after)


def _filters_by_entra_id(graph: Context) -> bool:
    return graph.plan.faults.entra_filter == "works"


def _of_entra_id(tenant: SimulatedTenant, entra_id: str) -> list[Device]:
    number = tenant.fleet.entra.index(entra_id)
    devices = [] if number is None else tenant.enrollments(number)
    return [d for d in devices if (d.entra_device_id or "").lower() == entra_id.lower()]


def _in_order(devices: Iterable[Device], after: Place | None) -> Iterator[Device]:
    placed = sorted(((d.name, d.index), d) for d in devices)
    return (device for place, device in placed if after is None or place > after)


def _named(graph: Context, name: str, after: Place | None) -> Iterator[Device]:
    start = max(after or ("", -1), (name, -1))
    return takewhile(lambda device: device.name == name, graph.tenant.by_name(start))


def list_devices(graph: Context, call: Call) -> Answer:
    """Answer a page of devices in name order; its token is the name of the last one."""
    token = call.query.get("$skiptoken")
    after: Place | None = None if token is None else read_token(token, tuple[str, int])
    comparisons = clauses(call)
    tests = [test for test in map(_predicate, comparisons) if test]
    candidates = _candidates(graph, after, comparisons)
    matching = (d for d in candidates if all(test(d) for test in tests))
    size = top(call, LARGEST_PAGE)
    found = list(islice(matching, size + 1))
    devices = found[:size]
    rows = _rows(graph, call, devices)
    if len(found) == len(devices):
        return collection(call, rows, counted=True)
    last = devices[-1]
    if len(devices) > 1 and graph.plan.duplicates(last.id):
        last = devices[-2]
    if graph.plan.rename_due and token is None:
        _rename(graph, devices[0])
    return collection(
        call,
        rows,
        counted=True,
        nextLink=call.url(skiptoken=write_token((last.name, last.index))),
    )


def get_device(graph: Context, call: Call, device_id: str) -> Answer:
    """Answer one device, with its true SKU number."""
    device = graph.tenant.find(device_id)
    if device is None:
        return not_found(call, f"Managed device {device_id}")
    row = shape(_properties(call, _SINGLE), call.selected).row(device)
    return entity(call, _as_mapping(row))


def _as_mapping(row: Struct) -> dict[str, object]:
    values = zip(row.__struct_encode_fields__, row.__struct_fields__, strict=True)
    return {name: getattr(row, field) for name, field in values if getattr(row, field) is not UNSET}


def _rows(graph: Context, call: Call, devices: list[Device]) -> list[Struct]:
    listed = shape(_properties(call, _LISTED), call.selected)
    rows = [listed.row(device) for device in devices]
    for at, device in enumerate(devices):
        if device.index in graph.plan.without_id:
            rows[at] = listed.row(device, id=UNSET)
        elif device.index in graph.plan.wrong_type:
            rows[at] = listed.row(device, osVersion=26100)
    return rows


def _rename(graph: Context, first: Device) -> None:
    """Move a device that was read behind the rest, or one that was not before all."""
    graph.plan.rename_due = False
    if graph.plan.faults.renamed == "later":
        graph.tenant.rename(first.index, AFTER_ALL)
        return
    for index in reversed(range(graph.tenant.count)):
        device = graph.tenant.device(index)
        if device is not None and device.operating_system == "Windows":
            graph.tenant.rename(index, BEFORE_ALL)
            return


_READ = ("DeviceManagementManagedDevices.Read.All", "DeviceManagementManagedDevices.ReadWrite.All")

ROUTES = (
    route("/deviceManagement/managedDevices", list_devices, *_READ),
    route("/deviceManagement/managedDevices/{}", get_device, *_READ),
    route("/deviceManagement/managedDevices('{}')", get_device, *_READ),
)
