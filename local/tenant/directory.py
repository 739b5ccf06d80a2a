"""The rest of the directory: groups, Conditional Access, the organization."""

from collections.abc import Iterator

from local.tenant.calls import Answer, Call, Context, route
from local.tenant.device import Device
from local.tenant.entra_devices import in_entra, selected
from local.tenant.fleet import user_index, user_name
from local.tenant.odata import collection, page
from local.tenant.refusals import not_found
from local.tenant.scenarios import AccessPolicy
from local.tenant.tenant import UNTOUCHED, SimulatedTenant

PHISHING_RESISTANT = "00000000-0000-0000-0000-000000000004"


def list_member_devices(graph: Context, call: Call, group_id: str) -> Answer:
    """Answer the devices of a group and of the groups within it."""
    tenant, key = graph.tenant, _group(graph.tenant, group_id)
    if key is None:
        return not_found(call, group_id)

    def rest(start: int) -> Iterator[tuple[int, Device]]:
        if tenant.membership.group(key).of == "devices":
            for index in range(start, tenant.count):
                if tenant.membership.picks(key, index):
                    device = tenant.registered(index)
                    if device is not None:
                        yield index, device

    return page(call, rest, lambda d: selected(in_entra(tenant, d), call.selected))


def list_member_users(graph: Context, call: Call, group_id: str) -> Answer:
    """Answer the users of a group and of the groups within it."""
    tenant, key = graph.tenant, _group(graph.tenant, group_id)
    if key is None:
        return not_found(call, group_id)

    def rest(start: int) -> Iterator[tuple[int, int]]:
        if tenant.membership.group(key).of == "users":
            for index in range(start, tenant.count):
                if user_index(index) == index and tenant.membership.picks(key, index):
                    yield index, index

    return page(call, rest, lambda index: _user(tenant, index, call.selected))


def _group(tenant: SimulatedTenant, group_id: str) -> str | None:
    named = {tenant.guid("group", g.key): g.key for g in tenant.scenario.groups}
    return named.get(group_id)


def _user(tenant: SimulatedTenant, index: int, names: tuple[str, ...] | None) -> dict[str, object]:
    user: dict[str, object] = {
        "id": tenant.fleet.users.guid(index),
        "displayName": f"User {index}",
        "userPrincipalName": user_name(index),
    }
    return {name: value for name, value in user.items() if not names or name in names}


def list_access_policies(graph: Context, call: Call) -> Answer:
    """Answer the Conditional Access policies."""
    policies = graph.tenant.scenario.access_policies
    return collection(call, [_access_policy(graph.tenant, policy) for policy in policies])


def _access_policy(tenant: SimulatedTenant, policy: AccessPolicy) -> dict[str, object]:
    strong = policy.grant == "phishing_resistant_mfa"
    return {
        "id": tenant.guid("access policy", policy.key),
        "displayName": policy.name,
        "createdDateTime": UNTOUCHED,
        "modifiedDateTime": None,
        "state": "enabled" if policy.enabled else "enabledForReportingButNotEnforced",
        "sessionControls": None,
        "conditions": {
            "clientAppTypes": ["all"],
            "applications": {
                "includeApplications": list(policy.apps),
                "excludeApplications": [],
                "includeUserActions": [],
            },
            "users": {"includeUsers": ["All"], "excludeUsers": [], "excludeGroups": []},
        },
        "grantControls": {
            "operator": "OR",
            "builtInControls": [] if strong else [policy.grant],
            "customAuthenticationFactors": [],
            "termsOfUse": [],
            "authenticationStrength": (
                {
                    "id": PHISHING_RESISTANT,
                    "displayName": "Phishing-resistant MFA",
                    "policyType": "builtIn",
                }
                if strong
                else None
            ),
        },
    }


def get_organization(graph: Context, call: Call) -> Answer:
    """Answer the organization, which does not tell its cloud."""
    return collection(
        call,
        [
            {
                "id": graph.tenant.guid("account", "tenant"),
                "displayName": "Contoso (simulated)",
                "countryLetterCode": "NL",
                "tenantType": "AAD",
                "verifiedDomains": [{"name": "contoso.example", "isDefault": True}],
            }
        ],
    )


_MEMBERS = ("GroupMember.Read.All", "Group.Read.All", "Directory.Read.All")
_ORGANIZATION = (
    *("Organization.Read.All", "Directory.Read.All"),
    "DeviceManagementServiceConfig.Read.All",
)

ROUTES = (
    route("/groups/{}/transitiveMembers/microsoft.graph.device", list_member_devices, *_MEMBERS),
    route("/groups/{}/transitiveMembers/microsoft.graph.user", list_member_users, *_MEMBERS),
    route("/identity/conditionalAccess/policies", list_access_policies, "Policy.Read.All"),
    route("/organization", get_organization, *_ORGANIZATION),
)
