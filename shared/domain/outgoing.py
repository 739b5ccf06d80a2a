"""What leaves for people: a message made ready for one channel, and the receipt for it."""

from typing import TypeAlias

from msgspec import Struct


class Post(Struct, frozen=True):
    """A body for a webhook. `id` stays the same when it is sent again."""

    body: bytes
    content_type: str
    id: str


class Attachment(Struct, frozen=True):
    """A file that comes with a mail; `content_type` may have parameters."""

    name: str
    content_type: str
    content: bytes


class Mail(Struct, frozen=True):
    """A mail in both forms, HTML and plain text. `id` stays the same when it is sent again."""

    subject: str
    html: str
    text: str
    to: tuple[str, ...]
    sender: str | None
    attachments: tuple[Attachment, ...]
    id: str


Outgoing: TypeAlias = Post | Mail


class Receipt(Struct, frozen=True):
    """Says that a message was accepted, which is not yet that it was read.

    `reference` is what the other side's support asks for. `refused` are the recipients whom the
    mail server does not know while it took the mail for the others.
    """

    status: int | None = None
    reference: str | None = None
    refused: tuple[str, ...] = ()
