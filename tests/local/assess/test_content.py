"""What wraps a file does not matter: a zip, a byte-order mark, a pipe."""

import io
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from local.assess import content
from local.assess.content import LONGEST_LINE, lines, open_content
from shared.errors import InputError

TEXT = "Device name,OS\nPC-Ä,Windows\n"


class Pipe(io.RawIOBase):
    """A stream that cannot seek and hands out little at a time."""

    def __init__(self, held: bytes) -> None:
        self._held = io.BytesIO(held)

    def read(self, size: int = -1) -> bytes:
        return self._held.read(size if size < 0 else min(size, 7))


def zipped(**files: str) -> bytes:
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


def text_of(stream: BinaryIO) -> str:
    return open_content(stream).text().read()


@pytest.mark.parametrize(
    "held",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        zipped(export=TEXT),
    ],
    ids=["plain", "utf-8 mark", "utf-16 little", "utf-16 big", "zip"],
)
def test_a_wrapping_makes_no_difference(held: bytes) -> None:
    assert text_of(io.BytesIO(held)) == TEXT


def test_the_beginning_can_be_looked_at_and_is_read_all_the_same() -> None:
    held = open_content(io.BytesIO(b"\xef\xbb\xbf" + b"x" * 200_000))

    assert held.opening.startswith("xxx")
    assert held.text().read() == "x" * 200_000


def test_a_pipe_may_hand_out_little_at_a_time() -> None:
    assert text_of(Pipe(TEXT.encode())) == TEXT  # type: ignore[arg-type]


def test_bytes_that_are_no_text_are_replaced_or_kept_as_asked() -> None:
    assert open_content(io.BytesIO(b"PC-\xff")).text().read() == "PC-\ufffd"
    kept = open_content(io.BytesIO(b"PC-\xff")).text(keep_damage=True).read()
    assert kept.encode(errors="surrogateescape") == b"PC-\xff"


def test_the_folders_and_the_mac_leftovers_of_a_zip_do_not_count() -> None:
    packed = zipped(**{"export/": "", "export/devices.csv": TEXT, "__MACOSX/devices.csv": "x"})

    assert text_of(io.BytesIO(packed)) == TEXT


def test_a_zip_of_two_files_is_refused_by_their_names() -> None:
    with pytest.raises(InputError, match=r"holds 2 files \('a.csv', 'b.csv'\)"):
        open_content(io.BytesIO(zipped(**{"a.csv": TEXT, "b.csv": TEXT})))


def test_an_empty_zip_and_a_broken_one_are_refused() -> None:
    with pytest.raises(InputError, match="holds 0 files"):
        open_content(io.BytesIO(zipped()))
    with pytest.raises(InputError, match="cannot be opened"):
        open_content(io.BytesIO(zipped(export=TEXT)[:-10]))


def test_a_zip_with_damage_inside_says_so_where_the_damage_is_read() -> None:
    packed = bytearray(zipped(export="a,b\n" * 100_000))
    packed[300] ^= 0xFF

    with pytest.raises(InputError, match="breaks off inside 'export'"):
        text_of(io.BytesIO(packed))


def test_a_zip_bomb_is_refused_by_what_it_declares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "LARGEST", 1000)

    with pytest.raises(InputError, match="unfolds to more than 1000 bytes"):
        open_content(io.BytesIO(zipped(export="x" * 1001)))


def test_a_zip_with_a_password_is_refused() -> None:
    packed = bytearray(zipped(export=TEXT))
    flags = packed.index(b"PK\x01\x02") + 8
    packed[flags] |= 0x1

    with pytest.raises(InputError, match="has a password"):
        open_content(io.BytesIO(packed))


def test_a_zip_that_comes_through_a_pipe_is_read_from_memory_up_to_a_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class WholePipe(Pipe):
        def read(self, size: int = -1) -> bytes:
            return self._held.read(size)

    packed = zipped(export=TEXT)
    assert text_of(WholePipe(packed)) == TEXT  # type: ignore[arg-type]

    monkeypatch.setattr(content, "LARGEST_PIPED_ZIP", len(packed) - 1)
    with pytest.raises(InputError, match="too large to come through a pipe"):
        open_content(WholePipe(packed))  # type: ignore[arg-type]


def test_an_endless_line_is_cut_and_the_next_one_is_whole() -> None:
    first, second = lines(io.StringIO("x" * (3 * LONGEST_LINE) + "\nnext\n"))

    assert len(first) == LONGEST_LINE
    assert second == "next\n"
