"""The name of one digest on one channel."""

from shared.domain.digest import DigestView
from shared.domain.routes import Channel


def message_id(view: DigestView, channel: Channel) -> str:
    """Name the message, the same whenever it is sent again, so that doubles can be told."""
    return f"{view.digest.id}.{channel.name}"
