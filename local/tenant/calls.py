"""One call to the simulated Graph, its answer, and the table of what can be called."""

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import msgspec
from msgspec import Struct

from local.tenant.faults import FaultPlan
from local.tenant.scenarios import RestoreState
from local.tenant.tenant import SimulatedTenant
from shared.adapters.identity import loopback_writer

JSON = "application/json;odata.metadata=minimal;odata.streaming=true;charset=utf-8"
BETA = frozenset({"beta"})
BOTH = frozenset({"beta", "v1.0"})
INTUNE_ADMINISTRATOR = "Intune Administrator"


class Caller(Struct, frozen=True, kw_only=True):
    """What the holder of a token may do; `permissions` None is all of them.

    Whoever `reads_only` has of all permissions those that let nobody write.
    """

    permissions: frozenset[str] | None = None
    reads_only: bool = False
    roles: frozenset[str] = frozenset({INTUNE_ADMINISTRATOR})
    app_only: bool = True
    application_id: str = "6f2a1f0e-5d0b-4f3c-9b57-3f6f5f1d2c11"
    object_id: str = "9c1f2f77-6a55-4b0b-9a5a-0b8f6f0f7a21"

    def may(self, permissions: tuple[str, ...]) -> bool:
        """Tell whether one of the permissions is held; an empty tuple asks for none."""
        return not permissions or any(map(self._holds, permissions))

    def _holds(self, permission: str) -> bool:
        if self.permissions is not None:
            return permission in self.permissions
        return not (self.reads_only and ".ReadWrite." in permission)


READER = Caller(reads_only=True, roles=frozenset())
WRITER = Caller(
    permissions=frozenset(
        {
            "DeviceManagementServiceConfig.Read.All",
            "DeviceManagementServiceConfig.ReadWrite.All",
            "RoleManagement.Read.Directory",
        }
    ),
    application_id=loopback_writer.APPLICATION,
    object_id=loopback_writer.OBJECT,
)


class Call(Struct, frozen=True, kw_only=True):
    """A call to Graph: `root` is the scheme and host the caller used, `path` follows the version.

    `headers` has lower-case names.
    """

    method: str
    root: str
    version: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def selected(self) -> tuple[str, ...] | None:
        """The names in $select, None where nothing is selected."""
        names = tuple(name.strip() for name in self.query.get("$select", "").split(","))
        return tuple(name for name in names if name) or None

    def url(self, **changes: str) -> str:
        """Return the absolute URL of this call with other system query options ($ left out)."""
        query = {k: v for k, v in self.query.items() if k not in ("$skiptoken", "$deltatoken")}
        query |= {f"${name}": value for name, value in changes.items()}
        text = urlencode(query, quote_via=quote, safe="$,()'")
        return f"{self.root}/{self.version}{quote(self.path)}?{text}"


class Answer(Struct, frozen=True):
    """What Graph answers; the body is JSON already."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = {}


class Context(Struct):
    """What endpoints work on; control calls replace its parts.

    `writer` calls with the token of the write identity, `caller` with any other.
    """

    tenant: SimulatedTenant
    plan: FaultPlan
    caller: Caller
    approvals: "dict[str, bytes] | None" = None
    """Requests that wait for a second administrator, by code; None: no approval is needed."""
    approved: set[str] = msgspec.field(default_factory=set)
    audit: list[dict[str, object]] = msgspec.field(default_factory=list)
    """Intune's audit log, the newest last."""
    writer: Caller = WRITER
    stale: list[tuple[RestoreState, str]] = msgspec.field(default_factory=list)
    """Former restore settings, state and date, that are read before the present one, last first."""

    def acting(self, call: Call) -> Caller:
        """Tell who calls."""
        writing = call.headers.get("authorization") == f"Bearer {loopback_writer.LOOPBACK_WRITER}"
        return self.writer if writing else self.caller


Endpoint: TypeAlias = Callable[..., Answer]


class Route(Struct, frozen=True):
    """One line of the table: a pattern of the path, whose groups are handed to the endpoint."""

    family: str
    pattern: re.Pattern[str]
    endpoint: Endpoint
    permissions: tuple[str, ...] = ()
    versions: frozenset[str] = BOTH
    method: str = "GET"


def route(
    path: str,
    endpoint: Endpoint,
    *permissions: str,
    versions: frozenset[str] = BOTH,
    method: str = "GET",
) -> Route:
    """Write one line; `{}` in the path stands for one segment, any of `permissions` will do."""
    pattern = re.escape(path).replace(r"\{\}", r"([^/]+?)")
    return Route(path, re.compile(pattern, re.IGNORECASE), endpoint, permissions, versions, method)


def read_call(
    method: str, root: str, url: str, headers: Mapping[str, str], body: bytes = b""
) -> Call:
    """Take apart a URL such as `/beta/devices?$select=id`; the version may be any segment."""
    parts = urlsplit(url)
    version, _, path = parts.path.lstrip("/").partition("/")
    return Call(
        method=method,
        root=root,
        version=version,
        path="/" + unquote(path),
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        headers={name.lower(): value for name, value in headers.items()},
        body=body,
    )
