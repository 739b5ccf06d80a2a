"""The composition root: builds what the use cases need, at first use and once per process."""

import asyncio
import logging
import os
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Self
from uuid import uuid4

from msgspec import Struct

from shared.config import Settings, read_settings

if TYPE_CHECKING:
    from shared.adapters.graph.client import GraphClient
    from shared.adapters.notify.build import Notifiers
    from shared.adapters.storage.audit import BlobAudit
    from shared.adapters.storage.deliveries import BlobDeliveries
    from shared.adapters.storage.feed import BlobFeed
    from shared.adapters.storage.overlay import BlobOverlay
    from shared.adapters.storage.poison import QueuePoison
    from shared.adapters.storage.settings_files import BlobSettingsFiles
    from shared.adapters.storage.snapshots import BlobSnapshots
    from shared.adapters.storage.sweeps import BlobSweeps
    from shared.adapters.storage.telling import BlobTelling
    from shared.adapters.storage.windows import BlobWindows
    from shared.api.restore_setting import Api
    from shared.domain.routes import Channel
    from shared.domain.telling import Terms
    from shared.ports import Changes, Devices, Notifier, Queue, Setting, Tenant, Tokens
    from shared.report.render.links import Links
    from shared.use_cases.judges import Judges
    from shared.use_cases.restore_control import Control
    from shared.use_cases.start_sweep import SweepTerms


TALKATIVE = ("azure", "hpack", "httpcore", "httpx")
"""Loggers of libraries that tell of every request, with its address, at the worker's level."""


class Storage(Struct, frozen=True):
    """What lies in the storage account; a context, for those who do not keep it for good."""

    queue: "Queue"
    sweeps: "BlobSweeps"
    snapshots: "BlobSnapshots"
    feed: "BlobFeed"
    overlay: "BlobOverlay"
    telling: "BlobTelling"
    windows: "BlobWindows"
    deliveries: "BlobDeliveries"
    poison: "QueuePoison"
    settings_files: "BlobSettingsFiles"
    audit: "BlobAudit"
    connections: AsyncExitStack

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.connections.aclose()


class Notify(Struct, frozen=True):
    """How people are told: on which terms, with which links, and through which channels.

    `settings` are those that make channels where there is no routes file, secrets left out.
    """

    terms: "Terms"
    links: "Links"
    settings: Mapping[str, str]
    notifier_of: "Callable[[Channel], Notifier]"


class App(Struct, frozen=True):
    """Everything a trigger hands to a use case."""

    terms: "SweepTerms"
    reread_after: timedelta
    judges: "Judges"
    changes: "Changes"
    devices: "Devices"
    tenant: "Tenant"
    notify: Notify
    storage: Storage
    restore: "Control"
    api: "Api"


def app() -> App:
    """Return the app of this process and event loop.

    Raises SettingsError naming every setting that is missing or invalid.
    """
    return _app_of(asyncio.get_running_loop())


@cache
def _app_of(_loop: asyncio.AbstractEventLoop) -> App:
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    return build(read_settings(os.environ))


def build(settings: Settings) -> App:
    """Build the app from settings; SDKs are imported here and not before.

    Its clients live as long as the process, which is what the Functions worker wants of them.
    """
    from shared.adapters.graph.changes import GraphChanges
    from shared.adapters.graph.client import GraphClient
    from shared.adapters.graph.devices import GraphDevices
    from shared.adapters.graph.tenant import GraphTenant
    from shared.adapters.identity.credentials import graph_credential
    from shared.adapters.notify.build import Notifiers
    from shared.api.restore_setting import Api
    from shared.use_cases.judges import Judges
    from shared.use_cases.start_sweep import SweepTerms

    credential = graph_credential(settings.graph_url, settings.login_url, settings.client_id)
    graph = GraphClient(settings.graph_url, credential)
    login = GraphClient(settings.login_url, None)
    storage = build_storage(settings)
    control = build_control(settings, _setting(settings, graph), storage)
    return App(
        terms=SweepTerms(settings.edition, settings.strict_servicing, settings.user_names),
        reread_after=settings.reread_after,
        judges=Judges(),
        changes=GraphChanges(graph),
        devices=GraphDevices(graph),
        tenant=GraphTenant(graph, login, settings.tenant_id, settings.region),
        notify=_notify(settings, Notifiers(os.environ, lambda: graph)),
        storage=storage,
        restore=control,
        api=Api(control, _tokens(settings), control.clock),
    )


