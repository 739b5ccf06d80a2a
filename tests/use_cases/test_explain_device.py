"""Finding the devices a person means."""

from shared.domain.story import Story
from shared.use_cases.explain_device import explain_device
from tests.builders import judged
from tests.world import LAST_NAME, NIGHT, World


def story(id: str) -> Story:
    return Story(
        id=id,
        name=f"PC-{id}",
        entra_id=None,
        user_name=None,
        serial=None,
        manufacturer=None,
        model=None,
        os_version=None,
        enrolled=None,
        last_sync=None,
        assessment=judged(),
        open=(),
    )


async def test_before_the_first_snapshot_there_is_nothing_to_tell() -> None:
    assert await explain_device("PC-1", snapshots=World().snapshots) is None


async def test_a_device_is_looked_up_in_the_current_snapshot_without_stray_blanks() -> None:
    world = World()
    world.snapshots.point_at(LAST_NAME, NIGHT)
    world.snapshots.stories = [story("1")]

    told = await explain_device("  PC-1\n", snapshots=world.snapshots)
    assert told is not None
    assert (told.as_of, told.stories, told.more) == (NIGHT, [story("1")], False)
    assert world.snapshots.looked_up == [(LAST_NAME, "PC-1", 11)]


async def test_as_many_stories_as_asked_for_are_told_and_that_there_are_more() -> None:
    world = World()
    world.snapshots.point_at(LAST_NAME, NIGHT)
    world.snapshots.stories = [story(id) for id in "abc"]

    told = await explain_device("PC", snapshots=world.snapshots, limit=2)
    assert told is not None
    assert (told.stories, told.more) == ([story("a"), story("b")], True)

    all_told = await explain_device("PC", snapshots=world.snapshots, limit=3)
    assert all_told is not None
    assert (len(all_told.stories), all_told.more) == (3, False)


async def test_nobody_of_that_name_is_an_answer_too() -> None:
    world = World()
    world.snapshots.point_at(LAST_NAME, NIGHT)
    told = await explain_device("PC", snapshots=world.snapshots)
    assert told is not None
    assert (told.stories, told.more) == ([], False)
