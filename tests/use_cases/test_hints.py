"""Hints are ids in full messages, each sent once as long as it is remembered."""

import pytest

from shared.messages import DEVICE_CHANGES, MOST_HINTS, DeviceChanges
from shared.use_cases import hints as use_case
from shared.use_cases.hints import Hints
from tests.fakes import Calls, FakeQueue, Sent
from tests.feed_fakes import guid


def hints_on() -> tuple[Hints, FakeQueue]:
    queue = FakeQueue(Calls())
    return Hints(queue), queue


async def test_no_message_is_sent_without_hints() -> None:
    hints, queue = hints_on()
    await hints.send_rest()
    assert queue.sent == []


async def test_both_kinds_of_ids_travel_in_one_message() -> None:
    hints, queue = hints_on()
    await hints.add_entra(guid(1))
    await hints.add_intune("i")
    assert queue.sent == []
    await hints.send_rest()
    await hints.send_rest()
    assert queue.sent == [Sent(DEVICE_CHANGES, DeviceChanges((guid(1),), ("i",)), 0)]
    assert (hints.entra, hints.intune, hints.messages) == (1, 1, 1)


async def test_a_full_message_goes_at_once_and_none_is_overfull() -> None:
    hints, queue = hints_on()
    for number in range(MOST_HINTS - 1):
        await hints.add_entra(guid(number + 1))
    assert queue.sent == []
    for number in range(MOST_HINTS + 2):
        await hints.add_intune(str(number))
    await hints.send_rest()
    sizes = [len(s.message.entra) + len(s.message.intune) for s in queue.sent]  # type: ignore[union-attr]
    assert sizes == [MOST_HINTS, MOST_HINTS, 1]


async def test_a_device_named_twice_is_hinted_at_once_in_whatever_case() -> None:
    hints, queue = hints_on()
    for device in (guid(0xABC), guid(0xABC).upper()):
        await hints.add_entra(device)
    for _ in range(2):
        await hints.add_intune("i")
    await hints.send_rest()
    assert [sent.message for sent in queue.sent] == [DeviceChanges((guid(0xABC),), ("i",))]
    assert (hints.entra, hints.intune) == (1, 1)


async def test_a_device_that_changed_in_both_directories_is_looked_at_once() -> None:
    hints, queue = hints_on()
    await hints.add_entra(guid(0xABC))
    await hints.add_entra(guid(2))
    await hints.add_intune("i", guid(0xABC).upper())
    await hints.send_rest()
    assert [sent.message for sent in queue.sent] == [DeviceChanges((guid(2),), ("i",))]


async def test_what_entra_tells_is_sent_after_all_that_intune_tells() -> None:
    hints, queue = hints_on()
    await hints.add_entra(guid(1))
    for number in range(MOST_HINTS):
        await hints.add_intune(str(number))
    assert [sent.message for sent in queue.sent] == [
        DeviceChanges((), tuple(map(str, range(MOST_HINTS))))
    ]
    await hints.send_rest()
    assert queue.sent[-1].message == DeviceChanges((guid(1),))


async def test_the_same_id_in_both_directories_is_two_hints() -> None:
    hints, queue = hints_on()
    await hints.add_entra(guid(1))
    await hints.add_intune(guid(1))
    await hints.send_rest()
    assert [sent.message for sent in queue.sent] == [DeviceChanges((guid(1),), (guid(1),))]


@pytest.mark.parametrize("nobody", ["", "00000000-0000-0000-0000-000000000000"])
async def test_an_id_that_names_no_device_is_left_out(nobody: str) -> None:
    hints, queue = hints_on()
    await hints.add_entra(nobody)
    await hints.send_rest()
    assert queue.sent == []


async def test_what_is_remembered_is_bounded_and_then_a_hint_may_come_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(use_case, "MOST_REMEMBERED", 2)
    hints, queue = hints_on()
    for id_ in ("a", "b", "a", "c", "a"):
        await hints.add_intune(id_)
    await hints.send_rest()
    assert [sent.message for sent in queue.sent] == [DeviceChanges((), ("a", "b", "c", "a"))]
