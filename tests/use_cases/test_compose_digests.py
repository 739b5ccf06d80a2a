"""People are told what changed, once, and nothing that they know."""

from collections.abc import Sequence

import pytest
from msgspec import structs

from shared.domain.digest import Digest, DigestKind, Storm
from shared.domain.telling import Terms
from shared.domain.window import Window
from shared.errors import ConflictError, StorageError
from shared.use_cases.compose_digests import TRIES, Composed
from tests.telling_world import BUILD, DAY, HOUR, JOIN, POLICY, TellingWorld


def kinds(digests: Sequence[Digest]) -> list[DigestKind]:
    return [digest.kind for digest in digests]


class TestTheFirstTime:
    async def test_before_the_first_snapshot_nobody_is_told_anything(self) -> None:
        world = TellingWorld()
        assert await world.compose() == Composed()
        assert world.telling.now_told is None

    async def test_the_first_sweep_makes_one_digest_that_names_no_device(self) -> None:
        world = TellingWorld()
        world.block(["d1", "d2"], BUILD)
        world.block(["d2"], POLICY)
        sweep = world.sweep()

        (digest,) = await world.told()

        assert (digest.kind, digest.sweep, digest.fleet) == ("baseline", sweep, 100)
        assert digest.devices == 2
        assert {(g.reason, g.devices, g.examples) for g in digest.groups} == {
            (BUILD, 2, ()),
            (POLICY, 1, ()),
        }
        assert [r.eligible for r in digest.readiness] == [100, 100, 100]
        assert world.telling.digests[digest.id][1] is None
        assert world.sent() == [(digest.id, "teams")]

    async def test_what_was_open_then_counts_as_told(self) -> None:
        world = TellingWorld()
        world.block(["d1"], BUILD)
        world.sweep()
        await world.told()
        assert await world.told(HOUR) == []
        world.clear(["d1"])
        world.now += DAY
        world.sweep()
        (digest,) = await world.told()
        assert world.words(digest) == {("d1", BUILD, "cleared")}

    async def test_a_first_sweep_without_findings_is_told_as_well(self) -> None:
        world = TellingWorld()
        world.sweep()
        assert kinds(await world.told()) == ["baseline"]
        assert await world.told(HOUR) == []


class TestWhatIsDue:
    async def test_a_sweep_that_found_nothing_new_tells_nothing_and_is_spoken_of(self) -> None:
        world = await TellingWorld.settled()
        sweep = world.sweep()
        assert await world.told() == []
        assert world.state.sweep == sweep
        assert world.queue.sent == []

    async def test_without_any_news_the_state_stays_as_it_is(self) -> None:
        world = await TellingWorld.settled()
        before = world.telling.committed[:]
        assert await world.told() == []
        assert world.telling.committed == before

    async def test_what_a_sweep_found_comes_with_figures(self) -> None:
        world = await TellingWorld.settled()
        world.now += DAY
        world.snapshots.points[(world.now - DAY).date()] = {
            "day": f"{world.now - DAY:%Y-%m-%d}",
            "sweep": "s",
            "devices": 90,
            "eligible": {"backup": 88},
            "ready": {"backup": 80},
        }
        world.block(["d1"], BUILD)
        world.sweep()
        (digest,) = await world.told()
        assert digest.kind == "sweep"
        assert world.words(digest) == {("d1", BUILD, "raised")}
        assert digest.groups[0].examples == world.lines(digest)
        backup = digest.readiness[0]
        assert (backup.eligible, backup.eligible_before, backup.ready_before) == (100, 88, 80)
        assert digest.readiness[1].eligible_before is None

    async def test_what_came_between_sweeps_are_changes(self) -> None:
        world = await TellingWorld.settled()
        world.block(["d1"], BUILD)
        await world.assess("d1")
        (digest,) = await world.told()
        assert (digest.kind, digest.readiness) == ("changes", ())
        assert world.words(digest) == {("d1", BUILD, "raised")}

        world.clear(["d1"])
        await world.assess("d1")
        (digest,) = await world.told(HOUR)
        assert world.words(digest) == {("d1", BUILD, "cleared")}

    async def test_a_device_that_is_gone_is_clear(self) -> None:
        world = await TellingWorld.settled()
        world.block(["d1"], BUILD)
        world.sweep()
        await world.told()
        world.remove("d1")
        await world.assess("d1")
        (digest,) = await world.told(HOUR)
        assert [(line.name, line.change, line.gone) for line in world.lines(digest)] == [
            ("PC-d1", "cleared", True)
        ]

    async def test_grace_that_is_over_is_told_without_another_reading(self) -> None:
        world = await TellingWorld.settled()
        world.terms = Terms(grace={BUILD: 4 * HOUR})
        world.block(["d1"], BUILD)
        await world.assess("d1")
        assert await world.told(3 * HOUR) == []
        assert kinds(await world.told(HOUR)) == ["changes"]

    async def test_exempt_findings_are_counted_and_not_told(self) -> None:
        world = await TellingWorld.settled()
        world.files.put("exemptions", exemption("d1"))
        world.block(["d1", "d2"], BUILD)
        world.sweep()
        (digest,) = await world.told()
        assert world.words(digest) == {("d2", BUILD, "raised")}
        assert digest.exempt == 1


