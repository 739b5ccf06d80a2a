"""What counts as a Graph call of devices that are assessed again."""

from benchmarks.reassess import reassess


async def test_twenty_devices_are_one_call_where_every_join_type_is_known() -> None:
    count = await reassess(200, clear=True)

    assert (count.devices, count.messages, count.unclear) == (200, 2, 0)
    assert count.calls == 10


async def test_a_message_with_unclear_join_types_is_one_call_more() -> None:
    count = await reassess(200, clear=False)

    assert count.unclear > 0
    assert count.calls == 12
