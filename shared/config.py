"""The app settings, read from the environment at first use and checked all at once."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from msgspec import UNSET, Struct, UnsetType

from shared.domain.editions import DEFAULT_EDITION, EDITIONS
from shared.errors import SettingsError

LOGIN_HOSTS = {
    "graph.microsoft.com": "https://login.microsoftonline.com",
    "graph.microsoft.us": "https://login.microsoftonline.us",
    "dod-graph.microsoft.us": "https://login.microsoftonline.us",
    "microsoftgraph.chinacloudapi.cn": "https://login.chinacloudapi.cn",
}
"""The sign-in host of each national cloud's Graph (facts/graph.md, Clouds, 2026-11-22)."""

LOOPBACK = ("127.0.0.1", "localhost", "::1")
Region: TypeAlias = Literal["DMA", "non-DMA"]


class Settings(Struct, frozen=True):
    """What an operator can set; docs/settings.md explains each."""

    tenant_id: str
    storage_connection: str | None
    blob_url: str | None
    queue_url: str | None
    container: str
    graph_url: str
    login_url: str
    edition: str
    strict_servicing: bool
    region: Region | UnsetType
    user_names: bool
    reread_after: timedelta
    client_id: str | None

    @property
    def graph_host(self) -> str:
        """The only host a Graph token may be sent to."""
        return urlsplit(self.graph_url).hostname or ""


def _is_root(address: str) -> bool:
    """Tell whether this is a scheme and a host; plain http will do on this machine only."""
    try:
        parts = urlsplit(address)
        bare = f"{parts.scheme}://{parts.netloc}" == address and "@" not in parts.netloc
    except ValueError:
        return False
    schemes = ("http", "https") if parts.hostname in LOOPBACK else ("https",)
    return bare and bool(parts.hostname) and parts.scheme in schemes


def _names_an_account(connection: str) -> bool:
    pairs = [part.partition("=") for part in connection.rstrip(";").split(";")]
    named = {name.lower() for name, _, value in pairs if value}
    return all(equals for _, equals, _ in pairs) and not named.isdisjoint(
        ("accountname", "blobendpoint", "usedevelopmentstorage")
    )


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings. Raises SettingsError naming every missing or invalid one."""
    wrong: list[str] = []

    def text(name: str, default: str | None = None) -> str | None:
        return environ.get(name, "").strip() or default

    def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = text(name, default) or default
        if value.lower() not in (a.lower() for a in allowed):
            wrong.append(f"{name} is {value!r}, and must be one of {', '.join(allowed)}")
        return next((a for a in allowed if a.lower() == value.lower()), default)

    def switch(name: str, default: str) -> bool:
        return choice(name, default, ("on", "off")) == "on"

    def hours(name: str, default: int, most: int) -> timedelta:
        value = text(name, str(default)) or ""
        if not re.fullmatch(r"[0-9]{1,4}", value) or not 1 <= int(value) <= most:
            wrong.append(f"{name} is {value!r}, and must be a whole number from 1 to {most}")
            return timedelta(hours=default)
        return timedelta(hours=int(value))

    def url(name: str, default: str) -> str:
        value = (text(name, default) or default).rstrip("/")
        if not _is_root(value):
            wrong.append(f"{name} is {value!r}, and must be an https address without a path")
            return default
        return value

    tenant = text("TENANT_ID")
    if tenant is None:
        wrong.append("TENANT_ID is missing: the directory (tenant) id, a GUID")
    elif not re.fullmatch(r"[0-9A-Za-z.-]+", tenant):
        wrong.append(f"TENANT_ID is {tenant!r}, and must be a GUID or a verified domain name")

    connection = text("AzureWebJobsStorage")
    account = text("AzureWebJobsStorage__accountName")
    blobs = text("AzureWebJobsStorage__blobServiceUri") or (
        account and f"https://{account}.blob.core.windows.net"
    )
    queues = text("AzureWebJobsStorage__queueServiceUri") or (
        account and f"https://{account}.queue.core.windows.net"
    )
    if connection is None and not (blobs and queues):
        wrong.append(
            "AzureWebJobsStorage is missing: a connection string, or for a managed identity"
            " AzureWebJobsStorage__accountName (or __blobServiceUri and __queueServiceUri)"
        )
    if connection is not None and not _names_an_account(connection):
        wrong.append("AzureWebJobsStorage holds something else than a connection string")

    graph = url("GRAPH_URL", "https://graph.microsoft.com")
    host = urlsplit(graph).hostname or ""
    login = url("LOGIN_URL", LOGIN_HOSTS.get(host, graph))
    if host not in LOGIN_HOSTS and host not in LOOPBACK:
        wrong.append(f"GRAPH_URL names {host!r}, and must be one of {', '.join(LOGIN_HOSTS)}")

    region = text("REGION")
    if region is not None:
        region = choice("REGION", "non-DMA", ("DMA", "non-DMA"))
    settings = Settings(
        tenant_id=tenant or "",
        storage_connection=connection,
        blob_url=blobs,
        queue_url=queues,
        container=text("READINESS_CONTAINER", "readiness") or "readiness",
        graph_url=graph,
        login_url=login,
        edition=choice("RULE_EDITION", DEFAULT_EDITION, tuple(EDITIONS)),
        strict_servicing=switch("STRICT_SERVICING", "off"),
        region=UNSET if region is None else "DMA" if region == "DMA" else "non-DMA",
        user_names=switch("USER_NAMES", "on"),
        reread_after=hours("TENANT_REREAD_HOURS", 6, most=48),
        client_id=text("AZURE_CLIENT_ID"),
    )
    if wrong:
        raise SettingsError("the app settings cannot be used: " + "; ".join(wrong))
    return settings
