"""Starting a sweep, being put off, and taking over from a start that died."""

from datetime import timedelta

import pytest
from msgspec import structs

from shared.domain.guid_set import GuidSet
from shared.domain.sweep import ActiveSweep
from shared.domain.tenant import TenantReading
from shared.errors import (
    GraphAnswerError,
    GraphError,
    GraphUnavailableError,
    LeaseHeldError,
    StorageError,
)
from shared.messages import SWEEP_PAGES, ReadPage
from shared.ports import DevicePage
from shared.use_cases.start_sweep import LONGEST_WAIT, TRY_AGAIN, Started
from tests.builders import tenant
from tests.fakes import Sent
from tests.world import FORBIDDEN, LAST_NAME, LAST_NIGHT, NAME, NIGHT, World, record, throttled

FIRST_PAGE = Sent(SWEEP_PAGES, ReadPage(NAME, 1), 0)


async def test_a_sweep_begins_with_the_tenant_read_and_the_first_page_on_its_way() -> None:
    world = World()
    world.tenant.sets = {"group-devices-g": GuidSet(["0f7e78ba-6e1f-485b-8b8b-fb86895f0498"])}

    assert await world.start() == Started(NAME, "begun")

    kept = world.sweeps.records[NAME]
    assert (kept.started, kept.as_of, kept.state) == (NIGHT, NIGHT.date(), "paging")
    assert kept.reading == world.tenant.reading
    assert await world.sweeps.read_sets(kept) == world.tenant.sets
    assert world.queue.sent == [FIRST_PAGE]
    assert world.sweeps.now_active == ActiveSweep(NAME, NIGHT, begun=True)
    assert not world.sweeps.lease_held


async def test_the_link_to_what_changes_is_taken_before_the_tenant_is_read() -> None:
    world = World()
    await world.start()
    assert world.sweeps.records[NAME].delta_link == "latest"
    latest, read = map(world.calls.made.index, ("changes.latest", "tenant.read"))
    assert latest < read


