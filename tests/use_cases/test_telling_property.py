"""Whatever changes, dies or is repeated, what reaches people tells each word once, and in order."""

from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.use_cases.told_fleet import CHANNELS, Key, ToldFleet, doubts, lived


def believed(fleet: ToldFleet) -> set[Key]:
    """What a reader of all channels believes to stand open, to whom each word has to be news."""
    open_now = set(fleet.told_first)
    for channel in CHANNELS:
        events = fleet.events(channel)
        if channel in fleet.replayed:
            event("replayed, perhaps out of order")
            events.sort(key=lambda each: str(each["digest"]))
        for told in events:
            event(told["kind"])
            for line in told["lines"]:
                keys = {(line["device"], each, line["reason"]) for each in line["capabilities"]}
                if line["change"] == "cleared":
                    assert keys <= open_now, (channel, line)
                    open_now -= keys
                else:
                    assert not keys & open_now, (channel, line)
                    open_now |= keys
    return open_now


def check_arrivals(fleet: ToldFleet) -> None:
    for digest, channel in fleet.addressed():
        record = fleet.deliveries.record(digest, channel)
        arrived = fleet.arrivals(channel, digest)
        doubted = doubts(fleet.deliveries.history, digest, channel)
        if doubted:
            event("a doubt")
        assert record.state == "sent"
        said = record.attempts[-1].outcome != "nothing to say"
        assert int(said) <= arrived <= 1 + doubted


@given(st.lists(st.integers(0, 3199), min_size=60, max_size=200))
@settings(max_examples=150, deadline=None)
def test_what_reaches_people_tells_each_word_once_and_ends_in_the_truth(steps: list[int]) -> None:
    fleet = lived(steps)
    fleet.come_to_rest()
    assert believed(fleet) == fleet.open_keys()
    fleet.repair()
    fleet.come_to_rest()
    assert fleet.open_keys() == set()
    assert believed(fleet) == set()
    check_arrivals(fleet)
