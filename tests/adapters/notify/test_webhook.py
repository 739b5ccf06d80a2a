from base64 import b64encode

import httpx
import pytest

from shared.adapters.notify.address import WebhookAddress
from shared.adapters.notify.signing import SigningKey
from shared.adapters.notify.webhook import WebhookNotifier
from shared.errors import DeliveryRefusedError, DeliveryUnknownError, SettingsError
from tests.adapters.notify.messages import post
from tests.adapters.notify.receiver import Receiver

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVENT = post(
    body=b'{"test": 2432232314}',
    content_type="application/cloudevents+json",
    id="msg_p5jXN8AQM9LWM0D4loKWxJek",
)
SIGNED_AT = 1_614_265_330
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
"""The example by which the specification's own libraries are tested."""


def notifier(url: str, http: httpx.AsyncClient, key: str | None = KEY) -> WebhookNotifier:
    return WebhookNotifier(
        WebhookAddress("siem", url, http),
        None if key is None else SigningKey("siem", key),
        now=lambda: SIGNED_AT + 0.9,
    )


async def test_an_event_is_signed_as_the_specification_says(
    receiver: Receiver, http: httpx.AsyncClient
) -> None:
    receipt = await notifier(receiver.url, http).send(EVENT)

    assert receipt.status == 202
    (received,) = receiver.received
    assert received.body == EVENT.body
    assert received.headers["content-type"] == "application/cloudevents+json"
    assert received.headers["webhook-id"] == EVENT.id
    assert received.headers["webhook-timestamp"] == str(SIGNED_AT)
    assert received.headers["webhook-signature"] == SIGNATURE


def test_the_same_key_as_text_signs_alike() -> None:
    raw = "a key of at least 24 bytes"
    encoded = "whsec_" + b64encode(raw.encode()).decode()
    headers = [SigningKey("siem", key).headers("id", 1, b"body") for key in (raw, encoded)]
    assert headers[0] == headers[1]


@pytest.mark.parametrize("change", ["id", "time", "body", "key"])
def test_whatever_is_changed_changes_the_signature(change: str) -> None:
    key = SigningKey("siem", "another key of 24 bytes..." if change == "key" else KEY)
    headers = key.headers(
        EVENT.id + "x" * (change == "id"),
        SIGNED_AT + (change == "time"),
        EVENT.body + b" " * (change == "body"),
    )
    assert headers["webhook-signature"] != SIGNATURE


async def test_without_a_key_nothing_is_signed(receiver: Receiver, http: httpx.AsyncClient) -> None:
    await notifier(receiver.url, http, key=None).send(EVENT)
    assert receiver.received[0].headers["webhook-id"] == EVENT.id
    assert "webhook-signature" not in receiver.received[0].headers


@pytest.mark.parametrize("key", ["", "short-secret", "whsec_", "whsec_c2hvcnQ=", "whsec_n0 base64"])
def test_a_key_that_protects_nothing_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(SettingsError, match="at least 24 bytes") as raised:
        SigningKey("siem", key)
    assert not key.strip("whsec_") or key not in str(raised.value)


async def test_a_receiver_with_another_key_is_told_of(
    receiver: Receiver, http: httpx.AsyncClient
) -> None:
    receiver.status = 401
    with pytest.raises(DeliveryRefusedError, match="same signing key"):
        await notifier(receiver.url, http).send(EVENT)


async def test_a_receiver_that_hangs_leaves_the_outcome_unknown(
    receiver: Receiver, http: httpx.AsyncClient
) -> None:
    receiver.whim = "hangs"
    with pytest.raises(DeliveryUnknownError):
        await notifier(receiver.url, http).send(EVENT)
    assert len(receiver.received) == 1
