"""Enrolment configurations: the restore setting, status pages, and the built-in others."""

from collections.abc import Iterator

import msgspec

from local.tenant.audit import ADMINISTRATOR, Actor, Resource, record
from local.tenant.calls import BETA, INTUNE_ADMINISTRATOR, Answer, Call, Caller, Context, route
from local.tenant.chance import key
from local.tenant.odata import clauses, collection, entity
from local.tenant.refusals import not_found, refuse
from local.tenant.scenarios import RestoreState, StatusPage
from local.tenant.targets import assignments
from local.tenant.tenant import UNTOUCHED, SimulatedTenant

RESTORE_TYPE = "#microsoft.graph.windowsRestoreDeviceEnrollmentConfiguration"
STATUS_PAGE_TYPE = "#microsoft.graph.windows10EnrollmentCompletionPageConfiguration"
JUSTIFICATION = "x-msft-approval-justification"
CODE = "x-msft-approval-code"

_STATUS_PAGE = "windows10EnrollmentCompletionPageConfiguration"
_BUILT_IN = (
    ("limit", "DefaultLimit", "deviceEnrollmentLimitConfiguration", {"limit": 5}),
    (
        "platformRestrictions",
        "DefaultPlatformRestrictions",
        "deviceEnrollmentPlatformRestrictionsConfiguration",
        {"windowsRestriction": {"platformBlocked": False}, "iosRestriction": None},
    ),
    (
        "windowsHelloForBusiness",
        "DefaultWindowsHelloForBusiness",
        "deviceEnrollmentWindowsHelloForBusinessConfiguration",
        {"state": "notConfigured", "pinMinimumLength": 6},
    ),
)


class RestoreChange(msgspec.Struct, forbid_unknown_fields=True):
    """The only body that changes the restore setting."""

    type: str = msgspec.field(name="@odata.type")
    state: RestoreState


def restore_id(tenant: SimulatedTenant) -> str:
    """Return the id of the restore setting, which is not made from the tenant's id."""
    return f"{tenant.guid('account', 'intune')}_WindowsRestore"


def restore_setting(tenant: SimulatedTenant) -> dict[str, object]:
    """Return the restore setting as Graph shows it: its version stays 0."""
    return _restore(tenant, tenant.restore_state, tenant.restore_modified)


def _restore(tenant: SimulatedTenant, state: RestoreState, modified: str) -> dict[str, object]:
    return {
        **_common(tenant, RESTORE_TYPE, restore_id(tenant), "windowsRestore"),
        "lastModifiedDateTime": modified,
        "state": state,
    }


def _common(tenant: SimulatedTenant, kind: str, name: str, short: str) -> dict[str, object]:
    return {
        "@odata.type": kind,
        "id": name,
        "displayName": "All users and all devices",
        "description": "Applied with the lowest priority to all users and all devices.",
        "priority": 0,
        "createdDateTime": "0001-01-01T00:00:00Z",
        "lastModifiedDateTime": UNTOUCHED,
        "version": 0,
        "roleScopeTagIds": [],
        "deviceEnrollmentConfigurationType": short,
    }


def status_page_id(tenant: SimulatedTenant, page: StatusPage) -> str:
    """Return the id of a status page."""
    suffix = "Windows10EnrollmentCompletionPageConfiguration"
    if page.default:
        return f"{tenant.guid('account', 'intune')}_Default{suffix}"
    return f"{tenant.guid('status page', page.key)}_{suffix}"


def _status_page(tenant: SimulatedTenant, page: StatusPage) -> dict[str, object]:
    return {
        **_common(tenant, STATUS_PAGE_TYPE, status_page_id(tenant, page), _STATUS_PAGE),
        "lastModifiedDateTime": tenant.modified.get(page.key, UNTOUCHED),
        "displayName": page.name,
        "priority": page.priority,
        "showInstallationProgress": not page.default,
        "installProgressTimeoutInMinutes": 60,
        "allowDeviceUseOnInstallFailure": False,
        "selectedMobileAppIds": [],
        "installQualityUpdates": page.quality_updates,
    }


def _all(graph: Context) -> Iterator[tuple[dict[str, object], list[object]]]:
    tenant = graph.tenant
    for short, suffix, kind, more in _BUILT_IN:
        name = f"{tenant.guid('account', 'intune')}_{suffix}"
        yield {**_common(tenant, f"#microsoft.graph.{kind}", name, short), **more}, []
    for page in tenant.scenario.status_pages:
        body = _status_page(tenant, page)
        yield body, assignments(tenant, str(body["id"]), page.targets)
    yield _restore(tenant, *graph.stale.pop()) if graph.stale else restore_setting(tenant), []


