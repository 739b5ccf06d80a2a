"""The storage whose contents a command reads: of an installation, or of the last local sweep."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from local.node import install_azurite
from local.sweep.place import last_place
from local.sweep.programs import storage
from shared.bootstrap import Storage, build_storage
from shared.config import Settings, read_settings
from shared.errors import ReadinessError


def is_there() -> bool:
    """Tell whether there is a storage to connect to."""
    return bool(os.environ.get("AzureWebJobsStorage")) or last_place() is not None


@contextmanager
def connected() -> Iterator[str]:
    """Give the storage that the settings name, or that of the last local sweep.

    Raises ReadinessError when there is neither.
    """
    if connection := os.environ.get("AzureWebJobsStorage"):
        yield connection
        return
    place = last_place()
    if place is None:
        raise ReadinessError("no sweep was made on this machine: run `python -m local sweep` first")
    install_azurite()
    with storage(place) as connection:
        yield connection


def opened(connection: str) -> Storage:
    """Open what lies in storage, for reading."""
    return build_storage(settings_of(connection))


def settings_of(connection: str) -> Settings:
    """Read the settings for a storage; the tenant's id does not matter to those who only read."""
    return read_settings({"TENANT_ID": "local", **os.environ, "AzureWebJobsStorage": connection})
