"""Trouble with the product itself is told when it begins and when it is over."""

from datetime import timedelta

import pytest
from msgspec import structs

from shared.domain.delivery import Delivery
from shared.domain.digest import Digest, Notice
from shared.domain.restore_change import Applied, Applying, Approved
from shared.domain.telling import Terms
from shared.errors import AuditError
from shared.ports import Fitness
from tests.restore_builders import ANNA, BEN, WRITTEN, planned
from tests.telling_world import BUILD, DAY, HOUR, TellingWorld
from tests.use_cases.test_compose_digests import exemption


def notices(digests: list[Digest]) -> list[tuple[str, bool]]:
    """The subjects of one digest about operations, and whether all is well again."""
    assert [digest.kind for digest in digests] == ["operations"]
    return [(notice.subject, notice.good) for notice in digests[0].notices]


def only(digests: list[Digest]) -> Notice:
    ((notice,),) = (digest.notices for digest in digests)
    return notice


class TestHealth:
    async def test_polls_that_stay_away_are_told_once_and_when_they_come_again(self) -> None:
        world = await TellingWorld.settled()
        world.polls = False
        assert notices(await world.told(HOUR)) == [("Polls for changes", False)]
        assert await world.told(HOUR) == []
        world.polls = True
        digests = await world.told(HOUR)
        assert notices(digests) == [("Polls for changes", True)]
        assert "The last poll for changes was" in only(digests).says
        assert await world.told(HOUR) == []

    async def test_a_missed_sweep_is_told(self) -> None:
        world = await TellingWorld.settled()
        assert notices(await world.told(2 * DAY)) == [("The last complete sweep", False)]
        world.sweep()
        assert notices(await world.told()) == [("The last complete sweep", True)]

    async def test_a_new_installation_is_not_told_to_wait(self) -> None:
        world = TellingWorld()
        assert await world.told() == []

    async def test_a_first_sweep_that_failed_is_told_though_nothing_is_known(self) -> None:
        world = TellingWorld()
        name = world.sweep()
        world.snapshots.pointer = None
        record = world.sweeps.records[name]
        world.sweeps.records[name] = structs.replace(record, state="failed", reason="403")
        assert notices(await world.told()) == [
            ("The last complete sweep", False),
            ("The last sweep", False),
        ]
        assert await world.told(HOUR) == []
        world.now += DAY
        world.sweep()
        assert [digest.kind for digest in await world.told()] == ["baseline", "operations"]

    async def test_a_sweep_that_runs_is_not_yet_well_again(self) -> None:
        world = await TellingWorld.settled()
        world.now += HOUR
        failed = structs.replace(
            world.sweeps.records[world.state.sweep or ""], id="3001", state="partial", reason="503"
        )
        world.sweeps.records["3001"] = failed
        assert notices(await world.told()) == [("The last sweep", False)]
        world.sweeps.records["3002"] = structs.replace(
            failed, id="3002", started=world.now, state="paging", reason=None
        )
        assert await world.told(HOUR) == []
        world.sweeps.records["3002"] = structs.replace(
            failed, id="3002", state="complete", reason=None
        )
        assert notices(await world.told(HOUR)) == [("The last sweep", True)]

    async def test_ages_that_grow_are_no_news(self) -> None:
        world = await TellingWorld.settled()
        world.polls = False
        await world.told(HOUR)
        for _ in range(5):
            assert await world.told(HOUR) == []


class TestMessagesGivenUp:
    async def test_more_of_them_is_news_and_fewer_is_not(self) -> None:
        world = await TellingWorld.settled()
        queue = "The queue sweep-pages"
        for count, told in ((1, [(queue, False)]), (3, [(queue, False)]), (2, None), (2, None)):
            world.poison.given_up["sweep-pages"] = count
            digests = await world.told(HOUR)
            assert (notices(digests) if digests else None) == told
        world.poison.given_up["sweep-pages"] = 3
        assert notices(await world.told(HOUR)) == [(queue, False)]
        world.poison.given_up["sweep-pages"] = 0
        assert notices(await world.told(HOUR)) == [(queue, True)]

    async def test_notifications_given_up_are_told_once_lest_they_breed(self) -> None:
        world = await TellingWorld.settled()
        world.poison.given_up["notifications"] = 1
        assert notices(await world.told(HOUR)) == [("The queue notifications", False)]
        world.poison.given_up["notifications"] = 2
        assert await world.told(HOUR) == []

    async def test_a_channel_that_fails_is_told_once_however_many_messages_it_lost(self) -> None:
        world = await TellingWorld.settled()
        for n in range(3):
            delivery = Delivery(f"{n}", "teams", "failed", world.now, wrong="It answered 404: fix.")
            world.deliveries.put(delivery)
            digests = await world.told(HOUR)
            if n == 0:
                assert only(digests) == Notice(
                    "Messages to the channel teams", "Digest 0: It answered 404: fix."
                )
            else:
                assert digests == []

    async def test_the_end_of_a_channels_trouble_is_not_told_and_the_next_is(self) -> None:
        world = await TellingWorld.settled()
        world.deliveries.put(Delivery("1", "teams", "failed", world.now, wrong="404"))
        await world.told()
        world.sweep()
        assert await world.told(DAY + HOUR) == []
        world.deliveries.put(Delivery("2", "teams", "failed", world.now, wrong="404"))
        assert notices(await world.told()) == [("Messages to the channel teams", False)]