def build_control(settings: Settings, setting: "Setting", storage: Storage) -> "Control":
    """Build what the restore setting is changed with."""
    from shared.use_cases.restore_control import Control

    return Control(
        terms=settings.restore,
        setting=setting,
        audit=storage.audit,
        queue=storage.queue,
        sweeps=storage.sweeps,
        snapshots=storage.snapshots,
        feed=storage.feed,
        telling=storage.telling,
        clock=lambda: datetime.now(UTC),
        unique=lambda: uuid4().hex,
        user_names=settings.user_names,
    )


def _setting(settings: Settings, reader: "GraphClient") -> "Setting":
    """Build the way to the setting; who writes it has an identity apart from who reads."""
    from shared.adapters.graph.client import GraphClient
    from shared.adapters.graph.restore_writer import GraphSetting
    from shared.adapters.identity.credentials import write_credential

    credential = write_credential(settings.graph_url, settings.restore_client_id)
    writer = None if credential is None else GraphClient(settings.graph_url, credential)
    return GraphSetting(reader, writer, credential)


def _tokens(settings: Settings) -> "Tokens | None":
    """Build what tells callers by their tokens; None where no API is configured."""
    from shared.adapters.identity.tokens import EntraTokens

    if not settings.api_audiences:
        return None
    authority = f"{settings.login_url}/{settings.tenant_id}"
    return EntraTokens(
        f"{authority}/v2.0",
        f"{authority}/discovery/v2.0/keys",
        settings.api_audiences,
        settings.tenant_id,
    )


def build_notify(settings: Settings, environ: Mapping[str, str]) -> tuple[Notify, "Notifiers"]:
    """Build only what tells people; the notifiers are to be closed by the caller.

    `environ` holds the secrets that channels name.
    """
    from shared.adapters.graph.client import GraphClient
    from shared.adapters.identity.credentials import graph_credential
    from shared.adapters.notify.build import Notifiers

    def graph() -> GraphClient:
        login = settings.login_url
        credential = graph_credential(settings.graph_url, login, settings.client_id)
        return GraphClient(settings.graph_url, credential)

    notifiers = Notifiers(environ, graph)
    return _notify(settings, notifiers), notifiers


def _notify(settings: Settings, notifiers: "Notifiers") -> Notify:
    from shared.report.render.links import Links

    return Notify(settings.telling, Links(settings.dashboard), settings.channels, notifiers.of)


def build_storage(settings: Settings) -> Storage:
    """Build only what lies in storage, for those who read results and ask nothing of Graph."""
    from shared.adapters.identity.credentials import storage_credential
    from shared.adapters.storage.account import blob_client, queue_client
    from shared.adapters.storage.audit import BlobAudit
    from shared.adapters.storage.blobs import Blobs
    from shared.adapters.storage.deliveries import BlobDeliveries
    from shared.adapters.storage.feed import BlobFeed
    from shared.adapters.storage.overlay import BlobOverlay
    from shared.adapters.storage.poison import QueuePoison
    from shared.adapters.storage.queue import StorageQueue
    from shared.adapters.storage.settings_files import BlobSettingsFiles
    from shared.adapters.storage.snapshots import BlobSnapshots
    from shared.adapters.storage.sweeps import BlobSweeps
    from shared.adapters.storage.telling import BlobTelling
    from shared.adapters.storage.windows import BlobWindows
    from shared.report.vocabulary import severities

    connection = settings.storage_connection
    credential = None if connection else storage_credential(settings.client_id)
    blobs = blob_client(connection, settings.blob_url, credential)
    queues = queue_client(connection, settings.queue_url, credential)
    connections = AsyncExitStack()
    for opened in (credential, blobs, queues):
        if opened is not None:
            connections.push_async_callback(opened.close)
    container = Blobs(blobs, settings.container)
    snapshots = BlobSnapshots(container)
    return Storage(
        queue=StorageQueue(queues),
        sweeps=BlobSweeps(container),
        snapshots=snapshots,
        feed=BlobFeed(container),
        overlay=BlobOverlay(container),
        telling=BlobTelling(container, snapshots, severities()),
        windows=BlobWindows(container),
        deliveries=BlobDeliveries(container),
        poison=QueuePoison(queues),
        settings_files=BlobSettingsFiles(container),
        audit=BlobAudit(Blobs(blobs, settings.audit_container), container),
        connections=connections,
    )
