"""Whatever channels answer, and wherever hosts die: a digest arrives, and once but for doubts."""

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.messages import SendNotification
from tests.delivery_fakes import Answer
from tests.use_cases.mail_room import MAIN, MailRoom

ANSWERS: tuple[Answer, ...] = ("accepts", "throttles", "fails", "refuses", "cuts", "loses")
scripts = st.lists(st.sampled_from(ANSWERS), max_size=5)
choices = st.lists(st.integers(0, 399), max_size=80)


def doubts(room: MailRoom, channel: str) -> int:
    """Count the tries that some record ever said nobody knows the outcome of."""
    return len(
        {
            attempt.at
            for record in room.deliveries.history
            if record.channel == channel
            for attempt in record.attempts
            if attempt.outcome == "unknown"
        }
    )


@settings(max_examples=150, deadline=None)
@given(main=scripts, ops=scripts, troubles=choices)
def test_per_channel_a_digest_arrives_once_but_for_recorded_doubts(
    main: list[Answer], ops: list[Answer], troubles: list[int]
) -> None:
    room = MailRoom()
    for channel, script in (("main", main), ("ops", ops)):
        room.notifiers[channel].script = script
        room.post(SendNotification(MAIN.digest, channel))
    for choice in troubles:
        room.act(choice)
    room.settle()

    for channel in ("main", "ops"):
        arrived = len(room.notifiers[channel].arrived)
        doubted = doubts(room, channel)
        record = room.deliveries.record(MAIN.digest, channel)
        given_up = [message for message in room.poison if message.channel == channel]
        assert arrived <= 1 + doubted, "sent twice without a recorded doubt"
        assert arrived >= 1 or doubted or given_up, "lost without anybody knowing"
        if record.state == "sent":
            assert arrived >= 1
        else:
            assert given_up, "neither sent nor in the poison queue"
        if record.state == "failed":
            assert record.wrong is not None
            assert room.told
