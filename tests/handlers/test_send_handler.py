"""The trigger for notifications makes one call of its use case, and decides nothing."""

from types import SimpleNamespace

import azure.functions as func
import pytest
from azure.functions.queue import QueueMessage
from msgspec import structs

from handlers.send_notification import send_notification
from shared import bootstrap
from shared.errors import DeliveryRefusedError, MessageError
from shared.messages import MAX_DEQUEUE_COUNT, SendNotification, encode
from shared.report.render.links import Links
from tests.use_cases.mail_room import MAIN, MailRoom

SETTINGS = {"TEAMS_WEBHOOK_URL": "set", "TIME_ZONE": "UTC"}
TO_TEAMS = structs.replace(MAIN, channel="teams")


class NoFiles:
    """There is no routes file, so that the settings make the channels."""

    async def routes(self) -> tuple[str | None, str | None]:
        return None, None


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> MailRoom:
    """A room that the handler takes for the app, with one channel, Teams."""
    made = MailRoom()
    made.notifiers["teams"] = made.main
    notify = SimpleNamespace(settings=SETTINGS, links=Links(), notifier_of=made.notifier_of)
    storage = SimpleNamespace(
        telling=made.telling,
        deliveries=made.deliveries,
        queue=made.queue,
        settings_files=NoFiles(),
    )
    app = SimpleNamespace(notify=notify, storage=storage)
    monkeypatch.setattr(bootstrap, "app", lambda: app)
    return made


def arriving(message: SendNotification | bytes, dequeue_count: int | None) -> func.QueueMessage:
    """Build a message as the worker hands it over."""
    body = message if isinstance(message, bytes) else encode(message).encode()
    return QueueMessage(body=body, dequeue_count=dequeue_count)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("dequeue_count", [None, 1])
async def test_a_message_sends_its_digest(room: MailRoom, dequeue_count: int | None) -> None:
    await send_notification(arriving(TO_TEAMS, dequeue_count))
    assert len(room.main.arrived) == 1
    assert room.deliveries.record(MAIN.digest, "teams").state == "sent"


async def test_how_often_it_was_delivered_reaches_the_use_case(room: MailRoom) -> None:
    room.main.script = ["refuses"]
    with pytest.raises(DeliveryRefusedError):
        await send_notification(arriving(TO_TEAMS, MAX_DEQUEUE_COUNT - 1))
    assert room.queue.sent == []
    with pytest.raises(DeliveryRefusedError):
        await send_notification(arriving(TO_TEAMS, MAX_DEQUEUE_COUNT))
    assert len(room.queue.sent) == 1


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b'{"digest": "d", "channel": 1}'])
async def test_a_malformed_message_is_refused_before_anything_is_built(
    body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "app", lambda: pytest.fail("the app was built in vain"))
    with pytest.raises(MessageError, match="a SendNotification message cannot be read"):
        await send_notification(arriving(body, 1))
