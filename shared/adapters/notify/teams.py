"""Posts cards to Teams through the webhook of a Workflows flow (facts/graph.md, Sending)."""

from types import MappingProxyType

from shared.adapters.notify.address import WebhookAddress
from shared.adapters.notify.kinds import post_for
from shared.adapters.notify.pace import Pace
from shared.domain.outgoing import Outgoing, Receipt
from shared.errors import DeliveryRefusedError

MOST_BYTES = 28 * 1024
MOST_A_SECOND = 4

_UNSIGNED = (
    "the signature in the URL is wrong or has been revoked; copy the webhook URL from the flow"
    " anew, and check that anyone may trigger it"
)
_DELETED = (
    "the flow was deleted or its URL has changed; copy the webhook URL from the flow anew into"
    " the setting"
)
REMEDIES = MappingProxyType(
    {
        400: "the flow could not read the card; check that its template and the channel's envelope"
        " agree, and that the flow is turned on",
        401: _UNSIGNED,
        403: _UNSIGNED,
        404: _DELETED,
        410: _DELETED,
        413: "the card is larger than the flow takes",
    }
)


class TeamsNotifier:
    """Sends to one Teams channel or chat; accepted means accepted by the flow.

    `pace` is the process's one pace for all Workflows webhooks, of MOST_A_SECOND.
    """

    def __init__(self, address: WebhookAddress, pace: Pace) -> None:
        self._address = address
        self._pace = pace

    async def send(self, message: Outgoing) -> Receipt:
        """Post a card once, when it is this webhook's turn. Raises the errors of a Notifier."""
        post = post_for(self._address.channel, message)
        if len(post.body) > MOST_BYTES:
            raise DeliveryRefusedError(
                f"the card for {self._address.channel} has {len(post.body)} bytes, and Teams takes"
                f" {MOST_BYTES}: it was not sent"
            )
        await self._pace.turn(str(self._address.url))
        return await self._address.post(post, {}, REMEDIES)
