"""Queue messages: what is written is read back, and what is wrong is named."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import MessageError
from shared.messages import MAX_DEQUEUE_COUNT, FinishSweep, ReadPage, decode, encode

HOST = json.loads((Path(__file__).parents[1] / "host.json").read_text(encoding="utf-8"))


@given(
    st.builds(
        ReadPage,
        sweep=st.text(),
        page=st.integers(0, 10**6),
        cursor=st.none() | st.text(),
        waited=st.floats(0, 1e6),
    )
)
def test_a_page_to_read_comes_back_as_it_was_sent(message: ReadPage) -> None:
    assert decode(encode(message), ReadPage) == message
    assert decode(encode(message).encode(), ReadPage) == message


@given(st.builds(FinishSweep, sweep=st.text(), pages=st.integers(0, 10**6)))
def test_word_to_finish_comes_back_as_it_was_sent(message: FinishSweep) -> None:
    assert decode(encode(message), FinishSweep) == message


def test_a_first_page_needs_neither_cursor_nor_wait() -> None:
    assert decode('{"sweep": "s", "page": 1}', ReadPage) == ReadPage("s", 1, None, 0.0)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"page": 1}', "`sweep`"),
        ('{"sweep": "s"}', "`page`"),
        ('{"sweep": "s", "page": "1"}', r"`\$\.page`"),
        ('{"sweep": "s", "page": 1.5}', r"`\$\.page`"),
        ('{"sweep": "s", "page": -1}', r"`\$\.page`"),
        ('{"sweep": "s", "page": 1, "waited": -1}', r"`\$\.waited`"),
        ('{"sweep": null, "page": 1}', r"`\$\.sweep`"),
        ('{"sweep": "s", "page": 1, "cursor": 7}', r"`\$\.cursor`"),
        ('{"sweep": "s", "page": 1, "waited": "long"}', r"`\$\.waited`"),
        ('{"sweep": "s", "page": 1, "colour": "red"}', "`colour`"),
        ('["s", 1]', "got `array`"),
        ('"s"', "got `str`"),
        ("null", "got `null`"),
    ],
)
def test_a_malformed_message_names_the_field(text: str, named: str) -> None:
    with pytest.raises(MessageError, match=f"a ReadPage message cannot be read: .*{named}"):
        decode(text, ReadPage)


@pytest.mark.parametrize("text", [b"", b"{", b"not JSON", b"\xff\xfe", b'{"sweep": "\xff"}'])
def test_what_is_no_json_is_malformed_too(text: bytes) -> None:
    with pytest.raises(MessageError, match="it goes to the poison queue"):
        decode(text, ReadPage)


def test_one_kind_of_message_is_not_taken_for_the_other() -> None:
    with pytest.raises(MessageError, match="a FinishSweep message cannot be read"):
        decode(encode(ReadPage("s", 1)), FinishSweep)
    with pytest.raises(MessageError, match="a ReadPage message cannot be read"):
        decode(encode(FinishSweep("s", 1)), ReadPage)


def test_a_field_that_word_to_finish_does_not_have_is_named() -> None:
    with pytest.raises(MessageError, match="`page`"):
        decode('{"sweep": "s", "pages": 1, "page": 1}', FinishSweep)


def test_the_host_gives_up_when_we_do() -> None:
    assert HOST["extensions"]["queues"]["maxDequeueCount"] == MAX_DEQUEUE_COUNT


def test_the_host_expects_the_encoding_that_messages_are_sent_in() -> None:
    assert HOST["extensions"]["queues"]["messageEncoding"] == "base64"
