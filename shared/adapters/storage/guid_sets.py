"""GUID sets in one blob, by name."""

from collections.abc import Iterable, Mapping

import msgspec

from shared.adapters.storage.blobs import Blob
from shared.domain.guid_set import GuidSet
from shared.errors import StorageError


def packed(sets: Mapping[str, GuidSet]) -> bytes:
    """Pack sets as the content of one blob."""
    return msgspec.msgpack.encode({name: members.to_bytes() for name, members in sets.items()})


def unpacked(name: str, blob: Blob | None, wanted: Iterable[str]) -> dict[str, GuidSet]:
    """Read the wanted sets out of the blob of this name. Raises StorageError if one is missing."""
    try:
        held = msgspec.msgpack.decode(blob.content, type=dict[str, bytes]) if blob else {}
        return {one: GuidSet.from_bytes(held[one]) for one in wanted}
    except KeyError as missing:
        raise StorageError(f"GUID set {missing} is not stored in blob {name!r}") from missing
    except ValueError as error:
        raise StorageError(f"blob {name!r} cannot be read: {error}") from error