class TestTheRestoreSetting:
    async def test_a_change_that_hangs_is_told_and_when_it_no_longer_does(self) -> None:
        world = await TellingWorld.settled()
        for who, event in ((ANNA, planned()), (BEN, Approved("c1")), (ANNA, Applying("c1"))):
            world.audit.put(world.now, who, event)
        assert await world.told(HOUR) == []
        subject = "A change of the restore setting"
        assert notices(await world.told(HOUR)) == [(subject, False)]
        world.calls.fail("audit.ledger", AuditError("record 3 is missing"))
        assert notices(await world.told(HOUR)) == [("The audit", False)]
        assert notices(await world.told(HOUR)) == [("The audit", True)]
        world.audit.put(world.now, None, Applied("c1", WRITTEN, "later"))
        tenant, operations = await world.told(HOUR)
        assert tenant.kind == "tenant"
        assert notices([operations]) == [(subject, True)]

    async def test_a_write_identity_that_lost_its_role_is_told_until_it_is_seen_to_have_it(
        self,
    ) -> None:
        world = await TellingWorld.settled()
        fit = Fitness(configured=True, permission="yes", role="yes")
        world.fitness = structs.replace(fit, role="no")
        digests = await world.told(HOUR)
        assert notices(digests) == [("The write identity", False)]
        assert "Intune Administrator" in (only(digests).do or "")
        world.fitness = structs.replace(fit, role="unknown")
        assert await world.told(HOUR) == []
        world.fitness = fit
        assert notices(await world.told(HOUR)) == [("The write identity", True)]


class TestFiles:
    async def test_routes_that_cannot_be_used_are_told_to_the_channels_of_the_settings(
        self,
    ) -> None:
        world = await TellingWorld.settled()
        world.files.put("routes", "default = 1")
        digests = await world.told()
        assert notices(digests) == [("The routes", False)]
        assert world.sent() == [(digests[0].id, "teams")]
        assert await world.told(HOUR) == []
        world.files.put("routes", "default = 1\noperations = 2")
        assert notices(await world.told(HOUR)) == [("The routes", False)]
        del world.files.texts["routes"]
        assert notices(await world.told(HOUR)) == [("The routes", True)]

    async def test_lines_of_exemptions_that_cannot_be_read_are_named(self) -> None:
        world = await TellingWorld.settled()
        world.files.put("exemptions", exemption("d1") + "{\n" * 7)
        digests = await world.told()
        assert notices(digests) == [("The exemptions", False)]
        assert "line 2: is no JSON" in only(digests).says
        assert "; and 2 more" in only(digests).says
        assert await world.told(HOUR) == []

    @pytest.mark.parametrize(("days", "told"), [(8, False), (7, True), (0, True)])
    async def test_an_exemption_that_is_about_to_end_is_announced_once(
        self, days: int, *, told: bool
    ) -> None:
        world = await TellingWorld.settled()
        ends = (world.now + timedelta(days=days)).date()
        world.files.put("exemptions", exemption("d1", expires=f"{ends}"))
        digests = await world.told()
        assert bool(digests) == told
        if told:
            assert only(digests).subject == f"Exemption e1 ends after {ends}"
            assert "device d1 was exempt from every reason by Zoë" in only(digests).says
        assert await world.told(HOUR) == []

    async def test_an_exemption_that_has_ended_is_forgotten(self) -> None:
        world = await TellingWorld.settled()
        world.files.put("exemptions", exemption("d1", expires=f"{world.now:%Y-%m-%d}"))
        world.block(["d1"], BUILD)
        world.sweep()
        await world.told()
        assert "e1" in world.state.exemptions_announced
        world.now += DAY
        world.sweep()
        (digest,) = await world.told()
        assert world.words(digest) == {("d1", BUILD, "raised")}
        assert "e1" not in world.state.exemptions_announced

    async def test_a_grace_for_what_is_no_reason_is_told(self) -> None:
        world = await TellingWorld.settled()
        world.terms = Terms(grace={"os_build_to_old": HOUR, BUILD: HOUR})
        digests = await world.told()
        assert notices(digests) == [("The setting NOTIFY_GRACE_HOURS", False)]
        assert "os_build_to_old" in only(digests).says
        assert BUILD not in only(digests).says
