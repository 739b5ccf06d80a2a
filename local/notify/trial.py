"""A test message for one channel, sent as every other message is."""

from datetime import datetime

from shared.domain.digest import Digest, DigestView
from shared.domain.outgoing import Receipt
from shared.domain.routes import Channel
from shared.ports import Notifier
from shared.report.render.links import Links
from shared.use_cases.render import render


async def send_test(channel: Channel, notifier: Notifier, links: Links, now: datetime) -> Receipt:
    """Send a digest of the kind `test`, once. Raises DeliveryError where it is not accepted."""
    digest = Digest(id=f"{now:%Y%m%dT%H%M%SZ}-test", kind="test", composed=now)
    return await notifier.send(render(DigestView(digest, 0, ()), channel, links))
