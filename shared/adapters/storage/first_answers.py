"""The first answer to each question that came with an idempotency key."""

import re
from contextlib import suppress

import msgspec

from shared.adapters.storage.blobs import Blobs
from shared.errors import ConflictError, StorageError
from shared.ports import Answered

ANSWERS = "restore-setting/answers/"
HASH = re.compile(r"[A-Za-z0-9-]+")


class FirstAnswers:
    """The blobs under restore-setting/answers/, by the hash of a key; a lifecycle rule ends them.

    Every method raises StorageError.
    """

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    async def read(self, key: str) -> Answered | None:
        """Read the answer that was given; None if there is none."""
        name = _name(key)
        blob = await self._blobs.read(name)
        try:
            return None if blob is None else msgspec.json.decode(blob.content, type=Answered)
        except (ValueError, RecursionError) as error:
            raise StorageError(f"blob {name!r} cannot be read: {error}") from error

    async def keep(self, key: str, answer: Answered) -> None:
        """Keep an answer, unless there is one already."""
        with suppress(ConflictError):
            await self._blobs.write(_name(key), msgspec.json.encode(answer), if_absent=True)


def _name(key: str) -> str:
    if not HASH.fullmatch(key):
        raise StorageError(f"answers are kept by the hash of a key, and {key!r} is none")
    return f"{ANSWERS}{key}.json"
