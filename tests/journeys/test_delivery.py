"""Digests leave through real sockets: nothing is lost, and nothing comes twice without a doubt."""

import logging
import ssl
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pytest
import trustme

from shared.bootstrap import TALKATIVE
from shared.domain.attempts import MOST_UNKNOWN, PAUSES
from shared.domain.delivery import UNKNOWN_WINDOW
from tests.adapters.notify.mail_server import MailServer, mail_server
from tests.adapters.notify.receiver import Receiver, Whim, receiving
from tests.journeys.delivery_office import DIGEST, EVENTS, MAIL, MARK, NOON, TEAMS, Office, office

pytestmark = pytest.mark.journey

Behaviour: TypeAlias = int | Whim
RETRY_AFTER = timedelta(minutes=5)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as running:
        yield running


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
async def server(authority: trustme.CA) -> AsyncIterator[MailServer]:
    async with mail_server(authority) as running:
        yield running


@pytest.fixture
async def post(
    storage: str, receiver: Receiver, server: MailServer, authority: trustme.CA, tmp_path: Path
) -> AsyncIterator[Office]:
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    async with office(storage, receiver) as opened:
        await opened.store(tmp_path)
        opened.mail_by(server, trust)
        yield opened


@pytest.fixture(autouse=True)
def _no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    for name in (*TALKATIVE, "mail.log"):
        caplog.set_level(logging.WARNING, logger=name)
    caplog.set_level(logging.DEBUG)
    yield
    logged = "\n".join(map(caplog.handler.format, caplog.get_records("call")))
    assert MARK not in logged


def behave(receiver: Receiver, behaviour: Behaviour) -> None:
    """Let the receiver answer with a status from now on, or do something worse."""
    receiver.status = behaviour if isinstance(behaviour, int) else 202
    receiver.whim = "answers" if isinstance(behaviour, int) else behaviour
    seconds = str(int(RETRY_AFTER.total_seconds()))
    receiver.headers = {"Retry-After": seconds} if behaviour == 429 else {}


def prompt(post: Office, receiver: Receiver, behaviours: Iterable[Behaviour]) -> None:
    """Let the receiver behave so before each try on Teams, and well after that."""
    post.prompts[TEAMS] = [partial(behave, receiver, each) for each in (*behaviours, 202)]


def accepted(receiver: Receiver) -> list[str]:
    """The paths of the requests that were read."""
    return [received.path for received in receiver.received]


async def test_each_channel_gets_the_digest_once(
    post: Office, receiver: Receiver, server: MailServer
) -> None:
    await post.deliver(TEAMS, EVENTS, MAIL)
    await post.deliver(TEAMS, EVENTS, MAIL)

    card, event = sorted(receiver.received, key=lambda each: "webhook-id" in each.headers)
    assert b"AdaptiveCard" in card.body
    assert event.headers["webhook-id"] == f"{DIGEST.id}.events"
    assert event.headers["webhook-signature"].startswith("v1,")
    assert "cannot back up" in server.mail()["Subject"]
    assert server.recipients == [list(MAIL.to)]
    for channel in (TEAMS, EVENTS, MAIL):
        assert await post.outcomes(channel) == ["sent"]


@pytest.mark.parametrize(
    ("behaviour", "outcome", "read"),
    [
        (429, "throttled", 2),
        (500, "unavailable", 2),
        (504, "unknown", 2),
        ("hangs", "unknown", 2),
        ("cuts", "unknown", 2),
        ("cuts unread", "unknown", 1),
        ("resets", "unknown", 2),
    ],
)
async def test_a_webhook_in_trouble_gets_the_digest_in_the_end(
    post: Office, receiver: Receiver, behaviour: Behaviour, outcome: str, read: int
) -> None:
    prompt(post, receiver, [behaviour])
    await post.deliver(TEAMS)

    assert await post.outcomes(TEAMS) == [outcome, "sent"]
    assert len(receiver.received) == read
    assert len({(each.path, each.body) for each in receiver.received}) == 1
    assert post.poison == []