def exemption(device: str, expires: str = "2027-11-22", id: str = "e1") -> str:
    return (
        f'{{"id": "{id}", "reason_code": null, "owner": "Zoë", "why": "It is replaced.",'
        f' "created": "2026-11-22", "expires": "{expires}", "device": "{device}"}}\n'
    )


class TestStorms:
    @staticmethod
    async def held() -> tuple[TellingWorld, Digest, list[str]]:
        """A tenth and more of the fleet became blocked at once, and this was told."""
        world = await TellingWorld.settled(devices=200)
        ids = [f"d{n}" for n in range(30)]
        world.now += DAY
        world.block(ids, BUILD)
        world.sweep()
        (digest,) = await world.told()
        return world, digest, ids

    async def test_too_much_at_once_is_one_message_without_devices(self) -> None:
        world, digest, _ = await self.held()
        assert digest.kind == "storm"
        assert digest.storm is not None
        assert (digest.storm.devices, digest.storm.fleet) == (30, 200)
        assert digest.storm.state == "held"
        assert digest.storm.causes == (f"30 of the 30 devices share one reason, {BUILD}.",)
        assert digest.readiness != ()
        assert world.telling.digests[digest.id][1] is None
        assert await world.told(HOUR) == []

    async def test_another_reason_is_told_meanwhile(self) -> None:
        world, _, _ = await self.held()
        world.block(["d1", "d100"], JOIN)
        await world.assess("d1", "d100")
        (digest,) = await world.told(HOUR)
        assert world.words(digest) == {("d1", JOIN, "raised"), ("d100", JOIN, "raised")}

    async def test_a_second_sweep_that_finds_the_same_names_the_devices(self) -> None:
        world, first, ids = await self.held()
        world.now += DAY
        world.clear(ids[:3])
        world.sweep()
        (digest,) = await world.told()
        assert digest.kind == "sweep"
        assert digest.storm == structs.replace(storm_of(first), devices=27, state="confirmed")
        assert world.words(digest) == {(id, BUILD, "raised") for id in ids[3:]}
        assert world.state.storm is None

    async def test_one_that_has_passed_is_said_and_what_is_left_is_told(self) -> None:
        world, first, ids = await self.held()
        world.now += DAY
        world.clear(ids[2:])
        world.sweep()
        passed, rest = await world.told()
        assert passed.storm == structs.replace(storm_of(first), state="passed")
        assert (rest.kind, rest.storm) == ("sweep", None)
        assert world.words(rest) == {(id, BUILD, "raised") for id in ids[:2]}
        assert world.state.storm is None

    async def test_one_that_has_passed_whole_leaves_one_word(self) -> None:
        world, _, ids = await self.held()
        world.now += DAY
        world.clear(ids)
        world.sweep()
        assert kinds(await world.told()) == ["storm"]
        assert await world.told(HOUR) == []

    async def test_a_second_storm_is_held_with_the_first(self) -> None:
        world, _, ids = await self.held()
        others = [f"d{n}" for n in range(100, 140)]
        world.block(others, JOIN)
        await world.assess(*others)
        (second,) = await world.told(HOUR)
        assert storm_of(second).devices == 40
        assert world.state.storm is not None
        assert world.state.storm.reasons == {BUILD, JOIN}
        world.now += DAY
        world.sweep()
        (digest,) = await world.told()
        assert digest.devices == len(ids) + len(others)

    async def test_a_storm_that_begins_with_the_sweep_that_ends_another_is_held(self) -> None:
        world, _, ids = await self.held()
        world.now += DAY
        world.clear(ids)
        world.block([f"d{n}" for n in range(100, 140)], JOIN)
        world.sweep()
        passed, begun = await world.told()
        assert (storm_of(passed).state, storm_of(begun).state) == ("passed", "held")
        assert passed.id != begun.id
        assert world.state.storm is not None
        assert world.state.storm.digest == begun.id

    async def test_another_edition_is_named_as_the_cause(self) -> None:
        world = await TellingWorld.settled(devices=200)
        world.edition = "2026-09-29"
        world.now += DAY
        world.block([f"d{n}" for n in range(30)], BUILD)
        world.sweep()
        (digest,) = await world.told()
        assert storm_of(digest).causes[0].startswith("Devices are judged by the edition 2026-09-29")


