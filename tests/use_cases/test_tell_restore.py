"""What becomes of our changes of the restore setting is told once, by how they stand last."""

import pytest

from shared.domain.digest import Digest
from shared.domain.restore_change import (
    Applied,
    Applying,
    Approved,
    Confirmed,
    Conflict,
    Event,
    Foreign,
    Refused,
    Uncertain,
    Waiting,
)
from shared.domain.telling import TellingState
from shared.errors import AuditError
from shared.use_cases.tell_restore import tell_restore
from tests.restore_builders import ANNA, BEN, FORMER, WRITTEN, planned
from tests.restore_fakes import SETTING_ID
from tests.telling_world import HOUR, TellingWorld

APPLIED = Applied("c1", WRITTEN, "read_back")
REFUSED = Refused("c1", "role", "Graph answered 403: Tenant is not Global Admin.")


def happen(world: TellingWorld, *events: Event) -> None:
    """Let these things be recorded now, and the change planned and approved if it is not."""
    if not world.audit.records:
        world.audit.put(world.now, ANNA, planned())
        world.audit.put(world.now, BEN, Approved("c1"))
    for event in events:
        world.audit.put(world.now, ANNA, event)


def only(digests: list[Digest]) -> Digest:
    (digest,) = digests
    assert digest.kind == "tenant"
    return digest


async def test_an_applied_change_is_told_once_as_good_news() -> None:
    world = await TellingWorld.settled()
    happen(world, Applying("c1"), APPLIED)
    digest = only(await world.told())
    (notice,) = digest.notices
    assert (notice.subject, notice.good, notice.do) == (
        "Change of the restore setting applied",
        True,
        None,
    )
    assert notice.says.startswith("The restore page is shown; it was notConfigured before.")
    assert notice.who == "Planned by anna, approved by ben."
    assert world.sent() == [(digest.id, "teams")]
    assert await world.told(HOUR) == []


async def test_a_refused_change_says_what_to_do_first_and_where_the_rest_is() -> None:
    world = await TellingWorld.settled()
    happen(world, Applying("c1"), REFUSED)
    (notice,) = only(await world.told()).notices
    assert (notice.subject, notice.good) == ("Change of the restore setting refused", False)
    assert "Tenant is not Global Admin." in notice.says
    assert "Intune Administrator" in (notice.do or "")
    assert (notice.do or "").endswith("python -m local restore show c1")


async def test_what_was_done_by_hand_is_told_when_it_is_confirmed() -> None:
    world = await TellingWorld.settled()
    happen(world, Applying("c1"), REFUSED)
    await world.told()
    happen(world, Confirmed("c1", WRITTEN))
    (notice,) = only(await world.told(HOUR)).notices
    assert notice.good


async def test_of_a_change_only_how_it_stands_last_is_told() -> None:
    world = await TellingWorld.settled()
    happen(world, Applying("c1"), Uncertain("c1", "the write was not answered"), APPLIED)
    (notice,) = only(await world.told()).notices
    assert notice.good
    assert await world.told(HOUR) == []


async def test_an_outcome_that_comes_later_is_told_later() -> None:
    world = await TellingWorld.settled()
    happen(world, Applying("c1"), Uncertain("c1", "the write was not answered"))
    (first,) = only(await world.told()).notices
    happen(world, APPLIED)
    (second,) = only(await world.told(HOUR)).notices
    assert (first.subject, first.good, second.good) == (
        "Change of the restore setting of unknown outcome",
        False,
        True,
    )


async def test_several_changes_are_told_in_the_order_of_their_records() -> None:
    world = await TellingWorld.settled()
    happen(world, Applying("c1"), Conflict("c1", WRITTEN))
    happen(world, planned("c2", approvals_needed=0), Applying("c2"), Waiting("c2", "code-1"))
    subjects = [notice.subject for notice in only(await world.told()).notices]
    assert subjects == [
        "Change of the restore setting in conflict",
        "Change of the restore setting waiting for Intune's approval",
    ]


async def test_what_was_told_of_one_change_is_not_told_again_with_the_next() -> None:
    world = await TellingWorld.settled()
    happen(world, Applying("c1"), APPLIED)
    await world.told()
    happen(world, planned("c2", approvals_needed=0), Applying("c2"), Conflict("c2", WRITTEN))
    (notice,) = only(await world.told(HOUR)).notices
    assert notice.subject == "Change of the restore setting in conflict"


async def test_plans_approvals_and_what_others_did_are_not_told_here() -> None:
    world = await TellingWorld.settled()
    happen(world, Foreign(SETTING_ID, WRITTEN, FORMER))
    assert await world.told() == []
    assert world.state.restore_told is None


async def test_it_is_told_before_the_first_sweep_too() -> None:
    world = TellingWorld()
    happen(world, Applying("c1"), APPLIED)
    digest = only(await world.told())
    assert (digest.sweep, len(digest.notices)) == (None, 1)
    assert await world.told(HOUR) == []


async def test_it_stands_beside_the_first_digest_about_devices() -> None:
    world = TellingWorld()
    world.sweep()
    happen(world, Applying("c1"), APPLIED)
    assert [digest.kind for digest in await world.told()] == ["baseline", "tenant"]


async def test_an_audit_that_does_not_add_up_is_told_to_operations_and_forgets_nothing() -> None:
    world = await TellingWorld.settled()
    happen(world, Applying("c1"), APPLIED)
    world.calls.fail("audit.ledger", AuditError("record 4 names another hash"))
    (digest,) = await world.told()
    assert (digest.kind, [notice.subject for notice in digest.notices]) == (
        "operations",
        ["The audit"],
    )
    assert "record 4 names another hash" in digest.notices[0].says

    tenant, operations = await world.told(HOUR)
    assert (tenant.kind, len(tenant.notices)) == ("tenant", 1)
    assert [(n.subject, n.good) for n in operations.notices] == [("The audit", True)]


@pytest.mark.parametrize("told", [None, 0, 3, 4])
def test_without_news_what_was_told_stays_as_it_is(told: int | None) -> None:
    news = tell_restore(TellingState(1, restore_told=told), None)
    assert (news.notices, news.told) == ((), told)
