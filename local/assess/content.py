"""What the operator's file holds, whatever wraps it: a zip, a byte-order mark, a pipe."""

import codecs
import io
import zlib
from collections.abc import Iterator
from typing import BinaryIO, TextIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from shared.errors import InputError

HEAD = 64 * 1024
"""Bytes looked at to recognise a file."""

LONGEST_LINE = 1024 * 1024
"""Characters a line may have; Intune's rows and our cases stay well under a hundredth of it."""

LARGEST = 4 * 1024**3
"""Bytes a zip may unfold to: several million devices, and an end to a zip bomb."""

LARGEST_PIPED_ZIP = 256 * 1024**2
"""Bytes of a zip that come through a pipe, and so have to be kept in memory."""

ZIP_MARK = b"PK\x03\x04"
EMPTY_ZIP_MARK = b"PK\x05\x06"
ENCRYPTED = 0x1

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Content:
    """A stream of bytes whose beginning can be looked at before it is read once."""

    def __init__(self, stream: BinaryIO) -> None:
        self.head = _read_up_to(stream, HEAD)
        self._stream = stream
        self.encoding = encoding_of(self.head)

    @property
    def opening(self) -> str:
        """The beginning as text, with the bytes replaced that are none."""
        return codecs.getincrementaldecoder(self.encoding)("replace").decode(self.head)

    def text(self, *, keep_damage: bool = False) -> TextIO:
        """Read all of it as text, newlines untouched; bytes that are no text become U+FFFD.

        With `keep_damage` such bytes of UTF-8 come back on `encode(errors="surrogateescape")`.
        """
        kept = keep_damage and self.encoding.startswith("utf-8")
        return io.TextIOWrapper(
            io.BufferedReader(_Rejoined(self.head, self._stream)),
            encoding=self.encoding,
            errors="surrogateescape" if kept else "replace",
            newline="",
        )


def open_content(stream: BinaryIO) -> Content:
    """Look into a stream, and into the one file of a zip, never writing it to disk.

    Raises InputError when a zip cannot be used.
    """
    content = Content(stream)
    if not content.head.startswith((ZIP_MARK, EMPTY_ZIP_MARK)):
        return content
    if stream.seekable():
        stream.seek(0)
        return Content(_only_member(stream))
    packed = content.head + stream.read(LARGEST_PIPED_ZIP)
    if len(packed) > LARGEST_PIPED_ZIP:
        raise InputError("the zip is too large to come through a pipe: name it as FILE instead")
    return Content(_only_member(io.BytesIO(packed)))


def encoding_of(head: bytes) -> str:
    """Tell the encoding by the byte-order mark; without one it is UTF-8."""
    return next((name for mark, name in MARKS if head.startswith(mark)), "utf-8")


def lines(text: TextIO) -> Iterator[str]:
    """Walk a text line by line; one of LONGEST_LINE characters has lost whatever came after."""
    while line := text.readline(LONGEST_LINE):
        rest = line
        while len(rest) == LONGEST_LINE and not rest.endswith("\n"):
            rest = text.readline(LONGEST_LINE)
        yield line


class _Rejoined(io.RawIOBase):
    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._head:
            got, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        else:
            got = self._rest.read(len(buffer))
        buffer[: len(got)] = got
        return len(got)


class _Unzipped(io.RawIOBase):
    """A file in a zip, whose damage shows as InputError; zipfile ends it at its declared size."""

    def __init__(self, member: io.BufferedIOBase, name: str) -> None:
        self._member = member
        self._name = name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            got = self._member.read(len(buffer))
        except (BadZipFile, zlib.error, EOFError, OSError) as error:
            raise InputError(f"the zip breaks off inside {self._name!r}: {error}") from error
        buffer[: len(got)] = got
        return len(got)


def _only_member(stream: BinaryIO) -> BinaryIO:
    try:
        archive = ZipFile(stream)
        members = [m for m in archive.infolist() if _counts(m)]
        if len(members) != 1:
            names = ", ".join(repr(m.filename) for m in members[:5]) or "none"
            raise InputError(
                f"the zip holds {len(members)} files ({names}), and must hold one: unpack it,"
                " and name the file to assess"
            )
        (member,) = members
        if member.flag_bits & ENCRYPTED:
            raise InputError(f"{member.filename!r} in the zip has a password: unpack it first")
        if member.file_size > LARGEST:
            raise InputError(
                f"{member.filename!r} in the zip unfolds to more than {LARGEST} bytes:"
                " it is no list of devices"
            )
        unzipped = _Unzipped(archive.open(member), member.filename)  # type: ignore[arg-type]
    except (BadZipFile, NotImplementedError, zlib.error, EOFError) as error:
        raise InputError(f"the zip cannot be opened: {error}") from error
    return io.BufferedReader(unzipped)


def _counts(member: ZipInfo) -> bool:
    return not member.is_dir() and not member.filename.startswith("__MACOSX/")


def _read_up_to(stream: BinaryIO, size: int) -> bytes:
    got = bytearray()
    while len(got) < size and (more := stream.read(size - len(got))):
        got += more
    return bytes(got)
