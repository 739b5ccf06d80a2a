"""The URL of a webhook is a secret as a whole, wherever an error or a log could show it."""

import logging
import socket
import traceback
from collections.abc import Iterator

import httpx
import pytest

from shared.adapters.notify.address import WebhookAddress
from shared.adapters.notify.pace import Pace
from shared.adapters.notify.signing import SigningKey
from shared.adapters.notify.teams import TeamsNotifier
from shared.adapters.notify.webhook import WebhookNotifier
from shared.bootstrap import TALKATIVE
from shared.errors import DeliveryError, SettingsError
from tests.adapters.notify.messages import POST
from tests.adapters.notify.receiver import Receiver, Whim

MARK = "s3cr3t-mark"
KEY = f"{MARK}-of-at-least-24-bytes"
PATH = f"/{MARK}/triggers/manual?sig={MARK}"


@pytest.fixture(autouse=True)
def _logs_as_in_the_app(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    for name in TALKATIVE:
        caplog.set_level(logging.WARNING, logger=name)
    yield
    assert MARK not in caplog.text


def assert_silent(error: BaseException | None) -> None:
    """Look through an error, all that led to it, and how it is printed."""
    while error is not None:
        shown = [str(error), repr(error), repr(vars(error)), *traceback.format_exception(error)]
        assert not any(MARK in text for text in shown)
        error = error.__cause__ or error.__context__


async def fail(url: str, http: httpx.AsyncClient) -> DeliveryError:
    address = WebhookAddress("ops", url, http)
    notifiers = (
        TeamsNotifier(address, Pace(4)),
        WebhookNotifier(address, SigningKey("ops", KEY)),
    )
    errors = []
    for notifier in notifiers:
        with pytest.raises(DeliveryError) as raised:
            await notifier.send(POST)
        errors.append(raised.value)
        assert MARK not in repr(notifier) + repr(address)
    assert type(errors[0]) is type(errors[1])
    assert_silent(errors[1])
    return errors[0]


@pytest.mark.parametrize("status", [302, 400, 404, 429, 500, 504])
async def test_no_answer_brings_the_url_out(
    receiver: Receiver, http: httpx.AsyncClient, status: int
) -> None:
    receiver.status = status
    assert_silent(await fail(receiver.url + PATH, http))


@pytest.mark.parametrize("whim", ["hangs", "cuts unread", "cuts", "resets"])
async def test_no_silence_brings_the_url_out(
    receiver: Receiver, http: httpx.AsyncClient, whim: Whim
) -> None:
    receiver.whim = whim
    assert_silent(await fail(receiver.url + PATH, http))


async def test_no_failed_connection_brings_the_url_out(http: httpx.AsyncClient) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        for scheme in ("http", "https"):
            assert_silent(await fail(f"{scheme}://127.0.0.1:{port}{PATH}", http))


@pytest.mark.parametrize(
    "url",
    [f"http://example.com/{MARK}", f"https://{MARK}:65536/", f"https://{MARK}:port", f"//{MARK}"],
)
async def test_no_refused_setting_brings_the_url_out(http: httpx.AsyncClient, url: str) -> None:
    with pytest.raises(SettingsError) as raised:
        WebhookAddress("ops", url, http)
    assert_silent(raised.value)


def test_no_refused_key_is_shown() -> None:
    with pytest.raises(SettingsError) as raised:
        SigningKey("ops", f"whsec_{MARK}")
    assert_silent(raised.value)
    assert MARK not in repr(SigningKey("ops", KEY))
