"""Changes of the tenant, and findings that came or went, are told once."""

from datetime import timedelta
from typing import Any

from msgspec import structs

from shared.domain.feed import TenantChange
from shared.domain.tenant import Outcome, RestoreSetting, TenantReading
from tests.builders import tenant
from tests.telling_world import BUILD, DAY, HOUR, TellingWorld

ON = RestoreSetting("r", "enabled", "2026-11-01T00:00:00Z")
OFF = structs.replace(ON, state="disabled")
FINDING = "The restore page is not shown during enrolment"


def change(world: TellingWorld, **differing: Any) -> TenantChange:
    """Build the word that somebody has turned the restore page off just now."""
    values: dict[str, Any] = {
        "kind": "restore_setting",
        "id": "r",
        "name": "Show restore page",
        "old": {"state": "enabled"},
        "new": {"state": "disabled"},
        "seen": world.now,
        "last_known": world.now - HOUR,
    }
    return TenantChange(**(values | differing))


def reading(setting: RestoreSetting = ON, *outcomes: Outcome) -> TenantReading:
    return TenantReading(tenant(), restore_setting=setting, outcomes=outcomes)


async def test_a_change_is_told_once_and_not_again_as_drift() -> None:
    world = await TellingWorld.settled()
    happened = change(world)
    await world.feed.record(happened)
    (digest,) = await world.told()
    assert (digest.kind, digest.tenant, digest.notices) == ("tenant", (happened,), ())
    assert world.sent() == [(digest.id, "teams")]
    assert await world.told(HOUR) == []


async def test_a_change_of_ours_is_not_told_as_one_of_the_tenants() -> None:
    world = await TellingWorld.settled()
    await world.feed.record(change(world, ours="c1"))
    assert await world.told() == []
    assert len(world.state.tenant_told) == 1

    world.reading = reading(OFF)
    world.now += HOUR
    world.sweep()
    assert await world.told() == []


async def test_a_change_that_was_recorded_while_others_were_told_is_told_later() -> None:
    world = await TellingWorld.settled()
    first, late = change(world), change(world, kind="backup_policy", id="p", new=None)
    await world.feed.record(first)
    await world.told()
    await world.feed.record(late)
    (digest,) = await world.told(HOUR)
    assert digest.tenant == (late,)


async def test_changes_are_told_in_the_order_in_which_they_were_seen() -> None:
    world = await TellingWorld.settled()
    later, earlier = change(world), change(world, id="p", seen=world.now - HOUR)
    for each in (later, earlier):
        await world.feed.record(each)
    (digest,) = await world.told()
    assert digest.tenant == (earlier, later)


async def test_the_first_digest_names_what_stands_in_the_way_of_the_tenant() -> None:
    world = TellingWorld()
    world.reading = reading(OFF)
    await world.feed.record(change(world))
    world.sweep()
    (digest,) = await world.told()
    assert (digest.kind, digest.tenant) == ("baseline", ())
    assert [notice.subject for notice in digest.notices] == [FINDING]
    assert await world.told(HOUR) == []


async def test_a_finding_is_told_when_it_comes_and_when_it_has_gone() -> None:
    world = await TellingWorld.settled()
    for setting, good in ((OFF, False), (ON, True)):
        world.now += DAY
        world.reading = reading(setting)
        world.sweep()
        (digest,) = await world.told()
        assert [(notice.subject, notice.good) for notice in digest.notices] == [(FINDING, good)]
        assert await world.told(HOUR) == []


async def test_what_could_not_be_read_is_not_well_again() -> None:
    world = await TellingWorld.settled()
    world.reading = reading(OFF)
    world.now += DAY
    world.sweep()
    await world.told()
    world.reading = TenantReading(
        tenant(), outcomes=(Outcome("restore_setting", "failed", reason="Graph was busy."),)
    )
    world.now += DAY
    world.sweep()
    (digest,) = await world.told()
    assert [n.subject for n in digest.notices] == ["Restore setting could not be read"]
    assert FINDING in world.state.findings.values()

    world.reading = reading(OFF)
    world.now += DAY
    world.sweep()
    (digest,) = await world.told()
    assert [(n.subject, n.good) for n in digest.notices] == [
        ("Restore setting could not be read", True)
    ]


async def test_a_finding_that_a_told_change_explains_is_not_told_besides() -> None:
    world = await TellingWorld.settled()
    await world.feed.record(change(world))
    await world.told()
    world.reading = reading(OFF)
    world.now += HOUR
    world.sweep()
    assert await world.told() == []
    assert FINDING in world.state.findings.values()


async def test_a_change_of_the_last_day_is_named_as_the_cause_of_a_storm() -> None:
    world = await TellingWorld.settled(devices=200)
    await world.feed.record(change(world))
    await world.told()
    world.now += timedelta(hours=2)
    world.block([f"d{n}" for n in range(40)], BUILD)
    world.sweep()
    (digest,) = await world.told()
    assert digest.storm is not None
    assert "the restore setting 'Show restore page' was changed" in digest.storm.causes[0]