def storm_of(digest: Digest) -> Storm:
    assert digest.storm is not None
    return digest.storm


class TestSending:
    async def test_a_record_is_there_before_its_message(self) -> None:
        world = await self.with_news()
        (digest,) = await world.told()
        assert world.sent() == [(digest.id, "teams")]
        assert world.deliveries.record(digest.id, "teams").state == "pending"
        made = world.calls.made
        committed = made.index("telling.commit")
        assert made[committed : committed + 4] == [
            "telling.commit",
            "deliveries.write",
            "queue.send",
            "telling.commit",
        ]
        assert world.state.outbox == ()

    async def test_all_is_stored_before_the_state_says_so(self) -> None:
        world = await self.with_news()
        await world.told()
        made = world.calls.made
        assert max(made.index("telling.store"), made.index("telling.store_told")) < made.index(
            "telling.commit"
        )

    async def test_without_channels_it_is_composed_all_the_same(self) -> None:
        world = await self.with_news()
        world.settings = {}
        (digest,) = await world.told()
        assert world.words(digest)
        assert world.sent() == []
        assert await world.told() == []

    async def test_it_goes_to_the_channels_of_its_routes(self) -> None:
        world = await self.with_news()
        world.files.put("routes", ROUTES)
        (digest,) = await world.told()
        assert world.sent() == [(digest.id, "it"), (digest.id, "siem")]

    async def test_who_finds_a_full_outbox_sends_it_before_anything_else(self) -> None:
        world = await self.with_news()
        world.calls.fail("queue.send", StorageError("storage is down"))
        with pytest.raises(StorageError):
            await world.compose()
        assert world.state.outbox != ()
        (pair,) = world.state.outbox

        assert await world.compose() == Composed()
        assert world.sent() == [pair]
        assert world.state.outbox == ()

    async def test_a_record_that_is_there_is_left_alone(self) -> None:
        world = await self.with_news()
        world.calls.fail("queue.send", StorageError("storage is down"))
        with pytest.raises(StorageError):
            await world.compose()
        ((digest, channel),) = world.state.outbox
        sent = structs.replace(world.deliveries.record(digest, channel), state="sent")
        world.deliveries.put(sent)
        await world.compose()
        assert world.deliveries.record(digest, channel) == sent

    async def test_digests_are_named_by_time_number_and_composer(self) -> None:
        world = await self.with_news()
        (digest,) = await world.told()
        assert digest.id == f"{world.now:%Y%m%dT%H%M%SZ}-0002-c2-changes"

    @staticmethod
    async def with_news() -> TellingWorld:
        world = await TellingWorld.settled()
        world.block(["d1"], BUILD)
        await world.assess("d1")
        return world


