"""Where a local sweep keeps its storage, logs and report: one folder per tenant."""

import random
import re
import socket
from itertools import islice
from pathlib import Path

import msgspec
from msgspec import Struct

from local.environment import ROOT

HOME = ROOT / ".local"
LAST = HOME / "last.txt"
UNCLAIMED = range(20_000, 32_000)
"""Ports that no system gives to whoever asks for any, so that a place finds its own free again."""


class Ports(Struct):
    """The loopback ports of one place, the same at every run.

    Messages left on the queue by an interrupted sweep name the tenant's port in their cursors.
    """

    blob: int
    queue: int
    table: int
    tenant: int
    host: int


class Place(Struct, frozen=True):
    """One tenant's folder."""

    folder: Path

    @property
    def storage(self) -> Path:
        """Azurite's files."""
        return self.folder / "storage"

    @property
    def report(self) -> Path:
        """Copies of the last snapshot and report, for people."""
        return self.folder / "report"

    @property
    def served(self) -> Path:
        """The file that holds the app's address while `python -m local up` serves it."""
        return self.folder / "served.txt"

    @property
    def address(self) -> str | None:
        """Where the app is served now, if `python -m local up` serves it."""
        return self.served.read_text(encoding="utf-8") if self.served.exists() else None

    def log(self, name: str) -> Path:
        """The log of one of the programs that were started."""
        return self.folder / f"{name}.log"

    def ports(self) -> Ports:
        """Read this place's ports, choosing free ones the first time."""
        file = self.folder / "ports.json"
        if file.exists():
            return msgspec.json.decode(file.read_bytes(), type=Ports)
        ports = Ports(*_free_ports(5))
        file.write_bytes(msgspec.json.encode(ports))
        return ports


def place_of(name: str) -> Place:
    """Make the place for a tenant, and remember it as the last one used."""
    place = Place(HOME / re.sub(r"[^A-Za-z0-9.-]+", "-", name))
    place.folder.mkdir(parents=True, exist_ok=True)
    LAST.write_text(place.folder.name, encoding="utf-8")
    return place


def last_place() -> Place | None:
    """Return the place of the last sweep on this machine."""
    if not LAST.exists():
        return None
    folder = HOME / LAST.read_text(encoding="utf-8").strip()
    return Place(folder) if folder.is_dir() else None


def listening(port: int) -> bool:
    """Tell whether something listens on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_ports(count: int) -> list[int]:
    tried = random.sample(UNCLAIMED, len(UNCLAIMED))
    return list(islice(filter(_is_free, tried), count))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
