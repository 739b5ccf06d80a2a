"""Entra's directory roles, as far as the two identities of the app hold them."""

from local.tenant.calls import INTUNE_ADMINISTRATOR, Answer, Call, Context, route
from local.tenant.odata import clauses, collection

TEMPLATES = {INTUNE_ADMINISTRATOR: "3a2c62db-5318-420d-8d74-23affee5d9d5"}
"""The ids of roles, which are the same in every tenant."""


def list_role_assignments(graph: Context, call: Call) -> Answer:
    """Answer who holds which role, all over the tenant; filtering by principalId works."""
    wanted = {clause.value for clause in clauses(call) if clause.name == "principalId"}
    rows = [
        {
            "id": graph.tenant.guid("role assignment", f"{holder.object_id} {role}"),
            "principalId": holder.object_id,
            "roleDefinitionId": TEMPLATES[role],
            "directoryScopeId": "/",
        }
        for holder in (graph.caller, graph.writer)
        for role in sorted(holder.roles)
        if not wanted or holder.object_id in wanted
    ]
    return collection(call, rows)


_READ = ("RoleManagement.Read.Directory", "RoleManagement.Read.All", "Directory.Read.All")

ROUTES = (route("/roleManagement/directory/roleAssignments", list_role_assignments, *_READ),)
