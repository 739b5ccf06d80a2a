"""All app settings; whatever is wrong with any of them is told in one error."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from msgspec import UNSET, Struct, UnsetType

from shared.config.reader import HOUR, LOOPBACK, Reader
from shared.config.restore import (
    read_audiences,
    read_audit_container,
    read_restore_terms,
    read_write_identity,
)
from shared.domain.editions import DEFAULT_EDITION, EDITIONS
from shared.domain.restore_terms import RestoreTerms
from shared.domain.telling import MOST_GRACE, Terms
from shared.errors import SettingsError

LOGIN_HOSTS = {
    "graph.microsoft.com": "https://login.microsoftonline.com",
    "graph.microsoft.us": "https://login.microsoftonline.us",
    "dod-graph.microsoft.us": "https://login.microsoftonline.us",
    "microsoftgraph.chinacloudapi.cn": "https://login.chinacloudapi.cn",
}
"""The sign-in host of each national cloud's Graph (facts/graph.md, Clouds, 2026-11-22)."""

CHANNEL_SETTINGS = ("MAIL_FROM", "MAIL_TO", "SMTP_HOST", "SMTP_PORT", "SMTP_USER", "TIME_ZONE")
CHANNEL_SECRETS = ("TEAMS_WEBHOOK_URL", "WEBHOOK_URL", "WEBHOOK_KEY", "SMTP_PASSWORD")
GIVEN = "given"
"""Stands for a secret's value, which is read where it is used and nowhere else."""

Region: TypeAlias = Literal["DMA", "non-DMA"]

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


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
    telling: Terms
    channels: Mapping[str, str]
    """The settings of channels that are given, by name; a secret shows only that it is."""
    dashboard: str | None
    client_id: str | None
    restore: RestoreTerms
    restore_client_id: str | None
    """The identity that writes the restore setting; without one nothing is written."""
    api_audiences: tuple[str, ...]
    """What callers' tokens are issued for; without any, the API is off."""
    audit_container: str

    @property
    def graph_host(self) -> str:
        """The only host a Graph token may be sent to."""
        return urlsplit(self.graph_url).hostname or ""


def _names_an_account(connection: str) -> bool:
    pairs = [part.partition("=") for part in connection.rstrip(";").split(";")]
    named = {name.lower() for name, _, value in pairs if value}
    return all(equals for _, equals, _ in pairs) and not named.isdisjoint(
        ("accountname", "blobendpoint", "usedevelopmentstorage")
    )


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings. Raises SettingsError naming every missing or invalid one."""
    read = Reader(environ)
    tenant = _tenant(read)
    connection, blobs, queues = _storage(read)
    graph = read.url("GRAPH_URL", "https://graph.microsoft.com")
    region = read.text("REGION")
    if region is not None:
        region = read.choice("REGION", "non-DMA", ("DMA", "non-DMA"))
    container = read.text("READINESS_CONTAINER", "readiness") or "readiness"
    settings = Settings(
        tenant_id=tenant,
        storage_connection=connection,
        blob_url=blobs,
        queue_url=queues,
        container=container,
        graph_url=graph,
        login_url=_login(read, graph),
        edition=read.choice("RULE_EDITION", DEFAULT_EDITION, tuple(EDITIONS)),
        strict_servicing=read.switch("STRICT_SERVICING", "off"),
        region=UNSET if region is None else "DMA" if region == "DMA" else "non-DMA",
        user_names=read.switch("USER_NAMES", "on"),
        reread_after=read.number("TENANT_REREAD_HOURS", 6, most=48) * HOUR,
        telling=_telling(read),
        channels=_channels(read),
        dashboard=read.page("DASHBOARD_URL"),
        client_id=read.text("AZURE_CLIENT_ID"),
        restore=read_restore_terms(read),
        restore_client_id=read_write_identity(read),
        api_audiences=_audiences(read, tenant, graph),
        audit_container=read_audit_container(read, container),
    )
    if read.wrong:
        raise SettingsError("the app settings cannot be used: " + "; ".join(read.wrong))
    return settings


def _tenant(read: Reader) -> str:
    tenant = read.text("TENANT_ID")
    if tenant is None:
        read.wrong.append("TENANT_ID is missing: the directory (tenant) id, a GUID")
    elif not re.fullmatch(r"[0-9A-Za-z.-]+", tenant):
        read.wrong.append(f"TENANT_ID is {tenant!r}, and must be a GUID or a verified domain name")
    return (tenant or "").lower()


def _audiences(read: Reader, tenant: str, graph: str) -> tuple[str, ...]:
    """Read for whom tokens are issued; those of Entra name the tenant by its id, in lower case."""
    audiences = read_audiences(read)
    simulated = urlsplit(graph).hostname in LOOPBACK
    if audiences and tenant and not simulated and not GUID.fullmatch(tenant):
        read.wrong.append(
            f"TENANT_ID is {tenant!r}, and with API_AUDIENCE it must be the tenant's id, a GUID:"
            " access tokens name the tenant by it"
        )
    return audiences


def _storage(read: Reader) -> tuple[str | None, str | None, str | None]:
    """Read how storage is reached: a connection string, or the addresses of blobs and queues."""
    connection = read.text("AzureWebJobsStorage")
    account = read.text("AzureWebJobsStorage__accountName")
    blobs = read.text("AzureWebJobsStorage__blobServiceUri") or (
        account and f"https://{account}.blob.core.windows.net"
    )
    queues = read.text("AzureWebJobsStorage__queueServiceUri") or (
        account and f"https://{account}.queue.core.windows.net"
    )
    if connection is None and not (blobs and queues):
        read.wrong.append(
            "AzureWebJobsStorage is missing: a connection string, or for a managed identity"
            " AzureWebJobsStorage__accountName (or __blobServiceUri and __queueServiceUri)"
        )
    if connection is not None and not _names_an_account(connection):
        read.wrong.append("AzureWebJobsStorage holds something else than a connection string")
    return connection, blobs, queues


def _login(read: Reader, graph: str) -> str:
    host = urlsplit(graph).hostname or ""
    if host not in LOGIN_HOSTS and host not in LOOPBACK:
        read.wrong.append(f"GRAPH_URL names {host!r}, and must be one of {', '.join(LOGIN_HOSTS)}")
    return read.url("LOGIN_URL", LOGIN_HOSTS.get(host, graph))


def _telling(read: Reader) -> Terms:
    return Terms(
        grace=read.hours_by_reason("NOTIFY_GRACE_HOURS", most=MOST_GRACE // HOUR),
        flap_window=read.number("NOTIFY_FLAP_HOURS", 24, least=0, most=168) * HOUR,
        coalesce=timedelta(minutes=read.number("NOTIFY_WINDOW_MINUTES", 15, most=240)),
        storm_share=read.number("NOTIFY_STORM_PERCENT", 5, most=100) / 100,
    )


def _channels(read: Reader) -> dict[str, str]:
    """Read which channels there are; what is wrong with them must not keep sweeps from running."""
    named = {name: value for name in CHANNEL_SETTINGS if (value := read.text(name))}
    return named | {name: GIVEN for name in CHANNEL_SECRETS if read.text(name)}
