"""Makes sure that a message is of the kind that a channel sends."""

from shared.domain.outgoing import Mail, Outgoing, Post
from shared.errors import DeliveryRefusedError


def post_for(channel: str, message: Outgoing) -> Post:
    """Return a message for a webhook. Raises DeliveryRefusedError for a mail."""
    if isinstance(message, Mail):
        raise DeliveryRefusedError(
            f"the channel {channel} is a webhook, and was given a mail to send"
        )
    return message


def mail_for(channel: str, message: Outgoing) -> tuple[Mail, str]:
    """Return a mail and its sender.

    Raises DeliveryRefusedError for what goes to a webhook, and for a mail from or to nobody.
    """
    if isinstance(message, Post):
        raise DeliveryRefusedError(
            f"the channel {channel} sends mail, and was given a body for a webhook"
        )
    if message.sender is None or not message.to:
        raise DeliveryRefusedError(
            f"a mail of {channel} needs a sender and a recipient: name them in the routes file"
        )
    return message, message.sender
