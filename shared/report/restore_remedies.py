"""What to do about a change of the restore setting that does not get on, with the commands."""

from urllib.parse import quote

import msgspec
from msgspec import Struct

from shared.domain.restore_change import Change, ChangeState
from shared.domain.restore_value import RestoreState

INTUNE_ADMINISTRATOR = "3a2c62db-5318-420d-8d74-23affee5d9d5"
"""The template id of the directory role, the same in every tenant (facts/graph.md, 2026-11-22)."""

PERMISSION = "DeviceManagementServiceConfig.ReadWrite.All"
PERMISSION_ID = "5ac13192-7ace-4fcf-b828-1a26f28068ee"
"""Its app role, the same in every tenant (facts/graph.md, 2026-11-22)."""

MICROSOFT_GRAPH = "00000003-0000-0000-c000-000000000000"
GRAPH = "https://graph.microsoft.com"
"""The worldwide cloud and GCC, which are the ones that have the restore setting."""

SOMEBODYS = "<object id of the write identity>"
SWITCH = (
    "Intune admin center > Devices > Enrollment > Windows > Windows Backup and Restore > Show"
    " restore page"
)
SHOWN_AS: dict[RestoreState, str] = {
    "enabled": "On",
    "disabled": "Off",
    "notConfigured": "Not configured",
}


class Remedy(Struct, frozen=True):
    """One way on: what it is called, what to do, and the command that does it, if one does."""

    title: str
    do: str
    command: str | None = None


CONFIGURE = Remedy(
    "Give the app a write identity",
    "Make a managed identity of its own for writing, assign it to the app, and put its client id"
    " into the setting RESTORE_CLIENT_ID.",
)
WAIT = Remedy(
    "Wait",
    "Nothing: the setting is read again until it is clear whether it was written. It is not written"
    " a second time.",
)
AGAIN = "Plan it again"
PLAN_ANEW = Remedy(AGAIN, "Once that is done, plan the change again.")
WAYS: dict[ChangeState, Remedy] = {
    "applying": WAIT,
    "unknown": WAIT,
    "waiting_for_intune_approval": Remedy(
        "Approve it in Intune",
        "Let another administrator approve the request: Intune admin center > Tenant administration"
        " > Multi Admin Approval. The change then goes on by itself.",
    ),
    "conflict": Remedy(
        AGAIN, "See who changed the setting, and plan the change again, against what it is now."
    ),
    "not_applied": Remedy(AGAIN, "Look at the reason, and plan the change again."),
    "expired": Remedy(AGAIN, "Plan the change again, and have it applied in time."),
}


def remedies(change: Change) -> tuple[Remedy, ...]:
    """List the ways on from where a change stands, the best first; none where nothing is wrong.

    The change is to be as it stands now (`Change.as_of`).
    """
    if change.state == "refused":
        by_hand = (_in_admin_center(change), _in_powershell(change), _confirm(change))
        return (_of_refusal(change), PLAN_ANEW, *by_hand)
    way = WAYS.get(change.state)
    return () if way is None else (way,)


def fitness_remedies(
    permission: str, role: str, configured: bool, identity: str | None
) -> tuple[Remedy, ...]:
    """List what makes the write identity fit; `permission` and `role` are yes, no or unknown.

    `identity` is the object id of its service principal, where it is known.
    """
    if not configured:
        return (CONFIGURE,)
    return (
        *((_grant(identity or SOMEBODYS),) if permission == "no" else ()),
        *((_assign(identity or SOMEBODYS),) if role == "no" else ()),
    )


def _of_refusal(change: Change) -> Remedy:
    match change.outcome.cause:
        case "role":
            return _assign(SOMEBODYS)
        case "permission":
            return _grant(SOMEBODYS)
        case "identity":
            return CONFIGURE
        case _:
            request = change.outcome.request_id or "none was given"
            return Remedy(
                "Ask Microsoft", f"Take the reason and the request id to support: {request}."
            )


def _assign(identity: str) -> Remedy:
    body = {
        "principalId": identity,
        "roleDefinitionId": INTUNE_ADMINISTRATOR,
        "directoryScopeId": "/",
    }
    return Remedy(
        "Assign the role Intune Administrator",
        "Let a Privileged Role Administrator assign the directory role Intune Administrator to the"
        " write identity, which Intune asks of whoever writes this setting.",
        f"az rest --method post --url {GRAPH}/v1.0/roleManagement/directory/roleAssignments"
        f" --body '{_json(body)}'",
    )


def _grant(identity: str) -> Remedy:
    resource = f"$(az ad sp show --id {MICROSOFT_GRAPH} --query id --output tsv)"
    body = {"principalId": identity, "resourceId": resource, "appRoleId": PERMISSION_ID}
    escaped = _json(body).replace('"', '\\"')
    return Remedy(
        "Grant the permission to write",
        "Let a Privileged Role Administrator grant the write identity the application permission"
        f" {PERMISSION} in Microsoft Graph. Its tokens may be without it for a day.",
        f"az rest --method post --url {GRAPH}/v1.0/servicePrincipals/{identity}/appRoleAssignments"
        f' --body "{escaped}"',
    )


def _in_admin_center(change: Change) -> Remedy:
    return Remedy(
        "Or do it by hand in the admin center", f"{SWITCH}: {SHOWN_AS[change.after]}. Then confirm."
    )


def _in_powershell(change: Change) -> Remedy:
    body = {
        "@odata.type": "#microsoft.graph.windowsRestoreDeviceEnrollmentConfiguration",
        "state": change.after,
    }
    path = "beta/deviceManagement/deviceEnrollmentConfigurations"
    return Remedy(
        "Or do it by hand in PowerShell",
        "Sign in as an Intune Administrator. Then confirm.",
        f"Connect-MgGraph -Scopes {PERMISSION}; Invoke-MgGraphRequest -Method PATCH"
        f" -Uri '{GRAPH}/{path}/{quote(change.setting, safe='')}'"
        f" -ContentType 'application/json' -Body '{_json(body)}'",
    )


def _confirm(change: Change) -> Remedy:
    return Remedy(
        "Confirm what was done by hand",
        f"POST /api/restore-setting/changes/{change.id}/confirm reads the setting, and closes the"
        " change when it is as planned.",
        f"python -m local restore confirm {change.id}",
    )


def _json(body: dict[str, str]) -> str:
    return msgspec.json.encode(body).decode()
