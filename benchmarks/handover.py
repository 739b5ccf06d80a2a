"""What one process hands to the next: a tenant as read, then its pages."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import msgspec

from shared.domain.guid_set import GuidSet
from shared.domain.tenant import TenantReading

READING = "reading.json"
LENGTH = 8


def write_tenant(folder: Path, reading: TenantReading, sets: Mapping[str, GuidSet]) -> None:
    """Write what a sweep reads first."""
    (folder / READING).write_bytes(msgspec.json.encode(reading))
    for name, members in sets.items():
        (folder / f"{name}.bin").write_bytes(members.to_bytes())


def read_tenant(folder: Path) -> tuple[TenantReading, Mapping[str, GuidSet]]:
    """Read it back."""
    reading = msgspec.json.decode((folder / READING).read_bytes(), type=TenantReading)
    sets = {file.stem: GuidSet.from_bytes(file.read_bytes()) for file in folder.glob("*.bin")}
    return reading, sets


def send(stream: BinaryIO, body: bytes) -> None:
    """Put a page on a stream, after its length."""
    stream.write(len(body).to_bytes(LENGTH, "big") + body)


def received(stream: BinaryIO) -> Iterator[bytes]:
    """Take the pages off a stream."""
    while length := stream.read(LENGTH):
        yield stream.read(int.from_bytes(length, "big"))


def page_files(folder: Path) -> list[Path]:
    """List the pages that a walk has written, in order."""
    return sorted((folder / "pages").iterdir())
