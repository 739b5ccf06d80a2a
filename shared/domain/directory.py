"""Which Entra object is which device: the delta feed names removed devices by object id only."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from uuid import UUID

WIDTH = 16
"""Bytes of a GUID."""


class Directory:
    """An immutable map from Entra object ids to Entra device ids, 32 bytes a device.

    Object ids are kept as one sorted run of bytes, device ids as a second one in the same order.
    Pairs in which either is no GUID are left out.
    """

    __slots__ = ("_devices", "_objects")

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        known = _packed_pairs(pairs)
        self._objects = b"".join(object_id for object_id, _ in known)
        self._devices = b"".join(device_id for _, device_id in known)

    def __len__(self) -> int:
        return len(self._objects) // WIDTH

    def device_of(self, object_id: str) -> str | None:
        """Return the device id of an object, None where it is not known."""
        key = _packed(object_id)
        device_id = None if key is None else self._get(key)
        return None if device_id is None else str(UUID(bytes=device_id))

    def lacks(self, pairs: Mapping[str, str]) -> bool:
        """Tell whether any of these pairs is not in the map as given."""
        return any(self._get(key) != value for key, value in _packed_pairs(pairs.items()))

    def with_pairs(self, pairs: Mapping[str, str]) -> "Directory":
        """Return the map with more pairs; a pair given now wins over one known before.

        What lies between two new pairs is copied in one piece, so that the time is that of copying
        the map, plus a search for each new pair.
        """
        known_objects, known_devices = memoryview(self._objects), memoryview(self._devices)
        objects: list[bytes | memoryview] = []
        devices: list[bytes | memoryview] = []
        copied = 0
        for key, value in _packed_pairs(pairs.items()):
            at = self._place(key)
            objects += (known_objects[copied * WIDTH : at * WIDTH], key)
            devices += (known_devices[copied * WIDTH : at * WIDTH], value)
            copied = at + 1 if self._object_at(at) == key else at
        made = Directory()
        made._objects = b"".join([*objects, known_objects[copied * WIDTH :]])
        made._devices = b"".join([*devices, known_devices[copied * WIDTH :]])
        return made

    def to_bytes(self) -> bytes:
        """Pack the map for storage."""
        return self._objects + self._devices

    @classmethod
    def from_bytes(cls, packed: bytes) -> "Directory":
        """Read a packed map. Raises ValueError when the length cannot be right."""
        if len(packed) % (2 * WIDTH):
            raise ValueError(f"a directory has 32 bytes a device, got {len(packed)} bytes")
        made = cls()
        made._objects, made._devices = packed[: len(packed) // 2], packed[len(packed) // 2 :]
        return made

    def _get(self, key: bytes) -> bytes | None:
        at = self._place(key)
        if self._object_at(at) != key:
            return None
        return self._devices[at * WIDTH : (at + 1) * WIDTH]

    def _place(self, key: bytes) -> int:
        """Return where a key is, or where it would have to stand."""
        return bisect_left(range(len(self)), key, key=self._object_at)

    def _object_at(self, at: int) -> bytes:
        return self._objects[at * WIDTH : (at + 1) * WIDTH]


def _packed_pairs(pairs: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Pack pairs and sort them by object; of several for one object the last one counts."""
    known: dict[bytes, bytes] = {}
    for object_id, device_id in pairs:
        key, value = _packed(object_id), _packed(device_id)
        if key is not None and value is not None:
            known[key] = value
    return sorted(known.items())


def _packed(guid: str) -> bytes | None:
    try:
        packed = bytes.fromhex(guid.replace("-", ""))
    except ValueError:
        return None
    return packed if len(packed) == WIDTH else None
