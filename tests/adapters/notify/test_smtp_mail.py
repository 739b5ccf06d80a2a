import socket
import ssl
import traceback
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import trustme

from shared.adapters.notify.smtp_mail import SmtpMailNotifier
from shared.domain.outgoing import Outgoing
from shared.errors import (
    DeliveryError,
    DeliveryRefusedError,
    DeliveryUnavailableError,
    DeliveryUnknownError,
    SettingsError,
)
from tests.adapters.notify.mail_server import PASSWORD, USER, MailServer, mail_server
from tests.adapters.notify.messages import MAIL, POST, mail

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def trust(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
async def server(authority: trustme.CA) -> AsyncIterator[MailServer]:
    async with mail_server(authority) as running:
        yield running


@pytest.fixture
def to_mail(server: MailServer, trust: ssl.SSLContext) -> SmtpMailNotifier:
    return notifier(server, trust)


def notifier(server: MailServer, trust: ssl.SSLContext | None, **changes: Any) -> SmtpMailNotifier:
    arguments: dict[str, Any] = {
        "port": server.port,
        "user": USER,
        "password": PASSWORD,
        "tls": trust,
        "now": lambda: NOON,
        "timeout": 2.0,
    }
    return SmtpMailNotifier("ops", "127.0.0.1", **(arguments | changes))


@pytest.mark.parametrize("implicit_tls", [False, True])
async def test_a_mail_arrives_whole_over_tls_with_sign_in(
    authority: trustme.CA, trust: ssl.SSLContext, implicit_tls: bool
) -> None:
    async with mail_server(authority, implicit_tls=implicit_tls) as server:
        receipt = await notifier(server, trust, implicit_tls=implicit_tls).send(MAIL)

        assert receipt.status == 250
        assert receipt.refused == ()
        assert server.commands[-5:] == ["AUTH", "MAIL", "RCPT", "DATA", "QUIT"]
        assert server.recipients == [list(MAIL.to)]
        assert server.mail()["Subject"] == MAIL.subject
        assert server.mail()["From"] == MAIL.sender
        (attached,) = server.mail().iter_attachments()
        assert attached.get_payload(decode=True) == MAIL.attachments[0].content


async def test_a_relay_without_sign_in_takes_mail_too(
    authority: trustme.CA, trust: ssl.SSLContext
) -> None:
    async with mail_server(authority, auth=False) as server:
        await notifier(server, trust, user=None, password=None).send(MAIL)
        assert len(server.mails) == 1


@pytest.mark.parametrize("login", [{}, {"user": None, "password": None}])
async def test_a_server_without_starttls_gets_neither_password_nor_mail(
    authority: trustme.CA, trust: ssl.SSLContext, login: dict[str, None]
) -> None:
    async with mail_server(authority, starttls=False) as server:
        with pytest.raises(DeliveryRefusedError, match="STARTTLS extension not supported"):
            await notifier(server, trust, **login).send(MAIL)
        assert server.commands == ["EHLO"]


@pytest.mark.parametrize("implicit_tls", [False, True])
async def test_a_server_whose_certificate_is_not_trusted_gets_nothing(
    authority: trustme.CA, implicit_tls: bool
) -> None:
    async with mail_server(authority, implicit_tls=implicit_tls) as server:
        with pytest.raises(DeliveryUnavailableError, match="certificate was not accepted"):
            await notifier(server, None, implicit_tls=implicit_tls).send(MAIL)
        assert set(server.commands) <= {"EHLO"}


async def test_a_server_that_offers_no_sign_in_gets_no_mail(
    authority: trustme.CA, trust: ssl.SSLContext
) -> None:
    async with mail_server(authority, auth=False) as server:
        with pytest.raises(DeliveryRefusedError, match="authentication method"):
            await notifier(server, trust).send(MAIL)
        assert server.mails == []


async def test_a_wrong_password_is_refused_and_shown_nowhere(
    server: MailServer, trust: ssl.SSLContext, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="aiosmtplib")
    wrong = "s3cr3t-mark-mistyped"
    to_mail = notifier(server, trust, password=wrong)
    with pytest.raises(DeliveryRefusedError, match="535 to the sign-in: correct") as raised:
        await to_mail.send(MAIL)
    assert server.mails == []
    assert wrong not in "".join(traceback.format_exception(raised.value)) + repr(to_mail)
    assert raised.value.__context__ is None
    assert wrong not in caplog.text


@pytest.mark.parametrize(
    ("command", "answer", "kind", "says"),
    [
        ("MAIL", "550 5.7.60 not as this sender", DeliveryRefusedError, "name another"),
        ("MAIL", "451 4.3.0 busy", DeliveryUnavailableError, "another try"),
        ("MAIL", "421 4.3.2 closing", DeliveryUnavailableError, "another try"),
        ("RCPT", "550 5.1.1 nobody", DeliveryRefusedError, "correct the recipients"),
        ("RCPT", "451 4.7.1 greylisted", DeliveryUnavailableError, "another try"),
        ("DATA", "554 5.7.1 looks like spam", DeliveryRefusedError, "refused again"),
        ("DATA", "452 4.3.1 disk full", DeliveryUnavailableError, "another try"),
    ],
)
async def test_a_code_says_whether_to_try_again(
    server: MailServer,
    to_mail: SmtpMailNotifier,
    *,
    command: str,
    answer: str,
    kind: type[DeliveryError],
    says: str,
) -> None:
    server.answers[command] = answer
    with pytest.raises(kind, match=says) as raised:
        await to_mail.send(MAIL)
    assert answer in str(raised.value)
    assert raised.value.status == int(answer[:3])
    assert server.mails == []


@pytest.mark.parametrize("command", ["EHLO", "MAIL", "RCPT"])
async def test_a_break_before_the_mail_means_that_nothing_was_sent(
    server: MailServer, to_mail: SmtpMailNotifier, command: str
) -> None:
    server.cut_at = command
    with pytest.raises(DeliveryUnavailableError, match="nothing was sent"):
        await to_mail.send(MAIL)
    assert server.mails == []


async def test_a_server_that_falls_silent_before_the_mail_is_unavailable(
    server: MailServer, trust: ssl.SSLContext
) -> None:
    server.hang_at = "RCPT"
    with pytest.raises(DeliveryUnavailableError):
        await notifier(server, trust, timeout=0.3).send(MAIL)
    assert server.mails == []


@pytest.mark.parametrize("break_", ["cut_at", "hang_at"])
async def test_a_break_after_the_mail_leaves_the_outcome_unknown(
    server: MailServer, trust: ssl.SSLContext, break_: str
) -> None:
    setattr(server, break_, "DATA")
    with pytest.raises(DeliveryUnknownError, match="may have arrived"):
        await notifier(server, trust, timeout=0.3).send(MAIL)
    assert len(server.mails) == 1


async def test_a_server_that_is_not_there_is_unavailable(trust: ssl.SSLContext) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = MailServer(port=taken.getsockname()[1])
        with pytest.raises(DeliveryUnavailableError, match=r"127\.0\.0\.1 of ops was not reached"):
            await notifier(nobody, trust).send(MAIL)


async def test_who_is_unknown_is_named_and_the_others_get_their_mail(
    server: MailServer, to_mail: SmtpMailNotifier
) -> None:
    server.unknown["gone@contoso.com"] = "550 5.1.1 nobody"
    receipt = await to_mail.send(
        mail(to=("ada@contoso.com", "gone@contoso.com", "bob@contoso.com"))
    )
    assert receipt.refused == ("gone@contoso.com",)
    assert server.recipients == [["ada@contoso.com", "bob@contoso.com"]]


async def test_who_is_refused_for_now_puts_the_mail_off_for_all(
    server: MailServer, to_mail: SmtpMailNotifier
) -> None:
    server.unknown["bob@contoso.com"] = "450 4.2.0 greylisted"
    with pytest.raises(DeliveryUnavailableError, match="greylisted"):
        await to_mail.send(mail(to=("ada@contoso.com", "bob@contoso.com")))
    assert server.mails == []


async def test_a_server_that_breaks_off_instead_of_saying_goodbye_has_the_mail(
    server: MailServer, to_mail: SmtpMailNotifier
) -> None:
    server.cut_at = "QUIT"
    assert (await to_mail.send(MAIL)).status == 250
    assert len(server.mails) == 1


async def test_an_address_cannot_bring_a_command_along(
    server: MailServer, to_mail: SmtpMailNotifier
) -> None:
    with pytest.raises(DeliveryRefusedError, match="no mail address"):
        await to_mail.send(mail(to=("a@b.de>\r\nRCPT TO:<c@d.de",)))
    assert server.commands == []


@pytest.mark.parametrize(
    ("message", "says"),
    [(POST, "was given a body"), (mail(sender=None), "a sender"), (mail(to=()), "a recipient")],
)
async def test_what_is_no_mail_with_both_ends_is_refused(
    server: MailServer, to_mail: SmtpMailNotifier, message: Outgoing, says: str
) -> None:
    with pytest.raises(DeliveryRefusedError, match=says):
        await to_mail.send(message)
    assert server.commands == []


def test_a_user_without_a_password_is_refused() -> None:
    with pytest.raises(SettingsError, match="both a user and a password"):
        SmtpMailNotifier("ops", "mail.contoso.com", user="readiness")