@pytest.mark.parametrize(
    ("behaviour", "pause"), [(429, RETRY_AFTER), (500, PAUSES[0]), ("cuts", UNKNOWN_WINDOW)]
)
async def test_a_webhook_is_left_alone_for_as_long_as_it_takes(
    post: Office, receiver: Receiver, behaviour: Behaviour, pause: timedelta
) -> None:
    prompt(post, receiver, [behaviour])
    await post.deliver(TEAMS)
    assert post.times == [NOON, NOON + pause]


async def test_all_troubles_one_after_the_other_lose_nothing(
    post: Office, receiver: Receiver
) -> None:
    prompt(post, receiver, [429, 500, "cuts", 429, "hangs", 503])
    await post.deliver(TEAMS, TEAMS)
    outcomes = await post.outcomes(TEAMS)
    assert outcomes.count("unknown") == 2
    assert outcomes[-1] == "sent"
    assert (await post.record(TEAMS)).state == "sent"


async def test_a_channel_that_fails_does_not_repeat_the_others(
    post: Office, receiver: Receiver, server: MailServer
) -> None:
    post.prompts[TEAMS] = [partial(behave, receiver, 404)]
    post.prompts[EVENTS] = [partial(behave, receiver, 202)]
    await post.deliver(TEAMS, EVENTS, MAIL)

    assert [message.channel for message in post.poison] == [TEAMS.name]
    assert sorted("events" in path for path in accepted(receiver)) == [False, True]
    assert len(server.mails) == 1
    [wrong] = await post.deliveries.failed_since(NOON - timedelta(days=365))
    assert wrong == await post.record(TEAMS)
    assert (wrong.state, wrong.attempts[-1].status) == ("failed", 404)
    assert "copy the webhook URL from the flow anew" in (wrong.wrong or "")
    assert MARK not in repr(wrong)


async def test_a_webhook_that_never_answers_is_given_up_and_each_try_is_a_recorded_doubt(
    post: Office, receiver: Receiver
) -> None:
    prompt(post, receiver, ["cuts"] * 10)
    await post.deliver(TEAMS)
    assert await post.outcomes(TEAMS) == ["unknown"] * MOST_UNKNOWN
    assert len(receiver.received) == MOST_UNKNOWN
    assert [message.channel for message in post.poison] == [TEAMS.name]


@pytest.mark.parametrize(
    ("trouble", "outcome", "mails"),
    [
        ({"answers": {"MAIL": "451 4.3.2 try later"}}, "unavailable", 1),
        ({"cut_at": "RCPT"}, "unavailable", 1),
        ({"cut_at": "DATA"}, "unknown", 2),
        ({"hang_at": "DATA"}, "unknown", 2),
    ],
)
async def test_a_mail_server_in_trouble_gets_the_digest_in_the_end(
    post: Office, server: MailServer, trouble: dict[str, object], outcome: str, mails: int
) -> None:
    well: dict[str, object] = {"answers": {}, "cut_at": "", "hang_at": ""}
    post.prompts[MAIL] = [partial(vars(server).update, each) for each in (trouble, well)]
    await post.deliver(MAIL)
    assert await post.outcomes(MAIL) == [outcome, "sent"]
    assert len(server.mails) == mails


async def test_recipients_whom_nobody_knows_do_not_keep_the_mail_from_others(
    post: Office, server: MailServer
) -> None:
    server.unknown["bob@contoso.com"] = "550 5.1.1 <bob@contoso.com> nobody"
    await post.deliver(MAIL)
    assert server.recipients == [["ada@contoso.com"]]
    record = await post.record(MAIL)
    assert (record.state, record.attempts[-1].status) == ("sent", 250)
    assert "refused 1 of 2 recipients" in (record.wrong or "")
    assert "bob" not in repr(record)


async def test_a_mail_that_is_refused_names_no_address(
    post: Office, server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    for to in MAIL.to:
        server.unknown[to] = f"550 5.1.1 <{to}> nobody"
    await post.deliver(MAIL)
    record = await post.record(MAIL)
    assert record.state == "failed"
    assert "550 5.1.1 <(address)> nobody" in (record.wrong or "")
    assert "contoso.com" not in repr(record) + caplog.text
