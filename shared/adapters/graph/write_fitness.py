"""Sees whether the write identity may change the restore setting, without writing."""

from base64 import urlsafe_b64decode
from typing import NamedTuple

import msgspec
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError
from msgspec import Struct

from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.guids import is_real_guid
from shared.adapters.graph.paths import ROLE_ASSIGNMENTS, narrowed
from shared.adapters.graph.waits import Meter
from shared.errors import GraphError
from shared.ports.restore import Fitness, Held

WRITE_PERMISSION = "DeviceManagementServiceConfig.ReadWrite.All"
NOT_CONFIGURED = "no write identity is configured: set RESTORE_CLIENT_ID"

ROLES = frozenset(
    {
        "3a2c62db-5318-420d-8d74-23affee5d9d5",
        "62e90394-69f5-4237-9190-012177145e10",
    }
)
"""Intune Administrator, and Global Administrator, which would do too.

Source: Entra's built-in roles, whose template ids are the same in every tenant, read 2026-11-22.
"""

LOOK = (
    "look in the Entra admin center, Roles & admins > Intune Administrator > Assignments, for the"
    " service principal"
)


class Claims(Struct, frozen=True):
    """What a token of Graph's says of its holder; `wids` are the template ids of its roles."""

    oid: str | None = None
    roles: tuple[str, ...] = ()
    wids: tuple[str, ...] = ()


class _Assignment(Struct):
    role: str = msgspec.field(default="", name="roleDefinitionId")
    scope: str | None = msgspec.field(default=None, name="directoryScopeId")


class _Seen(NamedTuple):
    held: Held
    why: tuple[str, ...] = ()


async def read_fitness(
    writer: GraphClient | None, credential: AsyncTokenCredential | None
) -> Fitness:
    """Look at the identity's token, and where that does not tell its role, ask the directory.

    A token kept from before a permission was granted does not have it yet, and Graph would refuse
    it as well. Whatever cannot be seen is unknown, and `why` says so; never raises for an answer.
    """
    if writer is None or credential is None:
        return Fitness(False, "no", "no", why=(NOT_CONFIGURED,))
    try:
        token = await credential.get_token(f"https://{writer.host}/.default")
    except AzureError as error:
        return _unknown(f"the write identity has no token for {writer.host}: {error.message}")
    claims = read_claims(token.token)
    if claims is None:
        return _unknown(f"the token for {writer.host} is not in a form that can be read; {LOOK}")
    role, why = await _role(writer, claims)
    permission: Held = "yes" if WRITE_PERMISSION in claims.roles else "no"
    return Fitness(True, permission, role, claims.oid, why)


def _unknown(why: str) -> Fitness:
    return Fitness(True, why=(why,))


def read_claims(token: str) -> Claims | None:
    """Read what our own token says, without checking it; None where it is no JWT that we know."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        payload = urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        return msgspec.json.decode(payload, type=Claims)
    except (ValueError, msgspec.DecodeError):
        return None


async def _role(writer: GraphClient, claims: Claims) -> _Seen:
    if not ROLES.isdisjoint(claims.wids):
        return _Seen("yes")
    if not is_real_guid(claims.oid):
        return _Seen("unknown", (f"the token does not name its service principal; {LOOK}",))
    path = narrowed(
        ROLE_ASSIGNMENTS, "roleDefinitionId,directoryScopeId", f"principalId eq '{claims.oid}'"
    )
    try:
        found = await writer.get_list(path, _Assignment, Meter())
    except GraphError as error:
        forbidden = error.status == 403
        hidden = "RoleManagement.Read.Directory is not granted" if forbidden else str(error)
        return _Seen("unknown", (f"its directory roles cannot be seen: {hidden}; {LOOK}",))
    return _Seen("yes" if any(one.role in ROLES and one.scope == "/" for one in found) else "no")
