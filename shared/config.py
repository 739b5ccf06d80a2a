"""The app settings, read from the environment at first use and checked all at once."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from msgspec import UNSET, Struct, UnsetType

from shared.domain.editions import DEFAULT_EDITION, EDITIONS
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

HOUR = timedelta(hours=1)
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
    telling: Terms
    channels: Mapping[str, str]
    """The settings of channels that are given, by name; a secret shows only that it is."""
    dashboard: str | None
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


def _is_page(address: str) -> bool:
    """Tell whether this is the https address of a page that people may be sent to."""
    try:
        parts = urlsplit(address)
        return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


class _Reader:
    """Reads one setting at a time, and remembers what is `wrong` with any."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.wrong: list[str] = []

    def text(self, name: str, default: str | None = None) -> str | None:
        return self._environ.get(name, "").strip() or default

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name, default) or default
        if value.lower() not in (a.lower() for a in allowed):
            self.wrong.append(f"{name} is {value!r}, and must be one of {', '.join(allowed)}")
        return next((a for a in allowed if a.lower() == value.lower()), default)

    def switch(self, name: str, default: str) -> bool:
        return self.choice(name, default, ("on", "off")) == "on"

    def number(self, name: str, default: int, *, least: int = 1, most: int) -> int:
        value = self.text(name, str(default)) or ""
        if not re.fullmatch(r"[0-9]{1,5}", value) or not least <= int(value) <= most:
            self.wrong.append(
                f"{name} is {value!r}, and must be a whole number from {least} to {most}"
            )
            return default
        return int(value)

    def url(self, name: str, default: str) -> str:
        value = (self.text(name, default) or default).rstrip("/")
        if not _is_root(value):
            self.wrong.append(f"{name} is {value!r}, and must be an https address without a path")
            return default
        return value

    def page(self, name: str) -> str | None:
        value = self.text(name)
        if value is not None and not _is_page(value):
            self.wrong.append(f"{name} must be the https address of a page")
        return value

    def hours_by_reason(self, name: str, most: int) -> dict[str, timedelta]:
        pairs = filter(None, re.split(r"[,\s]+", re.sub(r"\s*=\s*", "=", self.text(name) or "")))
        found: dict[str, timedelta] = {}
        for pair in pairs:
            match = re.fullmatch(r"([a-z][a-z0-9_]*)=([0-9]{1,3})", pair)
            if match is None or int(match[2]) > most:
                self.wrong.append(
                    f"{name} holds {pair!r}, and must list reasons with hours up to {most}, such"
                    " as os_build_too_old=24, backup_policy_not_enabled=4"
                )
            else:
                found[match[1]] = int(match[2]) * HOUR
        return found


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings. Raises SettingsError naming every missing or invalid one."""
    read = _Reader(environ)
    tenant = _tenant(read)
    connection, blobs, queues = _storage(read)
    graph = read.url("GRAPH_URL", "https://graph.microsoft.com")
    region = read.text("REGION")
    if region is not None:
        region = read.choice("REGION", "non-DMA", ("DMA", "non-DMA"))
    settings = Settings(
        tenant_id=tenant,
        storage_connection=connection,
        blob_url=blobs,
        queue_url=queues,
        container=read.text("READINESS_CONTAINER", "readiness") or "readiness",
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
    )
    if read.wrong:
        raise SettingsError("the app settings cannot be used: " + "; ".join(read.wrong))
    return settings


def _tenant(read: _Reader) -> str:
    tenant = read.text("TENANT_ID")
    if tenant is None:
        read.wrong.append("TENANT_ID is missing: the directory (tenant) id, a GUID")
    elif not re.fullmatch(r"[0-9A-Za-z.-]+", tenant):
        read.wrong.append(f"TENANT_ID is {tenant!r}, and must be a GUID or a verified domain name")
    return tenant or ""


def _storage(read: _Reader) -> tuple[str | None, str | None, str | None]:
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


def _login(read: _Reader, graph: str) -> str:
    host = urlsplit(graph).hostname or ""
    if host not in LOGIN_HOSTS and host not in LOOPBACK:
        read.wrong.append(f"GRAPH_URL names {host!r}, and must be one of {', '.join(LOGIN_HOSTS)}")
    return read.url("LOGIN_URL", LOGIN_HOSTS.get(host, graph))


def _telling(read: _Reader) -> Terms:
    return Terms(
        grace=read.hours_by_reason("NOTIFY_GRACE_HOURS", most=MOST_GRACE // HOUR),
        flap_window=read.number("NOTIFY_FLAP_HOURS", 24, least=0, most=168) * HOUR,
        coalesce=timedelta(minutes=read.number("NOTIFY_WINDOW_MINUTES", 15, most=240)),
        storm_share=read.number("NOTIFY_STORM_PERCENT", 5, most=100) / 100,
    )


def _channels(read: _Reader) -> dict[str, str]:
    """Read which channels there are; what is wrong with them must not keep sweeps from running."""
    named = {name: value for name in CHANNEL_SETTINGS if (value := read.text(name))}
    return named | {name: GIVEN for name in CHANNEL_SECRETS if read.text(name)}
