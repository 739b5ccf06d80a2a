from base64 import b64decode
from collections.abc import AsyncIterator

import msgspec
import pytest

from shared.adapters.graph.client import GraphClient
from shared.adapters.identity.fixed_token import FixedTokenCredential
from shared.adapters.notify.graph_mail import MOST_BYTES, GraphMailNotifier
from shared.domain.outgoing import Attachment, Receipt
from shared.errors import (
    DeliveryError,
    DeliveryRefusedError,
    DeliveryThrottledError,
    DeliveryUnavailableError,
    DeliveryUnknownError,
)
from tests.adapters.graph.fake_graph import FakeGraph, Reply, error, fake_graph
from tests.adapters.notify.messages import MAIL, POST, mail

NOON = 1_795_348_800.0
"""2026-11-22 12:00:00 UTC."""

SEND = "/v1.0/users/readiness@contoso.com/sendMail"
ACCEPTED = Reply(b"", 202, {"request-id": "r-1"})


@pytest.fixture
async def graph() -> AsyncIterator[FakeGraph]:
    async with fake_graph() as running:
        yield running


@pytest.fixture
async def notifier(graph: FakeGraph) -> AsyncIterator[GraphMailNotifier]:
    async with GraphClient(graph.url, FixedTokenCredential()) as client:
        yield GraphMailNotifier("boss", client, now=lambda: NOON)


async def test_a_mail_leaves_from_its_mailbox_and_is_not_kept_there(
    graph: FakeGraph, notifier: GraphMailNotifier
) -> None:
    graph.on(SEND, ACCEPTED)

    assert await notifier.send(MAIL) == Receipt(202, "r-1")

    (asked,) = graph.asked
    assert asked.method == "POST"
    assert asked.headers["authorization"] == "Bearer loopback"
    sent = msgspec.json.decode(asked.body)
    assert sent["saveToSentItems"] is False
    message = sent["message"]
    assert message["subject"] == MAIL.subject
    assert message["body"] == {"contentType": "HTML", "content": MAIL.html}
    assert message["toRecipients"] == [{"emailAddress": {"address": MAIL.to[0]}}]
    assert message["internetMessageHeaders"] == [{"name": "x-digest-id", "value": "d-1"}]
    (attached,) = message["attachments"]
    assert attached["@odata.type"] == "#microsoft.graph.fileAttachment"
    assert attached["name"] == "devices.csv"
    assert b64decode(attached["contentBytes"]) == MAIL.attachments[0].content


@pytest.mark.parametrize("status", [429, 503])
async def test_a_throttled_mail_waits_as_long_as_graph_asks(
    graph: FakeGraph, notifier: GraphMailNotifier, status: int
) -> None:
    graph.on(SEND, error(status, "Busy", Retry_After="Sun, 22 Nov 2026 12:00:07 GMT"))
    with pytest.raises(DeliveryThrottledError) as raised:
        await notifier.send(MAIL)
    assert raised.value.retry_after == 7.0
    assert len(graph.asked) == 1


@pytest.mark.parametrize(
    ("status", "kind", "says"),
    [
        (400, DeliveryRefusedError, "ErrorInvalidRecipients"),
        (
            403,
            DeliveryRefusedError,
            r"RBAC for Applications.*'Application Mail\.Send' with a scope",
        ),
        (404, DeliveryRefusedError, "no such mailbox"),
        (500, DeliveryUnavailableError, "another try"),
        (503, DeliveryUnavailableError, "another try"),
        (504, DeliveryUnknownError, "may have arrived"),
    ],
)
async def test_a_refusal_is_told_once_with_what_graph_said_and_what_to_do(
    graph: FakeGraph,
    notifier: GraphMailNotifier,
    status: int,
    kind: type[DeliveryError],
    says: str,
) -> None:
    graph.on(SEND, error(status, "ErrorInvalidRecipients", "No.", request_id="r-9"))
    with pytest.raises(kind, match=says) as raised:
        await notifier.send(MAIL)
    assert "the mail of boss" in str(raised.value)
    assert "r-9" in str(raised.value)
    assert raised.value.status == status
    assert len(graph.asked) == 1


async def test_a_connection_that_is_cut_leaves_the_outcome_unknown(
    graph: FakeGraph, notifier: GraphMailNotifier
) -> None:
    graph.on(SEND, Reply(b"{", 202, cut=True))
    with pytest.raises(DeliveryUnknownError, match="the mail of boss"):
        await notifier.send(MAIL)
    assert len(graph.asked) == 1


async def test_a_graph_that_is_not_there_is_unavailable() -> None:
    async with fake_graph() as gone:
        url = gone.url
    async with GraphClient(url, FixedTokenCredential()) as client:
        with pytest.raises(DeliveryUnavailableError, match="the mail of boss"):
            await GraphMailNotifier("boss", client).send(MAIL)


async def test_a_mail_that_is_too_large_is_never_sent(
    graph: FakeGraph, notifier: GraphMailNotifier
) -> None:
    large = Attachment("devices.csv", "text/csv", bytes(MOST_BYTES * 3 // 4))
    with pytest.raises(DeliveryRefusedError, match="bytes with its attachments"):
        await notifier.send(mail(attachments=(large,)))
    assert graph.asked == []


async def test_a_sender_cannot_lead_to_another_path(
    graph: FakeGraph, notifier: GraphMailNotifier
) -> None:
    with pytest.raises(DeliveryRefusedError, match="404"):
        await notifier.send(mail(sender="me/../../groups?x="))
    assert graph.asked[0].path == "/v1.0/users/me/../../groups?x=/sendMail"
    assert graph.asked[0].query == {}


async def test_a_body_for_a_webhook_is_not_mailed(
    graph: FakeGraph, notifier: GraphMailNotifier
) -> None:
    with pytest.raises(DeliveryRefusedError, match="sends mail"):
        await notifier.send(POST)
    assert graph.asked == []
