"""The sign-in host's public description of a tenant, which tells its cloud."""

from local.tenant.scenarios import Cloud

_REGIONS: dict[Cloud, tuple[str, str | None]] = {
    "commercial": ("EU", None),
    "gcc": ("NA", "GCC"),
    "gcchigh": ("USGov", "DODCON"),
    "dod": ("USGov", "DOD"),
    "china": ("AS", None),
}
_INSTANCES = {"gcchigh": "microsoftonline.us", "dod": "microsoftonline.us"} | {
    "china": "partner.microsoftonline.cn"
}
_GRAPH_HOSTS = {"gcchigh": "graph.microsoft.us", "dod": "dod-graph.microsoft.us"} | {
    "china": "microsoftgraph.chinacloudapi.cn"
}


def openid_configuration(login: str, tenant: str, cloud: Cloud) -> dict[str, object]:
    """Describe a tenant to anybody who asks; the sub scope is there for government clouds only."""
    scope, sub_scope = _REGIONS[cloud]
    return {
        "token_endpoint": f"{login}/{tenant}/oauth2/v2.0/token",
        "issuer": f"{login}/{tenant}/v2.0",
        "authorization_endpoint": f"{login}/{tenant}/oauth2/v2.0/authorize",
        "jwks_uri": f"{login}/{tenant}/discovery/v2.0/keys",
        "tenant_region_scope": scope,
        **({} if sub_scope is None else {"tenant_region_sub_scope": sub_scope}),
        "cloud_instance_name": _INSTANCES.get(cloud, "microsoftonline.com"),
        "msgraph_host": _GRAPH_HOSTS.get(cloud, "graph.microsoft.com"),
    }
