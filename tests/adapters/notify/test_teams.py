import asyncio
import socket

import httpx
import pytest

from shared.adapters.notify.address import WebhookAddress, post_client
from shared.adapters.notify.pace import Pace
from shared.adapters.notify.teams import MOST_A_SECOND, MOST_BYTES, TeamsNotifier
from shared.domain.outgoing import Receipt
from shared.errors import (
    DeliveryError,
    DeliveryRefusedError,
    DeliveryThrottledError,
    DeliveryUnavailableError,
    DeliveryUnknownError,
    SettingsError,
)
from tests.adapters.notify.messages import MAIL, POST, post
from tests.adapters.notify.receiver import Receiver, Whim

NOON = 1_795_348_800.0
"""2026-11-22 12:00:00 UTC."""


def notifier(
    url: str,
    http: httpx.AsyncClient,
    pace: Pace | None = None,
    whole_timeout: float = 5.0,
) -> TeamsNotifier:
    address = WebhookAddress("ops", url, http, now=lambda: NOON, whole_timeout=whole_timeout)
    return TeamsNotifier(address, pace or Pace(MOST_A_SECOND))


@pytest.mark.parametrize("status", [200, 202])
async def test_a_card_is_posted_as_it_is_and_accepted(
    receiver: Receiver, http: httpx.AsyncClient, status: int
) -> None:
    receiver.status = status
    receiver.headers = {"x-ms-workflow-run-id": "run-1"}

    assert await notifier(f"{receiver.url}/flow", http).send(POST) == Receipt(status, "run-1")

    (received,) = receiver.received
    assert received.path == "/flow"
    assert received.body == POST.body
    assert received.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("3", 3.0),
        ("2.128", 2.128),
        ("Sun, 22 Nov 2026 12:00:07 GMT", 7.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", 30.0),
        (None, 30.0),
    ],
)
async def test_a_throttled_flow_says_when_to_come_back(
    receiver: Receiver, http: httpx.AsyncClient, header: str | None, wait: float
) -> None:
    receiver.status = 429
    receiver.headers = {} if header is None else {"Retry-After": header}
    with pytest.raises(DeliveryThrottledError) as raised:
        await notifier(receiver.url, http).send(POST)
    assert raised.value.retry_after == pytest.approx(wait)
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    ("status", "kind", "says"),
    [
        (400, DeliveryRefusedError, "could not read the card"),
        (401, DeliveryRefusedError, "signature"),
        (403, DeliveryRefusedError, "signature"),
        (404, DeliveryRefusedError, "was deleted or its URL has changed"),
        (410, DeliveryRefusedError, "was deleted or its URL has changed"),
        (418, DeliveryRefusedError, "refused again"),
        (500, DeliveryUnavailableError, "another try"),
        (504, DeliveryUnknownError, "may have arrived"),
    ],
)
async def test_a_refusal_names_the_channel_and_the_remedy(
    receiver: Receiver,
    http: httpx.AsyncClient,
    status: int,
    kind: type[DeliveryError],
    says: str,
) -> None:
    receiver.status = status
    with pytest.raises(kind, match=says) as raised:
        await notifier(receiver.url, http).send(POST)
    assert f"ops answered {status}" in str(raised.value)
    assert raised.value.status == status
    assert len(receiver.received) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(
    receiver: Receiver, http: httpx.AsyncClient, status: int
) -> None:
    receiver.status = status
    receiver.headers = {"Location": f"{receiver.url}/elsewhere"}
    with pytest.raises(DeliveryRefusedError, match="redirects are not followed"):
        await notifier(f"{receiver.url}/flow", http).send(POST)
    assert [received.path for received in receiver.received] == ["/flow"]


@pytest.mark.parametrize("whim", ["hangs", "cuts unread", "cuts", "resets"])
async def test_no_answer_leaves_the_outcome_unknown_and_nothing_is_sent_again(
    receiver: Receiver, http: httpx.AsyncClient, whim: Whim
) -> None:
    receiver.whim = whim
    with pytest.raises(DeliveryUnknownError, match="ops did not answer"):
        await notifier(receiver.url, http).send(POST)
    assert len(receiver.received) == (0 if whim == "cuts unread" else 1)


async def test_an_answer_that_trickles_in_holds_nobody_up(
    receiver: Receiver, http: httpx.AsyncClient
) -> None:
    receiver.whim = "trickles"
    with pytest.raises(DeliveryUnknownError, match="TimeoutError"):
        await notifier(receiver.url, http, whole_timeout=0.3).send(POST)


async def test_an_answer_whose_body_breaks_off_is_still_an_answer(
    receiver: Receiver, http: httpx.AsyncClient
) -> None:
    receiver.whim = "breaks off"
    assert (await notifier(receiver.url, http).send(POST)).status == 202


async def test_a_webhook_that_nobody_listens_to_is_unavailable(http: httpx.AsyncClient) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/flow"
        with pytest.raises(DeliveryUnavailableError, match="was not reached"):
            await notifier(url, http).send(POST)


async def test_a_peer_that_speaks_no_tls_gets_nothing(
    receiver: Receiver, http: httpx.AsyncClient
) -> None:
    with pytest.raises(DeliveryUnavailableError):
        await notifier(receiver.url.replace("http:", "https:"), http).send(POST)
    assert receiver.received == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "flow",
        "https://",
        "http://example.com/flow",
        "http://127.0.0.1.example.com/flow",
        "ftp://127.0.0.1/flow",
        "https://exa mple.com:port/flow",
    ],
)
async def test_an_address_that_is_not_https_is_refused_without_showing_it(
    http: httpx.AsyncClient, url: str
) -> None:
    with pytest.raises(SettingsError, match="of ops cannot be used") as raised:
        notifier(url, http)
    assert "flow " not in str(raised.value).replace("the flow ", "")
    assert "example" not in str(raised.value)


async def test_a_card_of_the_greatest_size_is_sent(
    receiver: Receiver, http: httpx.AsyncClient
) -> None:
    await notifier(receiver.url, http).send(post(body=b"x" * MOST_BYTES))
    assert len(receiver.received[0].body) == MOST_BYTES


async def test_a_card_that_is_too_large_is_never_sent(
    receiver: Receiver, http: httpx.AsyncClient
) -> None:
    with pytest.raises(DeliveryRefusedError, match=str(MOST_BYTES + 1)):
        await notifier(receiver.url, http).send(post(body=b"x" * (MOST_BYTES + 1)))
    assert receiver.received == []


async def test_a_mail_is_not_posted(receiver: Receiver, http: httpx.AsyncClient) -> None:
    with pytest.raises(DeliveryRefusedError, match="was given a mail"):
        await notifier(receiver.url, http).send(MAIL)
    assert receiver.received == []


async def test_two_channels_to_one_webhook_share_its_pace(
    receiver: Receiver, http: httpx.AsyncClient
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    pace = Pace(MOST_A_SECOND, sleep=sleep, clock=lambda: 0.0)
    await notifier(receiver.url, http, pace).send(POST)
    await notifier(receiver.url, http, pace).send(POST)
    assert slept == [0.25]


async def test_many_at_once_all_arrive(receiver: Receiver) -> None:
    async def at_once(_: float) -> None:
        return

    async with post_client() as http:
        to_teams = notifier(receiver.url, http, Pace(MOST_A_SECOND, sleep=at_once))
        await asyncio.gather(*(to_teams.send(POST) for _ in range(20)))
    assert len(receiver.received) == 20
