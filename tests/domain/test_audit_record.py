"""A record is the same bytes whenever it is written, and is read as it was."""

import pytest

from shared.domain.audit_record import decoded, encoded, hash_of
from tests.audit_builders import Written


def test_every_record_is_read_as_it_was_written_and_written_as_it_was_read() -> None:
    for content in Written().contents.values():
        assert encoded(decoded(content)) == content


@pytest.mark.parametrize("content", [b"", b"\xff", b"{}", b'{"a":' + b"[" * 99999])
def test_anything_else_is_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decoded(content)


def test_the_hash_is_the_sha_256_of_the_bytes_in_hex() -> None:
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert hash_of(b"abc") == known, "NIST's own example"
