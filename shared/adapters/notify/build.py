"""Makes the notifier of a channel, when it is first sent to."""

import re
from collections.abc import Callable, Mapping
from typing import assert_never

import httpx

from shared.adapters.graph.client import GraphClient
from shared.adapters.notify.address import MOST_PORT, WebhookAddress, post_client
from shared.adapters.notify.graph_mail import GraphMailNotifier
from shared.adapters.notify.pace import Pace
from shared.adapters.notify.signing import SigningKey
from shared.adapters.notify.smtp_mail import SUBMISSION_PORT, SmtpMailNotifier
from shared.adapters.notify.teams import MOST_A_SECOND, TeamsNotifier
from shared.adapters.notify.webhook import WebhookNotifier
from shared.domain.routes import Channel
from shared.errors import SettingsError
from shared.ports import Notifier


class Notifiers:
    """Notifiers by channel; all of a process share one HTTP client, and one pace for Teams.

    Secrets are taken from `environ`, by the names that channels give. `graph` makes the client of
    Microsoft Graph for those that send mail by it.
    """

    def __init__(self, environ: Mapping[str, str], graph: Callable[[], GraphClient]) -> None:
        self._environ = environ
        self._graph = graph
        self._pace = Pace(MOST_A_SECOND)
        self._http: httpx.AsyncClient | None = None

    def of(self, channel: Channel) -> Notifier:
        """Return what sends to a channel. Raises SettingsError naming a setting that is missing."""
        match channel.kind:
            case "teams":
                return TeamsNotifier(self._address(channel), self._pace)
            case "webhook":
                return WebhookNotifier(self._address(channel), self._signing_key(channel))
            case "graph_mail":
                return GraphMailNotifier(channel.name, self._graph())
            case "smtp_mail":
                return self._smtp(channel)
            case _:
                assert_never(channel.kind)

    async def aclose(self) -> None:
        """Let go of the connections; another client is made when one is needed again."""
        if self._http is not None:
            http, self._http = self._http, None
            await http.aclose()

    def _address(self, channel: Channel) -> WebhookAddress:
        if self._http is None:
            self._http = post_client()
        return WebhookAddress(channel.name, self._needed(channel, channel.secret), self._http)

    def _signing_key(self, channel: Channel) -> SigningKey | None:
        if channel.signing_key is None:
            return None
        return SigningKey(channel.name, self._needed(channel, channel.signing_key))

    def _smtp(self, channel: Channel) -> SmtpMailNotifier:
        return SmtpMailNotifier(
            channel.name,
            self._needed(channel, "SMTP_HOST"),
            port=self._smtp_port(),
            user=self._given("SMTP_USER"),
            password=self._given("SMTP_PASSWORD"),
        )

    def _smtp_port(self) -> int:
        given = self._given("SMTP_PORT") or str(SUBMISSION_PORT)
        if not re.fullmatch(r"[0-9]{1,5}", given) or not 1 <= int(given) <= MOST_PORT:
            raise SettingsError(f"SMTP_PORT must be a whole number from 1 to {MOST_PORT}")
        return int(given)

    def _needed(self, channel: Channel, setting: str | None) -> str:
        value = self._given(setting or "")
        if value is None:
            raise SettingsError(
                f"the setting {setting} is missing, which the channel {channel.name} needs"
            )
        return value

    def _given(self, setting: str) -> str | None:
        return self._environ.get(setting, "").strip() or None
