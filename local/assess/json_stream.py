"""Reads large JSON piece by piece, so that an export of any size needs the memory of one device."""

import json
from collections.abc import Iterator
from typing import Any, Final, TextIO

from shared.errors import InputError

CHUNK = 256 * 1024
LONGEST_VALUE = 8 * 1024 * 1024
"""Characters one value may have before it is taken for damage; a device has some two thousand."""

SPACE = " \t\r\n\ufeff"
"""What may stand between values: JSON's white space, and the marks of files put together."""


class JsonStream:
    """A cursor over JSON text: look at the next character, pass it, or read a whole value."""

    def __init__(self, text: TextIO, chunk: int = CHUNK) -> None:
        self._text = text
        self._chunk = chunk
        self._buffer = ""
        self._at = 0
        self._ended = False
        self._decode: Final = json.JSONDecoder().raw_decode

    def peek(self) -> str:
        """Return the next character that is no white space, or "" at the end."""
        while True:
            while self._at < len(self._buffer):
                if self._buffer[self._at] not in SPACE:
                    return self._buffer[self._at]
                self._at += 1
            if self._ended:
                return ""
            self._read_more(self._chunk)

    def passes(self, character: str) -> bool:
        """Step over `character` if it comes next."""
        if self.peek() != character:
            return False
        self._at += 1
        return True

    def expect(self, character: str) -> None:
        """Step over `character`. Raises InputError when something else comes next."""
        if not self.passes(character):
            came = repr(self.peek()) if self.peek() else "the end of the file"
            raise InputError(f"the JSON is damaged: {character!r} was expected, and {came} came")

    def value(self) -> Any:  # noqa: ANN401 - it is whatever the JSON holds
        """Read one whole value. Raises InputError when it is damaged."""
        self.peek()
        while True:
            try:
                value, end = self._decode(self._buffer, self._at)
            except json.JSONDecodeError as error:
                if self._ended:
                    raise InputError(f"the JSON is damaged: {error.msg}") from error
            except (ValueError, RecursionError) as error:
                raise InputError(f"the JSON cannot be read: {error}") from error
            else:
                # A number at the very end of the buffer may go on beyond it.
                if end < len(self._buffer) or self._ended:
                    self._at = end
                    return value
            waiting = len(self._buffer) - self._at
            if waiting > LONGEST_VALUE:
                raise InputError(
                    f"the JSON is damaged: a value does not end within {LONGEST_VALUE} characters"
                )
            self._read_more(max(self._chunk, waiting))

    def members(self) -> Iterator[str]:
        """Walk an object: yields each name, and the caller reads the value before going on."""
        self.expect("{")
        if self.passes("}"):
            return
        while True:
            name = self.value()
            if not isinstance(name, str):
                raise InputError("the JSON is damaged: a name was expected in an object")
            self.expect(":")
            yield name
            if not self.passes(","):
                break
        self.expect("}")

    def items(self) -> Iterator[Any]:
        """Walk an array, value by value."""
        self.expect("[")
        if self.passes("]"):
            return
        while True:
            yield self.value()
            if not self.passes(","):
                break
        self.expect("]")

    def _read_more(self, size: int) -> None:
        more = self._text.read(size)
        self._ended = not more
        self._buffer = self._buffer[self._at :] + more
        self._at = 0
