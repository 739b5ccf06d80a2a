"""The address of a webhook, which is a secret as a whole: posts to it, and never shows it."""

import asyncio
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

import httpx

from shared.adapters.graph.waits import read_retry_after
from shared.adapters.notify.outcomes import ACCEPTED, failure
from shared.adapters.unsent import UNSENT
from shared.domain.outgoing import Post, Receipt
from shared.errors import (
    DeliveryError,
    DeliveryUnavailableError,
    DeliveryUnknownError,
    SettingsError,
)

CONNECT_TIMEOUT = 10.0
ANSWER_TIMEOUT = 30.0
WHOLE_TIMEOUT = 60.0
"""Seconds for all of it, so that an answer that trickles in holds nobody up."""

MOST_PORT = 65_535
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
REDIRECTED = MappingProxyType(
    dict.fromkeys(
        range(300, 400),
        "redirects are not followed; if the webhook has moved, put its new URL into the setting",
    )
)
REFERENCES = ("x-ms-workflow-run-id", "x-ms-request-id", "request-id")
"""The headers by which the other side finds a request again."""


def post_client(answer_timeout: float = ANSWER_TIMEOUT) -> httpx.AsyncClient:
    """Make the HTTP client that all webhooks share; the caller closes it.

    Connections are not kept: one that the other side has just dropped would leave in doubt whether
    the message arrived.
    """
    return httpx.AsyncClient(
        timeout=httpx.Timeout(answer_timeout, connect=CONNECT_TIMEOUT),
        limits=httpx.Limits(max_keepalive_connections=0),
        follow_redirects=False,
        headers={"User-Agent": "windows-backup-readiness"},
    )


class WebhookAddress:
    """Where one channel's messages are posted to; its URL is in no error and no repr.

    Raises SettingsError for a URL that is not https; plain http will do on this machine only.
    """

    def __init__(
        self,
        channel: str,
        url: str,
        http: httpx.AsyncClient,
        *,
        now: Callable[[], float] = time.time,
        whole_timeout: float = WHOLE_TIMEOUT,
    ) -> None:
        self.channel = channel
        self.url = _checked(channel, url)
        self._http = http
        self._now = now
        self._whole_timeout = whole_timeout

    async def post(
        self,
        message: Post,
        headers: Mapping[str, str],
        remedies: Mapping[int, str],
    ) -> Receipt:
        """Post once. Raises the errors of a Notifier; `remedies` say what to do by status."""
        failed: DeliveryError
        try:
            async with asyncio.timeout(self._whole_timeout):
                return await self._once(message, headers, {**REDIRECTED, **remedies})
        except UNSENT as broken:
            failed = DeliveryUnavailableError(
                f"the webhook of {self.channel} was not reached ({type(broken).__name__}); it is"
                " worth another try later"
            )
        except (httpx.HTTPError, TimeoutError) as broken:
            failed = DeliveryUnknownError(
                f"the webhook of {self.channel} did not answer ({type(broken).__name__}); the"
                " message may have arrived"
            )
        raise failed  # Out here, so that the cause, which may show the URL, does not come along.

    async def _once(
        self, message: Post, headers: Mapping[str, str], remedies: Mapping[int, str]
    ) -> Receipt:
        sent = self._http.stream(
            "POST",
            self.url,
            content=message.body,
            headers={"Content-Type": message.content_type, **headers},
        )
        async with sent as response:
            # The status settles it: a body that breaks off, or never ends, changes nothing.
            status = response.status_code
            retry_after = read_retry_after(response.headers.get("retry-after"), self._now())
            given = (response.headers.get(name) for name in REFERENCES)
            reference = next((value for value in given if value), None)
        if status in ACCEPTED:
            return Receipt(status, reference)
        said = f"the webhook of {self.channel} answered {status}"
        raise failure(said, status, retry_after, remedies)


def _checked(channel: str, url: str) -> httpx.URL:
    parsed: httpx.URL | None
    try:
        parsed = httpx.URL(url.strip())
    except httpx.InvalidURL:
        parsed = None
    if parsed is None or not _is_usable(parsed):
        raise SettingsError(
            f"the webhook URL of {channel} cannot be used: put the whole https address into its"
            " setting, as the flow or the receiver shows it"
        )
    return parsed


def _is_usable(url: httpx.URL) -> bool:
    schemes = ("https", "http") if url.host in LOOPBACK else ("https",)
    return bool(url.host) and url.scheme in schemes and (url.port or 0) <= MOST_PORT
