"""Give a message that was given up another chance."""

from datetime import datetime

from msgspec import structs

from shared.domain.attempts import again
from shared.errors import MessageError
from shared.messages import NOTIFICATIONS, SendNotification, decode, encode
from shared.ports import Deliveries, Poison


async def replay_message(
    queue: str, id: str, now: datetime, *, poison: Poison, deliveries: Deliveries
) -> None:
    """Put a message back on its queue, and remove it from the poison queue.

    A notification begins anew: its record no longer says that it failed. One that has been sent
    meanwhile is not sent again. Raises InputError when there is no such message.
    """
    async with poison.taking(queue, id) as message:
        text = message.text
        if queue == NOTIFICATIONS:
            text = await _renewed(text, now, deliveries)
        await poison.send_back(queue, text)


async def _renewed(text: str, now: datetime, deliveries: Deliveries) -> str:
    try:
        message = decode(text, SendNotification)
    except MessageError:
        # What cannot be read goes back as it is, and is told to be unreadable by who reads it.
        return text
    delivery, etag = await deliveries.read(message.digest, message.channel)
    if delivery is not None and delivery.state == "failed":
        await deliveries.write(again(delivery, now), etag)
    return encode(structs.replace(message, tries=0))
