"""The storage whose contents a command reads: of an installation, or of the last local sweep."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from local.node import install_azurite
from local.sweep.place import last_place
from local.sweep.programs import storage
from shared.bootstrap import Storage, build_storage
from shared.config import read_settings
from shared.errors import ReadinessError


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
    """Open what lies in storage, for reading; the tenant's id does not matter for that."""
    environ = {"TENANT_ID": "local", **os.environ, "AzureWebJobsStorage": connection}
    return build_storage(read_settings(environ))
