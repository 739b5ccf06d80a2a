"""Writes a mail as it travels: both forms, its attachments, and headers that hold one line each."""

import hashlib
import unicodedata
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address, ContentTypeHeader
from email.message import EmailMessage
from email.policy import SMTP

from shared.domain.outgoing import Mail
from shared.domain.route_faults import ADDRESS
from shared.errors import DeliveryRefusedError

POLICY = SMTP.clone(cte_type="7bit")
"""Every server takes seven bits."""


def write_mail(mail: Mail, sender: str, channel: str, now: datetime) -> bytes:
    """Write a mail. Raises DeliveryRefusedError for an address that is none.

    The Message-ID follows from the mail's id and the channel, so that mail systems can tell a
    repetition from news.
    """
    message = EmailMessage(POLICY)
    message["From"] = address(sender, channel)
    message["To"] = tuple(address(to, channel) for to in mail.to)
    message["Subject"] = one_line(mail.subject)
    message["Date"] = now
    digest = hashlib.sha256(f"{mail.id}\n{channel}".encode()).hexdigest()
    message["Message-ID"] = f"<{digest[:40]}@{address(sender, channel).domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Digest-Id"] = one_line(mail.id)
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    for attachment in mail.attachments:
        kind = _content_type(attachment.content_type)
        message.add_attachment(
            attachment.content,
            maintype=kind.maintype,
            subtype=kind.subtype,
            params=dict(kind.params),
            filename=one_line(attachment.name),
        )
    return message.as_bytes()


def address(given: str, channel: str) -> Address:
    """Read one bare mail address in ASCII. Raises DeliveryRefusedError for anything else.

    The parser is shown what has the form of an address: it stumbles over other texts in several
    ways, and never ends with some.
    """
    try:
        read = Address(addr_spec=given) if ADDRESS.fullmatch(given) else Address()
    except (MessageError, ValueError, IndexError):
        read = Address()
    whole = bool(read.username and read.domain) and read.addr_spec == given
    if not (whole and given.isascii() and given.isprintable()):
        raise DeliveryRefusedError(
            f"{given!r} is no mail address that the channel {channel} can write to: correct it in"
            " the routes file"
        )
    return read


def one_line(text: str) -> str:
    """Make one line of a text, without control characters."""
    return "".join(c for c in " ".join(text.split()) if unicodedata.category(c) != "Cc")


def _content_type(given: str) -> ContentTypeHeader:
    header = POLICY.header_factory("content-type", one_line(given))
    assert isinstance(header, ContentTypeHeader)  # noqa: S101
    return header
