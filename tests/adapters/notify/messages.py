"""Builders of what is sent."""

from typing import Any

import msgspec

from shared.domain.outgoing import Attachment, Mail, Post

POST = Post(b'{"type":"message"}', "application/json", "d-1")
MAIL = Mail(
    subject="12 devices can no longer back up",
    html="<p>Größe: <b>12</b></p>",
    text="Größe: 12",
    to=("ada@contoso.com",),
    sender="readiness@contoso.com",
    attachments=(Attachment("devices.csv", "text/csv; charset=utf-8", b"name\r\nPC-1\r\n"),),
    id="d-1",
)


def post(**changes: Any) -> Post:
    return msgspec.structs.replace(POST, **changes)


def mail(**changes: Any) -> Mail:
    return msgspec.structs.replace(MAIL, **changes)
