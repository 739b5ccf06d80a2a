"""Intune's audit log: who changed the restore setting, a status page or a policy's assignment."""

import operator
from collections.abc import Callable, Iterator
from datetime import datetime

from msgspec import Struct

from local.tenant.calls import Answer, Call, Context, route
from local.tenant.moments import read_moment
from local.tenant.odata import Clause, clauses, page
from local.tenant.tenant import SimulatedTenant

PORTAL = "5926fc8e-304e-4f59-8bed-58ca97cc39a4"
PORTAL_NAME = "Microsoft Intune portal extension"
LARGEST_PAGE = 1_000


class Actor(Struct, frozen=True):
    """Who changes something: a user by principal name, or where there is none an application."""

    user: str | None = None
    application: str = PORTAL
    name: str = PORTAL_NAME


ADMINISTRATOR = Actor("admin@contoso.example")


class Resource(Struct, frozen=True):
    """What was changed, under the names that the log has for it."""

    type: str
    id: str
    name: str
    category: str = "Enrollment"


def record(
    graph: Context, actor: Actor, verb: str, resource: Resource, **values: tuple[object, object]
) -> None:
    """Write down a change; `values` has the old and the new one by property."""
    tenant = graph.tenant
    activity = f"{verb} {resource.type}"
    graph.audit.append(
        {
            "id": tenant.guid("audit", str(len(graph.audit))),
            "displayName": activity,
            "componentName": resource.category,
            "activity": None,
            "activityDateTime": f"{tenant.clock():%Y-%m-%dT%H:%M:%S.%f}0Z",
            "activityType": activity,
            "activityOperationType": verb,
            "activityResult": "Success",
            "correlationId": tenant.guid("correlation", str(len(graph.audit))),
            "category": resource.category,
            "actor": _actor(tenant, actor),
            "resources": [
                {
                    "displayName": resource.name,
                    "auditResourceType": resource.type,
                    "resourceId": resource.id,
                    "modifiedProperties": [
                        {"displayName": name, "oldValue": _text(old), "newValue": _text(new)}
                        for name, (old, new) in values.items()
                    ],
                }
            ],
        }
    )


def _actor(tenant: SimulatedTenant, actor: Actor) -> dict[str, object]:
    return {
        "auditActorType": "ItPro" if actor.user else "Application",
        "userPermissions": ["*"] if actor.user else [],
        "applicationId": actor.application,
        "applicationDisplayName": actor.name,
        "userPrincipalName": actor.user,
        "servicePrincipalName": None if actor.user else actor.name,
        "ipAddress": None,
        "userId": tenant.guid("administrator", actor.user) if actor.user else None,
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def list_audit_events(graph: Context, call: Call) -> Answer:
    """Answer what was done in Intune, the newest first; filtering by its time works."""
    tests = [_test(clause) for clause in clauses(call) if clause.name == "activityDateTime"]
    events = [event for event in reversed(graph.audit) if all(test(event) for test in tests)]

    def rest(start: int) -> Iterator[tuple[int, dict[str, object]]]:
        return ((number, events[number]) for number in range(start, len(events)))

    return page(call, rest, lambda event: event, LARGEST_PAGE)


def _test(clause: Clause) -> Callable[[dict[str, object]], bool]:
    bound, compare = read_moment(clause.value), _COMPARISONS.get(clause.operator)
    if bound is None or compare is None:
        return lambda event: True

    def holds(event: dict[str, object]) -> bool:
        at = read_moment(str(event["activityDateTime"]))
        return at is not None and compare(at, bound)

    return holds


_COMPARISONS: dict[str, Callable[[datetime, datetime], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_READ = ("DeviceManagementApps.Read.All", "DeviceManagementApps.ReadWrite.All")

ROUTES = (route("/deviceManagement/auditEvents", list_audit_events, *_READ),)
