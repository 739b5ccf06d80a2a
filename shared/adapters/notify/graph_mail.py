"""Sends mail from a mailbox of the tenant by Graph's sendMail (facts/graph.md, Sending)."""

import time
from collections.abc import Callable
from types import MappingProxyType

import msgspec

from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.paths import segment
from shared.adapters.graph.refusals import refusal
from shared.adapters.graph.waits import read_retry_after
from shared.adapters.notify.kinds import mail_for
from shared.adapters.notify.mime import one_line
from shared.adapters.notify.outcomes import failure
from shared.domain.outgoing import Mail, Outgoing, Receipt
from shared.errors import (
    DeliveryRefusedError,
    DeliveryUnavailableError,
    DeliveryUnknownError,
    GraphAnswerError,
    GraphError,
    GraphUnansweredError,
)

MOST_BYTES = 4 * 1024 * 1024
"""Graph takes no larger request. Attachments grow by a third on the way (base64)."""

REMEDIES = MappingProxyType(
    {
        403: "let the app send from this mailbox by Exchange's RBAC for Applications: the role"
        " 'Application Mail.Send' with a scope that holds the mailbox; do not grant Graph's"
        " Mail.Send besides, which has no scope (a new assignment takes up to two hours)",
        404: "there is no such mailbox; name one as the channel's sender in the routes file",
        413: "the mail is larger than Graph takes",
    }
)


class GraphMailNotifier:
    """Sends as the sender that each mail names.

    Whether the app may is not asked beforehand: with RBAC for Applications its token does not say.
    """

    def __init__(
        self, channel: str, graph: GraphClient, *, now: Callable[[], float] = time.time
    ) -> None:
        self._channel = channel
        self._graph = graph
        self._now = now

    async def send(self, message: Outgoing) -> Receipt:
        """Send a mail once, its HTML form. Raises the errors of a Notifier."""
        mail, sender = mail_for(self._channel, message)
        content = _encode(mail)
        if len(content) > MOST_BYTES:
            raise DeliveryRefusedError(
                f"the mail of {self._channel} has {len(content)} bytes with its attachments, and"
                f" Graph takes {MOST_BYTES}: it was not sent"
            )
        return await self._post(f"/v1.0/users/{segment(sender)}/sendMail", content)

    async def _post(self, path: str, content: bytes) -> Receipt:
        try:
            answer = await self._graph.post(path, content)
        except (GraphUnansweredError, GraphAnswerError) as broken:
            raise DeliveryUnknownError(f"the mail of {self._channel}: {broken}") from broken
        except GraphError as broken:
            raise DeliveryUnavailableError(f"the mail of {self._channel}: {broken}") from broken
        if answer.succeeded:
            return Receipt(answer.status, answer.headers.get("request-id"))
        retry_after = read_retry_after(answer.headers.get("retry-after"), self._now())
        said = f"the mail of {self._channel}: {refusal(answer, retry_after)}"
        raise failure(said, answer.status, retry_after, REMEDIES)


def _encode(mail: Mail) -> bytes:
    message = {
        "subject": one_line(mail.subject),
        "body": {"contentType": "HTML", "content": mail.html},
        "toRecipients": [{"emailAddress": {"address": to}} for to in mail.to],
        "internetMessageHeaders": [{"name": "x-digest-id", "value": one_line(mail.id)}],
        "attachments": [
            {
                "@odata.type": "#microsoft.graph.fileAttachment",
                "name": one_line(attachment.name),
                "contentType": attachment.content_type,
                "contentBytes": attachment.content,
            }
            for attachment in mail.attachments
        ],
    }
    return msgspec.json.encode({"message": message, "saveToSentItems": False})
