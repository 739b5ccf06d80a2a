from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.notify.mime import address, one_line, write_mail
from shared.domain.outgoing import Attachment
from shared.errors import DeliveryRefusedError
from tests.adapters.notify.messages import MAIL, mail

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Digest-Id",
    "MIME-Version",
    "Content-Type",
]
LINE_BREAKS = ("\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x00")


def written(channel: str = "ops", **changes: Any) -> bytes:
    return write_mail(mail(**changes), "readiness@contoso.com", channel, NOON)


def read(content: bytes) -> EmailMessage:
    parsed = BytesParser(policy=default).parsebytes(content)
    assert isinstance(parsed, EmailMessage)
    return parsed


def test_a_mail_has_both_forms_and_its_attachment() -> None:
    seen = read(written())
    html, text = seen.get_body(("html",)), seen.get_body(("plain",))
    assert html is not None
    assert text is not None
    assert html.get_content().strip() == MAIL.html
    assert text.get_content().strip() == MAIL.text
    (attached,) = seen.iter_attachments()
    assert attached.get_filename() == "devices.csv"
    assert attached["Content-Type"] == 'text/csv; charset="utf-8"'
    assert attached.get_payload(decode=True) == MAIL.attachments[0].content


def test_a_mail_says_when_and_that_no_person_wrote_it() -> None:
    seen = read(written())
    assert seen["Date"].datetime == NOON
    assert seen["Auto-Submitted"] == "auto-generated"
    assert seen["X-Digest-Id"] == "d-1"
    assert seen.keys() == HEADERS


def test_the_message_id_tells_digests_and_channels_apart_and_nothing_else() -> None:
    def id_(channel: str = "ops", **changes: Any) -> str:
        return str(read(written(channel, **changes))["Message-ID"])

    assert id_() == id_(subject="another", text="another")
    assert len({id_(), id_("boss"), id_(id="d-2")}) == 3
    assert id_().endswith("@contoso.com>")


@given(
    st.lists(st.sampled_from(LINE_BREAKS) | st.text(max_size=8), max_size=8).map("".join),
    st.text(max_size=40),
    st.text(max_size=40),
)
def test_nothing_in_a_mail_can_add_a_header_or_a_part(subject: str, body: str, name: str) -> None:
    content = written(
        subject=f"{subject}\r\nBcc: eve@evil.example\n\n",
        text=f"{body}\r\n.\r\n",
        id=f"{name}\r\nX-Evil: 1",
        attachments=(Attachment(f"{name}\r\nX-Evil: 1", "text/csv\r\nX-Evil: 1", b""),),
    )
    seen = read(content)
    assert seen.keys() == HEADERS
    assert len(list(seen.iter_attachments())) == 1
    assert "X-Evil" not in next(seen.iter_attachments())
    assert content.isascii()


@given(st.text())
def test_one_line_is_one_line(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1
    assert "\x00" not in one_line(text)


def test_names_in_all_scripts_stay_as_they_are() -> None:
    subject = "جهاز أحمد، 设备, 👩‍💻 Größe"
    assert read(written(subject=subject))["Subject"] == subject


@pytest.mark.parametrize("given", ["ada@contoso.com", "a.b+c@sub.contoso.com"])
def test_an_address_is_read(given: str) -> None:
    assert address(given, "ops").addr_spec == given


@pytest.mark.parametrize(
    "given",
    [
        "",
        "ada",
        "@contoso.com",
        "ada@",
        "ada@contoso.com, eve@evil.example",
        "Ada <ada@contoso.com>",
        "ada@contoso.com\r\nBcc: eve@evil.example",
        "ada@contoso.com\x00",
        "ädä@contoso.com",
        "a b@contoso.com",
        '"a b"@contoso.com',
        "a@[",
        "a@[\n",
        "a@[é]",
    ],
)
def test_what_is_no_address_is_refused_by_name(given: str) -> None:
    with pytest.raises(DeliveryRefusedError, match="that the channel ops can write to"):
        address(given, "ops")


@given(st.lists(st.sampled_from('a.@" <>,;:()[]\\\r\n\t\0é') | st.characters(), max_size=12))
def test_an_address_is_one_bare_line_or_refused(given: list[str]) -> None:
    text = "".join(given)
    try:
        read = address(text, "ops")
    except DeliveryRefusedError:
        return
    assert str(read) == read.addr_spec == text
    assert text.isascii()
    assert text.isprintable()
