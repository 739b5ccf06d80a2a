"""Digests and their lines, and what of them one channel is to see."""

import asyncio
from pathlib import Path

import msgspec

from shared.adapters.storage import line_rows
from shared.adapters.storage.blobs import Blobs
from shared.adapters.storage.scratch import scratch_database, scratch_folder
from shared.domain.digest import Digest, DigestKind, DigestView
from shared.domain.routes import Routes, shares
from shared.errors import StorageError

DIGESTS = "digests/"
MOST_EXAMPLES = 10
"""Lines of each group that a view names."""

KINDS = """
CREATE TABLE every AS
SELECT *, dense_rank() OVER (
    ORDER BY reason, severity, capabilities, category, profile, model) AS kind
FROM read_parquet($file)
"""
ONE_OF_EACH_KIND = f"""
SELECT kind, {line_rows.COLUMNS} FROM every QUALIFY row_number() OVER (PARTITION BY kind) = 1
"""  # noqa: S608 - our own column names

SHARE = """
CREATE TABLE lines AS SELECT * FROM every WHERE kind IN (SELECT unnest($kinds::BIGINT[]))
"""


class BlobDigests:
    """Implements what the Telling port says of digests, over the blobs under digests/."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    async def store(self, digest: Digest, lines: Path | None) -> None:
        """Store a digest, and its lines where it has any; storing it again changes nothing."""
        if lines is not None:
            await self._blobs.upload(_name(digest.id, "lines.parquet"), lines)
        await self._blobs.write(
            _name(digest.id, "digest.json"),
            msgspec.json.encode(digest),
            metadata={"kind": digest.kind},
        )

    async def digest(self, id: str) -> Digest | None:
        """Read a digest; None when there is none."""
        name = _name(id, "digest.json")
        blob = await self._blobs.read(name)
        if blob is None:
            return None
        try:
            return msgspec.json.decode(blob.content, type=Digest)
        except msgspec.DecodeError as error:
            raise StorageError(f"blob {name!r} does not hold a digest: {error}") from error

    async def view(self, id: str, routes: Routes, channel: str, most: int) -> DigestView:
        """Read a digest as a channel is to see it, with at most `most` lines, the worst first.

        A digest that names no devices is the same for all who are sent it. Raises StorageError
        when there is no such digest.
        """
        digest = await self.digest(id)
        if digest is None:
            raise StorageError(f"digest {id!r} is missing")
        async with scratch_folder("digest-") as folder:
            file = folder / "lines.parquet"
            if not await self._blobs.download(_name(id, "lines.parquet"), file):
                return DigestView(digest, digest.devices, digest.groups)
            return await asyncio.to_thread(view_of, digest, routes, channel, file, most)

    async def last(self, kind: DigestKind | None = None) -> str | None:
        """Return the id of the newest digest, of this kind if one is given; None without any."""
        return next(reversed(await self._ids(kind)), None)

    async def after(self, id: str | None) -> list[str]:
        """Return the ids of the digests after this one, the oldest first; of all, if it is None."""
        return [each for each in await self._ids() if id is None or each > id]

    async def _ids(self, kind: DigestKind | None = None) -> list[str]:
        return [
            blob.name.split("/")[1]
            for blob in await self._blobs.list(DIGESTS)
            if blob.name.endswith("/digest.json")
            and kind in (None, (blob.metadata or {}).get("kind"))
        ]


def view_of(digest: Digest, routes: Routes, channel: str, lines: Path, most: int) -> DigestView:
    """Read what a channel is to see of a file of lines.

    The domain is asked once for each kind of line, which are few, and not for every line.
    """
    share = next((s for s in shares(routes, digest.kind) if s.channel == channel), None)
    if share is None:
        return DigestView(digest, 0, ())
    with scratch_database(lines.parent) as db:
        db.execute(KINDS, {"file": str(lines)})
        one_of_each = line_rows.rows(db, ONE_OF_EACH_KIND)
        kinds = [row["kind"] for row in one_of_each if share.holds(line_rows.line_of(row))]
        db.execute(SHARE, {"kinds": kinds})
        return DigestView(
            digest,
            line_rows.devices(db),
            line_rows.groups(db, MOST_EXAMPLES),
            line_rows.worst(db, most),
        )


def _name(digest: str, name: str) -> str:
    return f"{DIGESTS}{digest}/{name}"
