"""Assignments as Graph writes them: whom a policy, page or profile is for."""

from local.tenant.scenarios import Target
from local.tenant.tenant import SimulatedTenant

_TYPES = {
    "all_devices": "allDevicesAssignmentTarget",
    "all_users": "allLicensedUsersAssignmentTarget",
    "group": "groupAssignmentTarget",
    "excluded_group": "exclusionGroupAssignmentTarget",
}


def assignments(tenant: SimulatedTenant, owner: str, targets: tuple[Target, ...]) -> list[object]:
    """Return the assignments of one object; the filter stands inside the target."""
    return [_assignment(tenant, owner, target) for target in targets]


def _assignment(tenant: SimulatedTenant, owner: str, target: Target) -> dict[str, object]:
    group = None if target.group is None else tenant.guid("group", target.group)
    body: dict[str, object] = {
        "@odata.type": f"#microsoft.graph.{_TYPES[target.kind]}",
        "deviceAndAppManagementAssignmentFilterId": (
            tenant.guid("filter", owner) if target.filtered else None
        ),
        "deviceAndAppManagementAssignmentFilterType": "include" if target.filtered else "none",
    }
    if group is not None:
        body["groupId"] = group
    return {"id": f"{owner}_{group or target.kind}", "source": "direct", "target": body}
