"""Posts events to any receiver that takes CloudEvents, signed if it shares a key with us."""

import time
from collections.abc import Callable
from types import MappingProxyType

from shared.adapters.notify.address import WebhookAddress
from shared.adapters.notify.kinds import post_for
from shared.adapters.notify.signing import SigningKey
from shared.domain.outgoing import Outgoing, Receipt

_KEY = "the receiver does not accept the signature; both sides have to have the same signing key"
_GONE = "nobody receives there; put the receiver's URL into the setting"
REMEDIES = MappingProxyType({401: _KEY, 403: _KEY, 404: _GONE, 410: _GONE})


class WebhookNotifier:
    """Sends to one receiver; `now` (epoch seconds) dates the signature."""

    def __init__(
        self,
        address: WebhookAddress,
        key: SigningKey | None,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._address = address
        self._key = key
        self._now = now

    async def send(self, message: Outgoing) -> Receipt:
        """Post an event once. Raises the errors of a Notifier."""
        post = post_for(self._address.channel, message)
        signed = self._key and self._key.headers(post.id, int(self._now()), post.body)
        return await self._address.post(post, signed or {"webhook-id": post.id}, REMEDIES)