def list_configurations(graph: Context, call: Call) -> Answer:
    """Answer all configurations; filtering by their type works."""
    wanted = {
        clause.value
        for clause in clauses(call)
        if clause.name == "deviceEnrollmentConfigurationType"
    }
    expand = call.query.get("$expand") == "assignments"
    rows = [
        {**body, "assignments": assigned} if expand else body
        for body, assigned in _all(graph)
        if not wanted or body["deviceEnrollmentConfigurationType"] in wanted
    ]
    if call.version == "v1.0":
        rows = [{k: v for k, v in r.items() if k != "installQualityUpdates"} for r in rows]
        rows = [r for r in rows if r["@odata.type"] != RESTORE_TYPE]
    return collection(call, rows)


def get_configuration(graph: Context, call: Call, name: str) -> Answer:
    """Answer one configuration."""
    for body, assigned in _all(graph):
        if body["id"] == name:
            expand = call.query.get("$expand") == "assignments"
            return entity(call, {**body, "assignments": assigned} if expand else body)
    return not_found(call, name)


def list_assignments(graph: Context, call: Call, name: str) -> Answer:
    """Answer to whom a configuration is assigned."""
    for body, assigned in _all(graph):
        if body["id"] == name:
            return collection(call, assigned)
    return not_found(call, name)


def change_restore(graph: Context, call: Call, name: str) -> Answer:
    """Change the restore setting, when the caller and, where asked, a second one may."""
    tenant = graph.tenant
    if name != restore_id(tenant):
        return not_found(call, name)
    caller = graph.acting(call)
    if caller.app_only and INTUNE_ADMINISTRATOR not in caller.roles:
        message = "Tenant is not Global Admin or Intune Service Admin. Operation is restricted."
        return refuse(call, 403, "Forbidden", message)
    try:
        wanted = msgspec.json.decode(call.body, type=RestoreChange)
    except msgspec.MsgspecError:
        return refuse(call, 400, "BadRequest", "The request body is not a valid entity.")
    if wanted.type != RESTORE_TYPE:
        return refuse(call, 400, "BadRequest", "Cannot change the type of the configuration.")
    waiting = _approval(graph, call)
    if waiting is not None:
        return waiting
    set_restore_state(graph, wanted.state, _actor(caller))
    return entity(call, restore_setting(tenant))


def set_restore_state(graph: Context, state: RestoreState, actor: Actor) -> None:
    """Set the restore setting, and write down who did."""
    before, name = graph.tenant.restore_state, restore_id(graph.tenant)
    graph.tenant.set_restore_state(state)
    kind = "WindowsRestoreDeviceEnrollmentConfiguration"
    resource = Resource(kind, name, "All users and all devices")
    record(graph, actor, "Patch", resource, Id=(name, name), State=(before, state))


def set_quality_updates(graph: Context, key: str, value: bool, actor: Actor) -> None:
    """Let a status page install quality updates, or not, and write down who did."""
    tenant = graph.tenant
    tenant.set_quality_updates(key, value)
    page = next(page for page in tenant.scenario.status_pages if page.key == key)
    name = status_page_id(tenant, page)
    kind = "Windows10EnrollmentCompletionPageConfiguration"
    resource = Resource(kind, name, page.name)
    record(
        graph, actor, "Patch", resource, Id=(name, name), InstallQualityUpdates=(not value, value)
    )


def _actor(caller: Caller) -> Actor:
    if caller.app_only:
        return Actor(application=caller.application_id, name="Windows Backup readiness")
    return msgspec.structs.replace(ADMINISTRATOR, application=caller.application_id)


def _approval(graph: Context, call: Call) -> Answer | None:
    """Return what stands in the way while Multi Admin Approval is on; None lets the call pass."""
    if graph.approvals is None:
        return None
    code = call.headers.get(CODE)
    if code is not None and code in graph.approved and graph.approvals.get(code) == call.body:
        graph.approved.discard(code)
        del graph.approvals[code]
        return None
    if not call.headers.get(JUSTIFICATION):
        message = f"The operation requires Multi Admin Approval; send {JUSTIFICATION}."
        return refuse(call, 403, "Forbidden", message)
    if code not in graph.approvals:
        code = graph.tenant.guid("approval", f"{len(graph.approvals)}{key(call.body)}")
        graph.approvals[code] = call.body
    message = "The operation waits for the approval of another administrator."
    return refuse(call, 403, "Forbidden", message, {CODE: code})


_PATH = "/deviceManagement/deviceEnrollmentConfigurations"
_WRITE = ("DeviceManagementServiceConfig.ReadWrite.All",)
_READ = ("DeviceManagementServiceConfig.Read.All", *_WRITE)

ROUTES = (
    route(_PATH, list_configurations, *_READ),
    route(f"{_PATH}/{{}}", get_configuration, *_READ, versions=BETA),
    route(f"{_PATH}/{{}}/assignments", list_assignments, *_READ, versions=BETA),
    route(f"{_PATH}/{{}}", change_restore, *_WRITE, versions=BETA, method="PATCH"),
)
