"""Settings-catalog policies with their settings and assignments."""

from local.tenant.audit import Actor, Resource, record
from local.tenant.calls import BETA, Answer, Call, Context, route
from local.tenant.odata import clauses, collection, entity
from local.tenant.refusals import not_found
from local.tenant.scenarios import CONNECTED_DEVICES, Policy, Target
from local.tenant.targets import assignments
from local.tenant.tenant import UNTOUCHED, SimulatedTenant

_NAMESPACE = "#microsoft.graph.deviceManagementConfiguration"


def _choice(definition: str, option: str, children: list[object]) -> dict[str, object]:
    return {
        "@odata.type": f"{_NAMESPACE}ChoiceSettingInstance",
        "settingDefinitionId": definition,
        "settingInstanceTemplateReference": None,
        "choiceSettingValue": {
            "settingValueTemplateReference": None,
            "value": f"{definition}_{option}",
            "children": children,
        },
    }


def _settings(policy: Policy) -> list[object]:
    instances: list[dict[str, object]] = []
    for definition, option in policy.options:
        instance = _choice(definition, option, [])
        if definition == CONNECTED_DEVICES:
            # Settings nest in real policies, so one of ours does too.
            instance = _choice("device_vendor_msft_policy_config_connectivity", "1", [instance])
        instances.append(instance)
    return [
        {
            "@odata.type": f"{_NAMESPACE}Setting",
            "id": str(number),
            "settingInstance": instance,
        }
        for number, instance in enumerate(instances)
    ]


def _policy(tenant: SimulatedTenant, policy: Policy, call: Call) -> dict[str, object]:
    name = tenant.guid("policy", policy.key)
    expand = call.query.get("$expand", "").split(",")
    body: dict[str, object] = {
        "id": name,
        "name": policy.name,
        "description": "",
        "platforms": policy.platforms,
        "technologies": "mdm",
        "createdDateTime": UNTOUCHED,
        "lastModifiedDateTime": UNTOUCHED,
        "settingCount": len(policy.options),
        "isAssigned": bool(policy.targets),
        "roleScopeTagIds": ["0"],
        "templateReference": {"templateId": "", "templateFamily": "none"},
    }
    if "settings" in expand:
        body["settings"] = _settings(policy)
    if "assignments" in expand:
        body["assignments"] = assignments(tenant, name, policy.targets)
    if call.selected:
        kept = ("id", *call.selected, *expand)
        return {name: value for name, value in body.items() if name in kept}
    return body


def list_policies(graph: Context, call: Call) -> Answer:
    """Answer all policies; filtering by platforms works."""
    wanted = {clause.value for clause in clauses(call) if clause.name == "platforms"}
    rows = [
        _policy(graph.tenant, policy, call)
        for policy in graph.tenant.scenario.policies
        if not wanted or policy.platforms in wanted
    ]
    return collection(call, rows, counted=True)


def get_policy(graph: Context, call: Call, policy_id: str) -> Answer:
    """Answer one policy."""
    policy = _find(graph.tenant, policy_id)
    if policy is None:
        return not_found(call, policy_id)
    return entity(call, _policy(graph.tenant, policy, call))


def list_settings(graph: Context, call: Call, policy_id: str) -> Answer:
    """Answer the settings of a policy."""
    policy = _find(graph.tenant, policy_id)
    if policy is None:
        return not_found(call, policy_id)
    return collection(call, _settings(policy), counted=True)


def list_policy_assignments(graph: Context, call: Call, policy_id: str) -> Answer:
    """Answer to whom a policy is assigned."""
    policy = _find(graph.tenant, policy_id)
    if policy is None:
        return not_found(call, policy_id)
    return collection(call, assignments(graph.tenant, policy_id, policy.targets))


def assign(graph: Context, key: str, targets: tuple[Target, ...], actor: Actor) -> None:
    """Assign a policy to others than before, and write down who did. Raises KeyError for none."""
    tenant = graph.tenant
    tenant.assign(key, targets)
    policy = next(policy for policy in tenant.scenario.policies if policy.key == key)
    kind, name = "DeviceManagementConfigurationPolicy", tenant.guid("policy", key)
    resource = Resource(kind, name, policy.name, "DeviceConfiguration")
    assigned = ", ".join(target.group or target.kind for target in targets)
    record(graph, actor, "Assign", resource, Assignments=(None, assigned))


def _find(tenant: SimulatedTenant, policy_id: str) -> Policy | None:
    named = {tenant.guid("policy", p.key): p for p in tenant.scenario.policies}
    return named.get(policy_id)


_PATH = "/deviceManagement/configurationPolicies"
_READ = (
    "DeviceManagementConfiguration.Read.All",
    "DeviceManagementConfiguration.ReadWrite.All",
)

ROUTES = tuple(
    route(path, endpoint, *_READ, versions=BETA)
    for path, endpoint in (
        (_PATH, list_policies),
        (f"{_PATH}/{{}}", get_policy),
        (f"{_PATH}('{{}}')", get_policy),
        (f"{_PATH}/{{}}/settings", list_settings),
        (f"{_PATH}('{{}}')/settings", list_settings),
        (f"{_PATH}/{{}}/assignments", list_policy_assignments),
        (f"{_PATH}('{{}}')/assignments", list_policy_assignments),
    )
)