ROUTES = """
default = ["it"]

[[channels]]
name = "it"
kind = "teams"
secret = "TEAMS_WEBHOOK_URL"

[[channels]]
name = "siem"
kind = "webhook"
secret = "SIEM_URL"

[[routes]]
to = ["siem", "it"]
kinds = ["changes"]

[[routes]]
to = ["it"]
kinds = ["tenant"]
"""


class TestOthersAtTheSameTime:
    async def test_who_is_overtaken_begins_anew_and_tells_no_word_twice(self) -> None:
        world = await TestSending.with_news()
        world.calls.before("telling.commit", lambda: self.tell_first(world))
        await world.compose()
        state = world.state
        assert state.number == 3
        assert len(world.sent()) == 1

    @staticmethod
    def tell_first(world: TellingWorld) -> None:
        """Let another composer have committed a state of its own, which told the same sweep."""
        world.telling.put(structs.replace(world.state, number=world.state.number + 1))

    async def test_who_is_always_overtaken_gives_the_message_back(self) -> None:
        world = await TestSending.with_news()
        world.calls.fail("telling.commit", *[ConflictError("changed")] * TRIES)
        with pytest.raises(ConflictError):
            await world.compose()
        assert len(await world.told()) == 1

    async def test_a_sweep_that_is_completed_meanwhile_is_waited_for(self) -> None:
        world = await TestSending.with_news()

        def complete() -> None:
            world.sweep()
            world.overlay.entries.clear()

        world.calls.before("telling.composing", complete)
        (digest,) = await world.told()
        assert digest.kind == "sweep"
        assert world.words(digest) == {("d1", BUILD, "raised")}

    async def test_the_window_is_closed_before_anything_is_read(self) -> None:
        world = await TestSending.with_news()
        world.windows.put(Window(world.now))
        await world.told()
        assert world.calls.made.index("windows.write") < world.calls.made.index("telling.state")
        assert world.windows.window == Window(closed=world.now)


CALLS = (
    *("windows.read", "windows.write", "telling.state", "files.exemptions", "files.routes"),
    *("snapshots.current", "snapshots.summary", "snapshots.trend", "feed.read"),
    *("feed.tenant_changes", "sweeps.last", "sweeps.active", "poison.counts"),
    *("audit.ledger", "deliveries.failed_since", "telling.composing", "composition.counts"),
    *("composition.devices", "composition.groups", "composition.exempt", "composition.write"),
    *("telling.store", "telling.store_told", "telling.commit", "deliveries.write"),
    *("queue.send", "telling.tidy"),
)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("before", [0, 1])
async def test_whoever_dies_at_any_call_leaves_each_word_to_be_told_once(
    call: str, before: int
) -> None:
    world = await TestSending.with_news()
    world.windows.put(Window(world.now))
    succeeded = [None] * before
    world.calls.fail(call, *succeeded, StorageError("storage is down"))
    try:
        await world.compose()
    except StorageError:
        await world.compose()
    told = [state for state in world.telling.committed if state.outbox]
    ids = {digest for state in told[1:] for digest, _ in state.outbox}
    assert len(ids) == 1
    (id,) = ids
    assert world.words(world.telling.digests[id][0]) == {("d1", BUILD, "raised")}
    assert (id, "teams") in world.sent()
    assert world.state.outbox == ()
