"""The bytes that a record is stored as, and the hash by which the next record names them."""

from hashlib import sha256

import msgspec

from shared.domain.restore_change import Record


def encoded(record: Record) -> bytes:
    """Write a record as JSON; these bytes are the record from then on, and nobody makes them anew.

    Of one record they are always the same, so that whoever wrote it knows it again.
    """
    return msgspec.json.encode(record, order="deterministic")


def decoded(content: bytes) -> Record:
    """Read a record. Raises ValueError for anything else."""
    try:
        return msgspec.json.decode(content, type=Record)
    except RecursionError as error:
        raise ValueError("it is nested too deeply to be a record") from error


def hash_of(content: bytes) -> str:
    """Return the SHA-256 of a record's bytes, in hex."""
    return sha256(content).hexdigest()
