"""Changes are read and listed wherever they are kept, as they stand now."""

import pytest

from shared.domain.ledger import KEPT
from shared.errors import NotFoundError
from tests.restore_builders import DAY, MINUTE
from tests.restore_world import RestoreWorld


async def planned(world: RestoreWorld, number: int) -> list[str]:
    """Plan so many changes, a minute apart, and return their ids, the newest first."""
    ids = []
    for _ in range(number):
        world.now += MINUTE
        ids.append((await world.plan()).id)
    return ids[::-1]


async def test_a_change_is_read_as_it_stands_now() -> None:
    world = RestoreWorld()
    plan = await world.plan()
    world.now += DAY

    assert (await world.read(plan.id)).state == "expired"


async def test_a_change_that_was_filed_away_is_still_read() -> None:
    world = RestoreWorld()
    [old] = await planned(world, 1)
    world.now += KEPT + 2 * DAY
    await planned(world, 1)

    assert old not in world.audit.changes
    assert (await world.read(old)).id == old


async def test_there_is_no_reading_what_never_was() -> None:
    with pytest.raises(NotFoundError, match="nowhere"):
        await RestoreWorld().read("nowhere")


async def test_changes_are_listed_the_newest_first_and_page_by_page() -> None:
    world = RestoreWorld()
    ids = await planned(world, 5)
    first = await world.listed(2)
    second = await world.listed(2, first.next)
    last = await world.listed(2, second.next)

    assert [[c.id for c in page.changes] for page in (first, second, last)] == [
        ids[:2],
        ids[2:4],
        ids[4:],
    ]
    assert last.next is None


async def test_a_page_that_ends_with_the_last_change_leads_nowhere() -> None:
    world = RestoreWorld()
    await planned(world, 2)

    assert (await world.listed(2)).next is None


async def test_a_list_goes_on_into_what_was_filed_away() -> None:
    world = RestoreWorld()
    old = await planned(world, 3)
    world.now += KEPT + 2 * DAY
    new = await planned(world, 2)
    first = await world.listed(3)

    assert [c.id for c in first.changes] == [*new, old[0]]
    assert [c.state for c in first.changes] == ["planned", "planned", "expired"]
    assert [c.id for c in (await world.listed(3, first.next)).changes] == old[1:]


async def test_there_may_be_no_changes_at_all() -> None:
    listing = await RestoreWorld().listed()

    assert (listing.changes, listing.next) == ((), None)
