"""A mail server on a real socket, with TLS and sign-in; it refuses, hangs or cuts when told to."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "readiness", "pässwörd-s3cr3t-mark"


@dataclass
class MailServer:
    """Takes mail from one user, and remembers what it was told.

    `answers` go by command, `unknown` by recipient. `cut_at` and `hang_at` name a command.
    """

    port: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)
    cut_at: str = ""
    hang_at: str = ""
    commands: list[str] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def mail(self) -> EmailMessage:
        """The one mail that came, as a reader sees it."""
        (content,) = self.mails
        parsed = BytesParser(policy=default).parsebytes(content)
        assert isinstance(parsed, EmailMessage)
        return parsed

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, name: str, responses: list[str]
    ) -> list[str]:
        session.host_name = name
        await self._at("EHLO", server)
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, sender: str, options: list[str]
    ) -> str:
        envelope.mail_from = sender
        return await self._at("MAIL", server)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, to: str, options: list[str]
    ) -> str:
        answer = self.unknown.get(to) or await self._at("RCPT", server)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(to)
        return answer

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        if self.answers.get("DATA", "250").startswith("250"):
            self.mails.append(envelope.content)
            self.recipients.append(envelope.rcpt_tos)
        return await self._at("DATA", server)

    async def handle_QUIT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        return await self._at("QUIT", server)

    async def _at(self, command: str, server: SMTP) -> str:
        self.commands.append(command)
        if command == self.hang_at:
            await self.over.wait()
        if command == self.cut_at:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return self.answers.get(command, "250 OK")

    def authenticate(self, *given: Any) -> AuthResult:
        """Let the one user in; refuse others with an answer that tells too much."""
        login = given[-1]
        assert isinstance(login, LoginPassword)
        self.commands.append("AUTH")
        known = (login.login, login.password) == (USER.encode(), PASSWORD.encode())
        told = f"535 5.7.8 {login.password.decode()} is wrong"
        return AuthResult(success=known, handled=False, message=None if known else told)


@asynccontextmanager
async def mail_server(
    authority: trustme.CA, *, implicit_tls: bool = False, starttls: bool = True, auth: bool = True
) -> AsyncIterator[MailServer]:
    """Run a mail server on a free port of this machine, with a certificate of `authority`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    served = MailServer()
    by_starttls = starttls and not implicit_tls

    def connection() -> SMTP:
        return SMTP(
            served,
            hostname="mail.contoso.com",
            tls_context=context if by_starttls else None,
            require_starttls=by_starttls,
            authenticator=served.authenticate if auth else None,
            auth_required=auth and by_starttls,
            auth_require_tls=by_starttls,
            auth_exclude_mechanism=() if auth else ("LOGIN", "PLAIN"),
            loop=asyncio.get_running_loop(),
        )

    loop = asyncio.get_running_loop()
    listener = await loop.create_server(
        connection, "127.0.0.1", 0, ssl=context if implicit_tls else None
    )
    served.port = listener.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        served.over.set()
        listener.close()
