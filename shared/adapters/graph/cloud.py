"""Tells which cloud a tenant lives in, from its public sign-in configuration."""

import msgspec
from msgspec import Struct, field

from shared.adapters.graph import outcomes
from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.paths import segment
from shared.adapters.graph.waits import Meter
from shared.domain.clouds import Cloud
from shared.domain.tenant import Outcome
from shared.errors import GraphAnswerError

NAME = "cloud"

BY_GRAPH_HOST: dict[str, Cloud] = {
    "graph.microsoft.us": "gcchigh",
    "dod-graph.microsoft.us": "dod",
    "microsoftgraph.chinacloudapi.cn": "china",
}
BY_SUB_SCOPE: dict[str, Cloud] = {
    "": "commercial",
    "gcc": "gcc",
    "dodcon": "gcchigh",
    "dod": "dod",
}


class _Configuration(Struct):
    issuer: str
    sub_scope: str | None = field(default=None, name="tenant_region_sub_scope")
    graph_host: str | None = field(default=None, name="msgraph_host")


async def read_cloud(
    login: GraphClient, tenant_id: str, graph_host: str, meter: Meter
) -> tuple[Cloud, Outcome]:
    """Read the cloud of a tenant from its login host, asked anonymously.

    `graph_host` is the Graph the app is set to: a national one settles the matter where the
    configuration is silent. Raises GraphAnswerError for a sub-scope not known here, and GraphError.
    """

    def decode(body: bytes) -> _Configuration:
        return msgspec.json.decode(body, type=_Configuration)

    path = f"/{segment(tenant_id)}/v2.0/.well-known/openid-configuration"
    found = await login.get(path, decode, meter)
    sub_scope = (found.sub_scope or "").lower()
    if sub_scope not in BY_SUB_SCOPE:
        raise GraphAnswerError(
            f"the sign-in configuration of {tenant_id} names the region sub-scope"
            f" {found.sub_scope!r}, which is not known here: the cloud is left open"
        )
    if sub_scope:
        return BY_SUB_SCOPE[sub_scope], outcomes.complete(NAME, 1)
    hosts = (found.graph_host or "", graph_host)
    cloud = next((BY_GRAPH_HOST[h] for h in hosts if h in BY_GRAPH_HOST), BY_SUB_SCOPE[""])
    return cloud, outcomes.complete(NAME, 1)
