"""What is due between what stands open and what was told, on small fleets."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from shared.adapters.storage.composition import Difference
from shared.domain.exemption import Exemption
from shared.domain.storm import Alike, Counts, ModelShare
from shared.domain.telling import Terms, Told
from tests.adapters.storage.tellings import (
    BUILD,
    EDITION,
    HOUR,
    NOW,
    POLICY,
    WEEK_AGO,
    Key,
    World,
    blocked,
    blocker,
    clear,
    exemption,
    key,
    many,
    pc,
    write_told,
)
from tests.builders import TODAY


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """Where tests put what was told."""
    return tmp_path / "told.parquet"


def test_the_first_digest_tells_all_that_stands_open_and_then_there_is_silence(
    tmp_path: Path,
) -> None:
    fresh, exempted = blocker(since=NOW), exemption(device="PC-c")
    world = World(
        [pc("a", blocker(), blocker(POLICY)), pc("b", fresh), pc("c", blocker()), pc("d")],
        exemptions=[exempted],
        terms=Terms(grace={BUILD: HOUR}),
    )
    first = world.outcome(Difference.told_everything)
    assert first.words == {key("a"): "raised", key("a", POLICY): "raised", key("b"): "raised"}
    assert set(first.told.values()) == {Told("blocked", NOW)}
    second = World(world.devices, told=first.stored(tmp_path), exemptions=[exempted]).outcome()
    assert (second.words, second.told) == ({}, first.told)


def test_what_was_exempt_is_told_when_its_exemption_has_ended(told: Path) -> None:
    ended = exemption(device="PC-a", expires=TODAY - timedelta(days=1))
    world = World([pc("a", blocker())], told=write_told(told, {}), exemptions=[ended])
    assert world.outcome().words == {key("a"): "raised"}


def test_a_device_without_open_blockers_is_cleared_under_its_name_of_today(told: Path) -> None:
    world = World([pc("a", name="NEW-NAME")], told=write_told(told, blocked(key("a"))))
    [line] = world.outcome().lines
    assert (line.name, line.change, line.severity, line.gone) == (
        "NEW-NAME",
        "cleared",
        "high",
        False,
    )
    assert line.since == WEEK_AGO


def test_a_device_that_is_gone_is_named_as_it_was_told_and_the_blocker_went_with_it(
    told: Path,
) -> None:
    file = write_told(told, blocked(key("a"), key("b")))
    outcome = World(overlay=[pc("b", gone=True)], told=file).outcome()
    assert [(line.name, line.change, line.gone) for line in outcome.lines] == [
        ("PC-b", "cleared", True),
        ("old-a", "cleared", True),
    ]
    assert set(outcome.told.values()) == {Told("clear", NOW)}


def test_the_overlay_is_believed_and_not_the_snapshot_below_it(told: Path) -> None:
    world = World(
        [pc("a", blocker()), pc("b")],
        overlay=[pc("a"), pc("b", blocker(since=NOW))],
        told=write_told(told, blocked(key("a"))),
    )
    assert world.outcome().words == {key("a"): "cleared", key("b"): "raised"}


def test_a_held_blocker_is_no_all_clear(told: Path) -> None:
    file = write_told(told, blocked(key("a")))
    assert World([pc("a", blocker(held=True))], told=file).outcome().words == {}


def test_a_clear_word_is_forgotten_after_the_flap_window(told: Path) -> None:
    day = timedelta(hours=24)
    file = write_told(told, clear(key("a"), at=NOW - day) | clear(key("b"), at=NOW - day + HOUR))
    assert set(World([], told=file).outcome().told) == {key("b")}


def test_capabilities_of_one_reason_share_a_line_that_dates_from_the_first(told: Path) -> None:
    device = pc(
        "a",
        blocker(capability="first_sign_in_restore", since=NOW - HOUR, first_seen=WEEK_AGO),
        blocker(capability="backup", since=NOW - 2 * HOUR, first_seen=WEEK_AGO),
        blocker(POLICY, since=NOW - HOUR),
        blocker("retired_reason"),
    )
    lines = World([device], told=write_told(told, {})).outcome().lines
    assert [(line.reason, line.change, line.severity) for line in lines] == [
        (BUILD, "reopened", "high"),
        ("retired_reason", "raised", "medium"),
        (POLICY, "raised", "medium"),
    ]
    assert lines[0].capabilities == ("backup", "first_sign_in_restore")
    assert (lines[0].first_seen, lines[0].since) == (WEEK_AGO, NOW - 2 * HOUR)


def test_groups_name_the_longest_open_devices_first_and_those_without_a_name_last(
    told: Path,
) -> None:
    world = World(
        [
            pc("a", blocker(), name=None),
            pc("b", blocker(), name="PC-2"),
            pc("c", blocker(), name="PC-1"),
            pc("d", blocker(since=WEEK_AGO - HOUR), name="PC-3"),
            pc("e", blocker(POLICY)),
        ],
        told=write_told(told, blocked(key("f"))),
    )
    groups = world.compose(lambda difference: difference.groups(3))
    assert [(g.reason, g.change, g.severity, g.devices) for g in groups] == [
        (BUILD, "raised", "high", 4),
        (POLICY, "raised", "medium", 1),
        (BUILD, "cleared", "high", 1),
    ]
    assert [line.device for line in groups[0].examples] == ["d", "c", "b"]


def test_counts_tell_who_has_which_words_due(told: Path) -> None:
    world = World(
        [
            *many("ab", blocker(), blocker(capability="restore"), blocker(POLICY)),
            pc("c", blocker(), model="other"),
            pc("d", model="other"),
            pc("e", blocker()),
        ],
        told=write_told(told, blocked(key("d"), key("e"), key("e", capability="restore"))),
    )
    assert world.compose(Difference.counts) == Counts(
        fleet=5,
        alike=(
            Alike(frozenset({(POLICY, "raised"), (BUILD, "raised")}), 2),
            Alike(frozenset({(BUILD, "cleared")}), 2),
            Alike(frozenset({(BUILD, "raised")}), 1),
        ),
        told={BUILD: 2},
        model=ModelShare("21HM", 3, 3),
    )


def test_what_a_storm_holds_stays_untold_and_due(told: Path, tmp_path: Path) -> None:
    file = write_told(told, blocked(key("b")))
    devices = [pc("a", blocker(), blocker(POLICY)), pc("b")]
    calm = World(devices, told=file).outcome(lambda d: d.hold(frozenset({BUILD})))
    assert calm.words == {key("a", POLICY): "raised"}
    assert calm.told == blocked(key("b")) | blocked(key("a", POLICY), at=NOW)
    after = World(devices, told=calm.stored(tmp_path)).outcome()
    assert after.words == {key("a"): "raised", key("b"): "cleared"}


def test_nothing_is_due_in_an_empty_fleet() -> None:
    assert World().compose(Difference.counts) == Counts(fleet=0)
    assert World().compose(Difference.devices) == 0
    assert World(of_old=True).outcome().lines == ()


def test_a_snapshot_of_old_without_succession_is_compared_as_well(told: Path) -> None:
    world = World([pc("a", blocker())], told=write_told(told, {}), of_old=True)
    assert world.outcome().words == {key("a"): "raised"}


@pytest.mark.parametrize(
    ("scopes", "exempt"),
    [
        ({"device": "pc-A"}, "a"),
        ({"device": "A"}, "a"),
        ({"device": "sA"}, "a"),
        ({"device": "PC-a", "reason_code": EDITION}, ""),
        ({"device": "PC-a", "category": "kiosk"}, ""),
        ({"category": "KIOSK"}, "bc"),
        ({"category": "kiosk", "model": "x1"}, "c"),
        ({"profile": "Lab", "reason_code": BUILD}, "d"),
        ({"model": "x1", "reason_code": EDITION}, ""),
        ({"model": "x1", "expires": TODAY - timedelta(days=1)}, ""),
        ({"model": "x1", "expires": TODAY}, "c"),
    ],
)
def test_an_exempt_device_is_counted_and_not_told(
    told: Path, scopes: dict[str, object], exempt: str
) -> None:
    fleet = [
        pc("a", blocker()),
        pc("b", blocker(), category="Kiosk"),
        pc("c", blocker(), category="Kiosk", model="X1"),
        pc("d", blocker(), profile="lab"),
    ]
    world = World(fleet, told=write_told(told, {}), exemptions=[exemption(**scopes)])
    assert world.compose(Difference.exempt) == len(exempt)
    assert {id for id, *_ in world.outcome().words} == set("abcd") - set(exempt)


def test_what_was_told_before_it_was_exempt_is_cleared_all_the_same(told: Path) -> None:
    exempted: Sequence[Exemption] = [exemption(device="a"), exemption(device="b")]
    file = write_told(told, blocked(key("a"), key("b")))
    outcome = World([pc("a", blocker()), pc("b")], told=file, exemptions=exempted).outcome()
    assert outcome.words == {key("b"): "cleared"}
    assert outcome.told[key("a")] == Told("blocked", WEEK_AGO)


class TestEnrolledAgain:
    """What was told of a device counts for the enrolment that carries on its history."""

    def test_nothing_is_said_while_the_blocker_stands(self, told: Path) -> None:
        file = write_told(told, blocked(key("p")))
        outcome = World([pc("n", blocker(), succeeds="p")], told=file).outcome()
        assert (outcome.words, outcome.told) == ({}, blocked(key("n")))

    def test_its_all_clear_is_said_of_the_new_enrolment(self, told: Path) -> None:
        file = write_told(told, blocked(key("p")))
        [line] = World([pc("n", succeeds="p")], told=file).outcome().lines
        assert (line.device, line.name, line.change, line.gone) == ("n", "PC-n", "cleared", False)

    def test_an_old_enrolment_that_lingers_says_nothing_of_its_own(self, told: Path) -> None:
        file = write_told(told, blocked(key("p")))
        lingering = [pc("p", blocker(), blocker(EDITION), succeeded_by="n"), pc("n", blocker())]
        outcome = World(lingering, told=file).outcome()
        assert (outcome.words, outcome.told) == ({}, blocked(key("n")))

    def test_it_may_have_happened_twice_since_the_last_digest(self, told: Path) -> None:
        file = write_told(told, blocked(key("p")))
        overlay = [
            pc("p", gone=True, succeeded_by="n"),
            pc("n", gone=True, succeeds="p", succeeded_by="m"),
            pc("m", blocker(), succeeds="n"),
        ]
        outcome = World([pc("p", blocker())], overlay, file).outcome()
        assert (outcome.words, outcome.told) == ({}, blocked(key("m")))

    def test_only_the_last_enrolment_carries_on_where_all_of_them_linger(self, told: Path) -> None:
        file = write_told(told, blocked(key("p")))
        lingering = [
            pc("p", blocker(), succeeded_by="a"),
            pc("a", blocker(), succeeds="p", succeeded_by="m"),
            pc("m", blocker(), succeeds="a"),
        ]
        outcome = World(lingering, told=file).outcome()
        assert (outcome.words, outcome.told) == ({}, blocked(key("m")))

    def test_an_old_id_that_took_back_its_history_carries_on_beside_the_newer_one(
        self, told: Path
    ) -> None:
        file = write_told(told, blocked(key("n")))
        both = [pc("n", blocker(), succeeds="p", succeeded_by="p"), pc("p", succeeds="n")]
        assert World(both, told=file).outcome().words == {key("p"): "cleared"}

    def test_a_device_that_comes_back_under_its_old_id_carries_on_itself(self, told: Path) -> None:
        file = write_told(told, blocked(key("p"), key("n", EDITION)))
        overlay = [
            pc("p", blocker(), blocker(EDITION)),
            pc("n", gone=True, succeeds="p", succeeded_by="p"),
        ]
        outcome = World([pc("n", succeeds="p")], overlay, file).outcome()
        assert (outcome.words, set(outcome.told)) == ({}, {key("p"), key("p", EDITION)})

    def test_when_all_enrolments_are_gone_the_one_that_was_told_is_cleared(
        self, told: Path
    ) -> None:
        overlay = [pc("p", gone=True, succeeded_by="n"), pc("n", gone=True)]
        outcome = World([], overlay, write_told(told, blocked(key("p")))).outcome()
        assert outcome.words == {key("p"): "cleared"}

    def test_the_last_word_said_of_either_counts(self, told: Path) -> None:
        both: dict[Key, Told] = blocked(key("p")) | clear(key("n"), at=NOW - HOUR)
        world = World([pc("n", blocker(), succeeds="p")], told=write_told(told, both))
        assert world.outcome().words == {}
        assert world.outcome().told == clear(key("n"), at=NOW - HOUR)
