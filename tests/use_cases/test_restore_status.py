"""How the setting stands: its value, who made it so, drift, gates, and who may write."""

import pytest

from shared.domain.feed import Actor, TenantChange
from shared.domain.restore_value import Value, etag_of
from shared.errors import GraphAnswerError, GraphUnavailableError
from shared.ports import Fitness
from tests.restore_builders import ANNA, BEN, FORMER, HOUR
from tests.restore_fakes import SETTING_ID, Reply
from tests.restore_world import RestoreWorld


async def seen(world: RestoreWorld, value: Value, who: Actor | None, why: str | None) -> None:
    """Let a poll have recorded that the setting became this value."""
    new: dict[str, object] = {"state": value.state, "last_modified": value.last_modified}
    await world.feed.record(
        TenantChange(
            kind="restore_setting",
            id=SETTING_ID,
            name="restore",
            old=None,
            new=new,
            seen=world.now,
            last_known=world.now - HOUR,
            who=who,
            who_unknown=why,
        )
    )


async def test_the_setting_is_shown_as_it_is_with_what_names_it() -> None:
    world = RestoreWorld()
    status = await world.status()

    assert status.setting == await world.setting.read()
    assert status.etag == etag_of(status.setting)
    assert status.wrong is None
    assert status.in_progress is None


async def test_a_setting_that_cannot_be_made_out_is_shown_as_such() -> None:
    world = RestoreWorld()
    world.calls.fail("setting.read", GraphAnswerError("there are two"))
    status = await world.status()

    assert (status.setting, status.etag, status.last_change) == (None, None, None)
    assert status.wrong == "there are two"
    assert "one_setting" in [answer.gate for answer in status.gates if answer.stops]


async def test_graph_that_is_away_is_an_error() -> None:
    world = RestoreWorld()
    world.calls.fail("setting.read", GraphUnavailableError("Graph answered 503"))

    with pytest.raises(GraphUnavailableError):
        await world.status()


async def test_the_gates_answer_as_for_switching_on() -> None:
    world = RestoreWorld()
    assert not any(answer.stops for answer in (await world.status()).gates)

    world.sweep(0)
    stopping = [answer.gate for answer in (await world.status()).gates if answer.stops]
    assert "eligible_share" in stopping


async def test_nothing_has_drifted_before_anything_was_applied() -> None:
    drift = (await RestoreWorld().status()).drift

    assert (drift.drifted, drift.applied) == (False, None)


async def test_what_we_applied_last_is_ours_and_has_not_drifted() -> None:
    world = RestoreWorld()
    change = await world.apply((await world.approved()).id, BEN)
    status = await world.status()

    assert not status.drift.drifted
    assert status.last_change is not None
    assert (status.last_change.change, status.last_change.by) == (change.id, BEN.name)


@pytest.mark.parametrize("state", ["disabled", "enabled"])
async def test_what_somebody_else_did_since_is_drift_even_to_the_same_state(state: str) -> None:
    world = RestoreWorld()
    change = await world.apply((await world.approved()).id)
    world.now += HOUR
    world.setting.foreign("disabled")
    if state == "enabled":
        world.setting.foreign("enabled")
    drift = (await world.status()).drift

    assert drift.drifted
    assert drift.applied is not None
    assert drift.applied.change == change.id


async def test_a_foreign_change_is_named_after_its_author_where_that_is_known() -> None:
    world = RestoreWorld()
    who = Actor("Dora", "the portal", "app", world.now)
    await seen(world, FORMER, who, None)

    last = (await world.status()).last_change
    assert last is not None
    assert (last.by, last.application, last.change) == ("Dora", "the portal", None)

    world.user_names = False
    last = (await world.status()).last_change
    assert last is not None
    assert (last.by, last.application) == (None, "the portal")


async def test_an_author_who_is_not_known_is_said_to_be_so_and_why() -> None:
    world = RestoreWorld()
    nobody = (await world.status()).last_change
    await seen(world, FORMER, None, "the audit log may not be read")
    silent = (await world.status()).last_change

    assert nobody is not None
    assert nobody.unknown is not None
    assert silent is not None
    assert silent.unknown == "the audit log may not be read"


async def test_a_change_that_is_not_settled_is_named() -> None:
    world = RestoreWorld()
    world.setting.replies = [Reply.unanswered(None)]
    change = await world.apply((await world.approved()).id, ANNA)

    assert (await world.status()).in_progress == change.id


async def test_the_write_identity_is_shown_as_it_is() -> None:
    world = RestoreWorld()
    world.setting.fit = Fitness(configured=True, permission="yes", role="no", identity="writer")
    status = await world.status()

    assert status.write_identity == world.setting.fit
    assert status.write_identity.fit == "no"