@pytest.mark.parametrize(
    "error", [FORBIDDEN, throttled(900), GraphUnavailableError("Graph answered 503")]
)
async def test_a_sweep_goes_on_without_a_link_and_says_so(
    error: GraphError, caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    world.calls.fail("changes.latest", error)
    assert await world.start() == Started(NAME, "begun")
    assert world.sweeps.records[NAME].delta_link is None
    assert f"without a link to the changes since: {error}" in caplog.text


async def test_a_start_that_was_put_off_takes_a_new_link_when_it_is_resumed() -> None:
    world = World()
    world.calls.fail("tenant.read", throttled(900))
    await world.start()
    world.changes.latest_link = "later"
    await world.resume(ReadPage(NAME, 0, waited=900))
    assert world.sweeps.records[NAME].delta_link == "later"


async def test_the_sets_are_stored_before_the_record_that_names_them() -> None:
    world = World()
    await world.start()
    steps = ["sweeps.write_sets", "sweeps.write", "queue.send", "sweeps.set_active"]
    first = world.calls.made.index(steps[0])
    assert world.calls.made[first : first + len(steps)] == steps


async def test_a_sweep_that_is_over_before_its_start_is_leaves_the_place_free() -> None:
    world = World()

    def be_over() -> None:
        world.sweeps.records[NAME] = record(state="complete")
        world.sweeps.now_active = ActiveSweep()

    world.calls.before("queue.send", be_over)
    assert await world.start() == Started(NAME, "begun")
    assert world.active is None


async def test_no_other_sweep_begins_while_one_runs() -> None:
    world = World()
    await world.start()

    later = NIGHT + timedelta(hours=19, minutes=59)
    assert await world.start(later) == Started(NAME, "already_running")
    assert world.queue.sent == [FIRST_PAGE]
    assert world.calls.made.count("tenant.read") == 1


async def test_a_start_that_finds_the_lease_held_leaves_the_sweep_to_its_holder() -> None:
    world = World()
    world.running()
    async with world.sweeps.starting(0):
        assert await world.start() == Started(NAME, "already_running")
        assert world.sweeps.lease_held
    assert world.queue.sent == []


async def test_a_start_that_died_before_reading_the_tenant_is_taken_over_under_its_name() -> None:
    world = World()
    world.sweeps.now_active = ActiveSweep(NAME, NIGHT)

    assert await world.start(NIGHT + timedelta(hours=19)) == Started(NAME, "begun")
    assert world.sweeps.records[NAME].started == NIGHT


async def test_a_start_that_died_the_night_before_makes_place_for_a_new_sweep() -> None:
    world = World()
    world.sweeps.now_active = ActiveSweep(LAST_NAME, LAST_NIGHT)

    assert await world.start() == Started(NAME, "begun")
    assert world.sweeps.records.keys() == {NAME}


async def test_a_start_that_died_after_its_record_was_written_reads_no_tenant_again() -> None:
    world = World()
    world.sweeps.now_active = ActiveSweep(NAME, NIGHT)
    world.sweeps.records[NAME] = record()

    assert await world.start(NIGHT + timedelta(minutes=5)) == Started(NAME, "begun")
    assert "tenant.read" not in world.calls.made
    assert world.queue.sent == [FIRST_PAGE]
    assert world.sweeps.now_active.begun


async def test_a_sweep_older_than_twenty_hours_ends_partial_and_a_new_one_begins() -> None:
    world = World()
    world.running(record(id=LAST_NAME, started=LAST_NIGHT))
    world.stored({1: DevicePage(())}, record(id=LAST_NAME))

    assert await world.start() == Started(NAME, "begun")

    old = world.sweeps.records[LAST_NAME]
    assert old.state == "partial"
    assert "had not ended after 20:00:00" in str(old.reason)
    assert LAST_NAME not in world.sweeps.stored
    assert world.active == NAME


@pytest.mark.parametrize("begun", [True, False])
@pytest.mark.parametrize("state", ["complete", "partial", "failed"])
async def test_a_sweep_that_ended_and_kept_its_place_is_cleared_away(
    state: str, begun: bool
) -> None:
    world = World()
    ended = world.running(record(state=state, reason="as it was"))
    world.sweeps.now_active = structs.replace(world.sweeps.now_active, begun=begun)
    world.stored({1: DevicePage(())})

    soon = NIGHT + timedelta(hours=1)
    assert await world.start(soon) == Started("20261122T030000Z", "begun")
    assert world.sweeps.records[NAME] == ended
    assert NAME not in world.sweeps.stored


async def test_a_throttled_start_is_put_off_for_as_long_as_graph_says() -> None:
    world = World()
    world.calls.fail("tenant.read", throttled(900))

    assert await world.start() == Started(NAME, "put_off")
    assert world.queue.sent == [Sent(SWEEP_PAGES, ReadPage(NAME, 0, waited=900), 900)]
    assert world.sweeps.now_active == ActiveSweep(NAME, NIGHT)
    assert world.sweeps.records == {}


async def test_an_unavailable_graph_puts_the_start_off_for_five_minutes() -> None:
    world = World()
    world.calls.fail("tenant.read", GraphUnavailableError("Graph answered 503"))

    assert (await world.start()).outcome == "put_off"
    assert TRY_AGAIN == 300
    assert world.queue.sent == [Sent(SWEEP_PAGES, ReadPage(NAME, 0, waited=300), 300)]


async def test_a_start_that_was_put_off_is_resumed() -> None:
    world = World()
    world.calls.fail("tenant.read", throttled(900))
    await world.start()

    assert await world.resume(ReadPage(NAME, 0, waited=900)) == Started(NAME, "begun")
    assert world.queue.sent[-1] == FIRST_PAGE
    assert world.sweeps.records[NAME].as_of == NIGHT.date()


async def test_waiting_adds_up_and_after_four_hours_the_start_fails() -> None:
    world = World()
    world.calls.fail("tenant.read", throttled(900), throttled(900), throttled(900.5))
    await world.start()

    assert (await world.resume(ReadPage(NAME, 0, waited=900))).outcome == "put_off"
    assert world.queue.sent[-1].message == ReadPage(NAME, 0, waited=1800)

    almost = ReadPage(NAME, 0, waited=LONGEST_WAIT - 900)
    assert await world.resume(almost) == Started(NAME, "failed")
    assert len(world.queue.sent) == 2
    kept = world.sweeps.records[NAME]
    assert (kept.state, world.active) == ("failed", None)
    assert "could not be read in 3.8 hours: Graph answered 429" in str(kept.reason)


async def test_a_start_is_not_resumed_when_it_has_begun_or_given_place_to_another() -> None:
    world = World()
    await world.start()
    world.calls.made.clear()

    assert await world.resume(ReadPage(NAME, 0)) == Started(NAME, "already_running")
    assert await world.resume(ReadPage(LAST_NAME, 0)) == Started(LAST_NAME, "already_running")
    assert "tenant.read" not in world.calls.made
    assert world.queue.sent == [FIRST_PAGE]


async def test_a_resumed_start_waits_its_turn_when_the_lease_is_held() -> None:
    world = World()
    async with world.sweeps.starting(0):
        with pytest.raises(LeaseHeldError):
            await world.resume(ReadPage(NAME, 0))


async def test_a_start_whose_record_says_failed_is_not_resumed() -> None:
    world = World()
    world.sweeps.now_active = ActiveSweep(NAME, NIGHT)
    world.sweeps.records[NAME] = record(state="failed")

    assert await world.resume(ReadPage(NAME, 0)) == Started(NAME, "failed")
    assert world.active is None
    assert world.queue.sent == []


@pytest.mark.parametrize("cloud", ["gcchigh", "dod", "china"])
async def test_an_unsupported_cloud_ends_the_sweep_with_that_finding(cloud: str) -> None:
    world = World()
    world.tenant.reading = TenantReading(tenant(cloud=cloud))

    assert await world.start() == Started(NAME, "failed")

    kept = world.sweeps.records[NAME]
    assert kept.state == "failed"
    assert str(kept.reason).startswith(f"cloud_unsupported: the tenant is in the cloud '{cloud}'")
    assert kept.reading == world.tenant.reading
    assert world.active is None
    assert world.queue.sent == []


@pytest.mark.parametrize(
    "error", [FORBIDDEN, GraphAnswerError("the answer is no JSON")], ids=["forbidden", "garbage"]
)
async def test_what_waiting_will_not_mend_fails_the_sweep_with_its_reason(
    error: Exception,
) -> None:
    world = World()
    world.calls.fail("tenant.read", error)

    assert await world.start() == Started(NAME, "failed")
    kept = world.sweeps.records[NAME]
    assert (kept.state, kept.sets) == ("failed", ())
    assert kept.reason == f"the tenant could not be read: {error}"
    assert world.active is None
    assert world.queue.sent == []


@pytest.mark.parametrize("step", ["sweeps.write_sets", "sweeps.write", "queue.send"])
async def test_a_start_that_fails_on_storage_can_be_made_again(step: str) -> None:
    world = World()
    world.calls.fail(step, StorageError("storage is down"))

    with pytest.raises(StorageError):
        await world.start()
    assert not world.sweeps.lease_held
    assert await world.start(NIGHT + timedelta(hours=1)) == Started(NAME, "begun")
    assert world.queue.sent == [FIRST_PAGE]
