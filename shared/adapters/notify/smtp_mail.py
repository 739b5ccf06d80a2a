"""Sends mail through an SMTP server, over TLS or not at all."""

import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from shared.adapters.notify.kinds import mail_for
from shared.adapters.notify.mime import one_line, write_mail
from shared.domain.outgoing import Mail, Outgoing, Receipt
from shared.errors import (
    DeliveryError,
    DeliveryRefusedError,
    DeliveryUnavailableError,
    DeliveryUnknownError,
    SettingsError,
)

SUBMISSION_PORT = 587
TLS_PORT = 465
"""TLS from the first byte on; elsewhere STARTTLS is required."""

TIMEOUT = 60.0
LONGEST_SAID = 200

REMEDIES = (
    (SMTPAuthenticationError, "correct the user and the password in the settings"),
    (SMTPSenderRefused, "let the user send as this sender, or name another in the routes file"),
    (SMTPRecipientRefused, "correct the recipients in the routes file"),
)
OTHERWISE = "the same mail would be refused again"


def _now() -> datetime:
    return datetime.now(UTC)


class SmtpMailNotifier:
    """Sends through one server, signing in where a user is given.

    `implicit_tls` tells whether TLS comes first or by STARTTLS; None goes by the port. The server's
    certificate is verified, by `tls` where it is given. `now` dates the mail, `timeout` is in
    seconds for each step. Raises SettingsError for a user without a password.
    """

    def __init__(
        self,
        channel: str,
        host: str,
        *,
        port: int = SUBMISSION_PORT,
        user: str | None = None,
        password: str | None = None,
        implicit_tls: bool | None = None,
        tls: ssl.SSLContext | None = None,
        now: Callable[[], datetime] = _now,
        timeout: float = TIMEOUT,
    ) -> None:
        if (user is None) != (password is None):
            raise SettingsError(f"{channel} needs both a user and a password for {host}, or none")
        self._channel = channel
        self._host = host
        self._port = port
        self._implicit_tls = port == TLS_PORT if implicit_tls is None else implicit_tls
        self._user = user
        self._password = password
        self._tls = tls or ssl.create_default_context()
        self._now = now
        self._timeout = timeout

    async def send(self, message: Outgoing) -> Receipt:
        """Send a mail once. Raises the errors of a Notifier.

        Recipients whom the server refuses for good are left out, and named in the receipt; one
        whom it refuses for now puts the mail off for all, so that nobody gets it twice.
        """
        mail, sender = mail_for(self._channel, message)
        content = write_mail(mail, sender, self._channel, self._now())
        session = self._session()
        try:
            refused = await self._announce(session, mail, sender)
            receipt = await self._hand_over(session, content, refused)
            with suppress(SMTPException, OSError):
                await session.quit()
        finally:
            session.close()
        return receipt

    def _session(self) -> SMTP:
        return SMTP(
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            use_tls=self._implicit_tls,
            start_tls=not self._implicit_tls,
            tls_context=self._tls,
            timeout=self._timeout,
        )

    async def _announce(self, session: SMTP, mail: Mail, sender: str) -> tuple[str, ...]:
        """Do all that comes before the mail itself; nothing is accepted while this fails."""
        failed: DeliveryError
        refused: dict[str, SMTPRecipientRefused] = {}
        try:
            await session.connect()
            await session.mail(sender)
            for to in mail.to:
                try:
                    await session.rcpt(to)
                except SMTPRecipientRefused as no:
                    if not _for_good(no.code):
                        raise
                    refused[to] = no
            if len(refused) < len(mail.to):
                return tuple(refused)
            failed = self._refusal(refused[mail.to[0]])
        except SMTPResponseException as answered:
            failed = self._refusal(answered)
        except OSError as broken:
            failed = DeliveryUnavailableError(
                f"the mail server {self._host} of {self._channel} was not reached or broke off"
                f" ({_reason(broken)}); nothing was sent, and it is worth another try later"
            )
        except SMTPException as lacking:
            failed = DeliveryRefusedError(
                f"the mail server {self._host} of {self._channel} cannot be used"
                f" ({lacking.message}) and nothing was sent: name a server and a port with STARTTLS"
                " or TLS, and with sign-in where there is a user"
            )
        raise failed

    async def _hand_over(self, session: SMTP, content: bytes, refused: tuple[str, ...]) -> Receipt:
        failed: DeliveryError
        try:
            code, said = await session.data(content)
        except SMTPResponseException as answered:
            failed = self._refusal(answered, sent=True)
        except (SMTPException, OSError) as broken:
            failed = DeliveryUnknownError(
                f"the mail server {self._host} of {self._channel} did not answer after the mail was"
                f" sent ({_reason(broken)}); it may have arrived"
            )
        else:
            return Receipt(code, one_line(said)[:LONGEST_SAID], refused)
        raise failed

    def _refusal(self, answer: SMTPResponseException, *, sent: bool = False) -> DeliveryError:
        code = answer.code
        said = f"the mail server {self._host} of {self._channel} answered {code}"
        if isinstance(answer, SMTPAuthenticationError):
            said += " to the sign-in"  # Its text is left out: it may hold what we signed in with.
        else:
            said += f" {one_line(answer.message)[:LONGEST_SAID]}"
        if _for_good(code):
            remedy = next((do for kind, do in REMEDIES if isinstance(answer, kind)), OTHERWISE)
            return DeliveryRefusedError(f"{said}: {remedy}", status=code)
        if sent and not 400 <= code < 500:
            return DeliveryUnknownError(f"{said}; the mail may have arrived", status=code)
        return DeliveryUnavailableError(f"{said}; it is worth another try later", status=code)


def _for_good(code: int) -> bool:
    return 500 <= code < 600


def _reason(broken: Exception) -> str:
    for error in (broken, broken.__cause__):
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"its certificate was not accepted: {error.verify_message}"
    return type(broken).__name__
