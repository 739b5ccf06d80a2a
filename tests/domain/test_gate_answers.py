"""Gates hold on what is known, say what they saw, and never keep anybody from switching off."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, structs

from shared.domain.change_window import read_window
from shared.domain.clouds import UNSUPPORTED, Cloud
from shared.domain.gate_answers import READINESS, gate_answers, passed
from shared.domain.gates import (
    GATES,
    IMPASSABLE,
    BackupReach,
    Fleet,
    GateAnswer,
    GateName,
    GateTerms,
    Observed,
    Question,
)
from shared.domain.restore_value import RestoreState

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
OFFICE = read_window("Mon-Fri 09:00-17:00")
NEVER_NOW = read_window("Sat 09:00-17:00")
SWITCH_ON, SWITCH_OFF = Question("enabled"), Question("disabled")
STRICT = GateTerms(change_window=OFFICE)
ALL_OFF = GateTerms(
    cloud=False,
    last_sweep=None,
    eligible_share=None,
    backup_reach=None,
    quality_updates=False,
    change_window=None,
    cool_down=None,
    no_storm=False,
)


def fleet(**differing: Any) -> Fleet:
    values: dict[str, Any] = {
        "sweep": "20261123T020000Z",
        "started": NOW - 8 * HOUR,
        "devices": 1000,
        "eligible": 800,
        "ineligible": 150,
        "unknown": 50,
        "backup": BackupReach(800, 700, 20),
    }
    return Fleet(**(values | differing))


def seen(**differing: Any) -> Observed:
    """Build what the gates look at where all is well."""
    values: dict[str, Any] = {
        "settings": 1,
        "last_modified": NOW - 48 * HOUR,
        "cloud": "commercial",
        "fleet": fleet(),
        "status_pages_off": (),
    }
    return Observed(**(values | differing))


def answer(
    gate: GateName,
    observed: Observed,
    terms: GateTerms = STRICT,
    question: Question = SWITCH_ON,
) -> GateAnswer:
    return next(a for a in gate_answers(terms, observed, question, NOW) if a.gate == gate)


def stopping(answers: tuple[GateAnswer, ...]) -> list[GateName]:
    return [each.gate for each in answers if each.stops]


UNKNOWN: dict[GateName, Observed] = {
    "cloud": seen(cloud=UNSET),
    "one_setting": seen(settings=UNSET),
    "last_sweep": seen(fleet=None),
    "eligible_share": seen(fleet=None),
    "backup_reach": seen(fleet=fleet(backup=None)),
    "quality_updates": seen(status_pages_off=UNSET),
    "cool_down": seen(last_modified=UNSET),
}
"""For each gate what it needs to know, not known; the clock and the storm always are."""

counts = st.integers(0, 50)
reaches = st.builds(
    lambda reached, unknown, no: BackupReach(reached + unknown + no, reached, unknown),
    counts, counts, counts,
)  # fmt: skip
fleets = st.builds(
    lambda eligible, rest, hours, backup: fleet(
        devices=eligible + rest, eligible=eligible, started=NOW - hours * HOUR, backup=backup
    ),
    counts, counts, st.integers(0, 100), st.none() | reaches,
)  # fmt: skip
anything = st.builds(
    Observed,
    settings=st.sampled_from([UNSET, 0, 1, 2]),
    wrong=st.none() | st.just("Graph answered 403"),
    last_modified=st.just(UNSET) | st.integers(-5, 200).map(lambda hours: NOW - hours * HOUR),
    cloud=st.sampled_from([UNSET, *get_args(Cloud)]),
    fleet=st.none() | fleets,
    last_sweep_wrong=st.none() | st.just("it is partial"),
    status_pages_off=st.sampled_from([UNSET, (), ("Pilot",)]),
    storm=st.none() | st.just("400 devices changed at once"),
)
terms = st.builds(
    GateTerms,
    cloud=st.booleans(),
    last_sweep=st.none() | st.integers(1, 100).map(lambda hours: hours * HOUR),
    eligible_share=st.none() | st.integers(1, 100).map(lambda percent: percent / 100),
    backup_reach=st.none() | st.integers(1, 100).map(lambda percent: percent / 100),
    quality_updates=st.booleans(),
    change_window=st.sampled_from([None, OFFICE, NEVER_NOW]),
    cool_down=st.none() | st.integers(1, 100).map(lambda hours: hours * HOUR),
    no_storm=st.booleans(),
)
questions = st.builds(Question, st.sampled_from(get_args(RestoreState)), st.booleans())


def test_all_gates_hold_where_all_is_well() -> None:
    answers = gate_answers(STRICT, seen(), SWITCH_ON, NOW)
    assert tuple(each.gate for each in answers) == GATES
    assert {each.state for each in answers} == {"holds"}
    assert {each.do for each in answers} == {None}


@pytest.mark.parametrize(("gate", "observed"), UNKNOWN.items())
def test_what_is_not_known_fails(gate: GateName, observed: Observed) -> None:
    found = answer(gate, observed)
    assert (found.state, found.observed) == ("fails", "unknown")
    assert found.do


def test_nothing_known_fails_every_gate_that_needs_to_know() -> None:
    failing = stopping(gate_answers(STRICT, Observed(), SWITCH_ON, NOW))
    assert failing == [gate for gate in GATES if gate in UNKNOWN]


@pytest.mark.parametrize("cloud", get_args(Cloud))
def test_the_cloud_has_to_have_the_feature(cloud: Cloud) -> None:
    found = answer("cloud", seen(cloud=cloud))
    assert found.state == ("fails" if cloud in UNSUPPORTED else "holds")
    assert found.observed == cloud
    assert UNSUPPORTED.get(cloud, cloud) in found.says


@pytest.mark.parametrize("count", [0, 2])
def test_there_is_exactly_one_setting(count: int) -> None:
    found = answer("one_setting", seen(settings=count))
    assert found.state == "fails"
    assert found.says == f"There is not clearly one restore setting: {count} were found."
    assert (found.observed, found.required) == (str(count), "exactly 1")


def test_what_is_wrong_with_the_setting_is_said() -> None:
    found = answer("one_setting", seen(wrong="Graph returned 2 restore settings."))
    assert found.state == "fails"
    assert found.says.endswith("Graph returned 2 restore settings.")


@pytest.mark.parametrize(
    ("age", "state", "observed"),
    [
        (timedelta(), "holds", "complete, 0 h old"),
        (36 * HOUR - timedelta(seconds=1), "holds", "complete, 35 h 59 min old"),
        (36 * HOUR, "fails", "complete, 36 h old"),
        (-HOUR, "holds", "complete, 0 h old"),
        (4000 * HOUR, "fails", "complete, 166 days old"),
    ],
)
def test_the_last_sweep_has_to_be_younger_than_the_limit(
    age: timedelta, state: str, observed: str
) -> None:
    found = answer("last_sweep", seen(fleet=fleet(started=NOW - age)))
    assert (found.state, found.observed) == (state, observed)
    assert found.required == "complete, and less than 36 h old"


def test_a_sweep_that_did_not_complete_is_none_however_young_the_one_before() -> None:
    found = answer("last_sweep", seen(last_sweep_wrong="20261123T080000Z is partial (2 pages)."))
    assert (found.state, found.observed) == ("fails", "20261123T080000Z is partial (2 pages)")
    assert found.says == (
        "The last sweep did not complete: 20261123T080000Z is partial (2 pages)."
        " The last complete one is 8 h old."
    )


@pytest.mark.parametrize(
    ("eligible", "devices", "share", "state", "observed"),
    [
        (500, 1000, 0.5, "holds", "50 %"),
        (499, 1000, 0.5, "fails", "49.9 %"),
        (49_999, 100_000, 0.5, "fails", "49.9 %"),
        (7, 100, 0.07, "holds", "7 %"),
        (57, 100, 0.57, "holds", "57 %"),
        (3, 3, 1.0, "holds", "100 %"),
        (0, 3, 0.01, "fails", "0 %"),
        (0, 0, 0.01, "fails", "no devices"),
    ],
)
def test_a_share_of_the_fleet_has_to_be_eligible(
    eligible: int, devices: int, share: float, state: str, observed: str
) -> None:
    counted = seen(fleet=fleet(eligible=eligible, devices=devices))
    found = answer("eligible_share", counted, GateTerms(eligible_share=share))
    assert (found.state, found.observed) == (state, observed)
    assert found.required == f"at least {share * 100:g} %"


def test_shares_are_said_with_their_figures() -> None:
    few = seen(fleet=fleet(eligible=1200, devices=2500, backup=BackupReach(1200, 1, 1)))
    assert answer("eligible_share", few).says == (
        "Eligible for restore are 1,200 of 2,500 devices, 48 %; needed is at least 50 %."
    )
    assert answer("backup_reach", few).says == (
        "Backup is on for 1 of 1,200 devices eligible for restore, 0 %; needed is at least 50 %."
        " For 1 device it is not known, which does not count."
    )


@pytest.mark.parametrize(
    ("reach", "state", "observed"),
    [
        (BackupReach(800, 400, 0), "holds", "50 %"),
        (BackupReach(800, 399, 401), "fails", "49.8 %"),
        (BackupReach(0, 0, 0), "fails", "no eligible devices"),
    ],
)
def test_backup_has_to_be_on_for_a_share_of_the_eligible(
    reach: BackupReach, state: str, observed: str
) -> None:
    found = answer("backup_reach", seen(fleet=fleet(backup=reach)))
    assert (found.state, found.observed) == (state, observed)
    assert (found.do is not None) == (state == "fails")


def test_status_pages_without_quality_updates_are_named() -> None:
    found = answer("quality_updates", seen(status_pages_off=("All users", "Pilot")))
    assert (found.state, found.observed) == ("fails", "off in All users, Pilot")
    many = answer("quality_updates", seen(status_pages_off=tuple("ABCDEFG")))
    assert many.observed == "off in A, B, C, D, E and 2 more"


@pytest.mark.parametrize("question", [SWITCH_ON, SWITCH_OFF, Question("enabled", back=True)])
def test_outside_the_change_window_nothing_is_changed(question: Question) -> None:
    outside = GateTerms(change_window=NEVER_NOW)
    found = answer("change_window", seen(), outside, question)
    assert found.state == "fails"
    assert found.says == "It is Mon 10:00 UTC, which is outside the hours Sat 09:00-17:00 UTC."
    assert answer("change_window", seen(), STRICT, question).state == "holds"


@pytest.mark.parametrize(
    ("since", "state", "observed"),
    [
        (24 * HOUR, "holds", "24 h after the last change"),
        (24 * HOUR - timedelta(seconds=1), "fails", "23 h 59 min after the last change"),
        (-HOUR, "fails", "0 h after the last change"),
        (NOW - datetime(2024, 1, 9, tzinfo=UTC), "holds", "1,049 days after the last change"),
    ],
)
def test_a_change_cools_down(since: timedelta, state: str, observed: str) -> None:
    found = answer("cool_down", seen(last_modified=NOW - since))
    assert (found.state, found.observed) == (state, observed)


def test_a_cool_down_says_until_when() -> None:
    found = answer("cool_down", seen(last_modified=NOW - HOUR))
    assert found.do == "Wait until 24 Nov 2026, 09:00:00 UTC."
    future = datetime.max.replace(tzinfo=UTC)
    assert answer("cool_down", seen(last_modified=future)).state == "fails"


@pytest.mark.parametrize("after", get_args(RestoreState))
def test_the_way_back_does_not_wait_for_the_cool_down(after: RestoreState) -> None:
    just_now = seen(last_modified=NOW)
    back = answer("cool_down", just_now, question=Question(after, back=True))
    assert back.state == "not_asked"
    assert answer("cool_down", just_now, question=Question(after)).state == "fails"


def test_nothing_is_changed_in_a_storm() -> None:
    found = answer("no_storm", seen(storm="400 devices changed at once"))
    assert found.state == "fails"
    assert found.says == "A storm of changes is in progress: 400 devices changed at once."


@pytest.mark.parametrize("after", ["disabled", "notConfigured"])
def test_a_gate_that_is_not_asked_says_why_and_what_it_saw(after: RestoreState) -> None:
    found = answer("eligible_share", seen(fleet=fleet(eligible=0)), question=Question(after))
    assert found.state == "not_asked"
    assert found.says == "This is asked only before the restore page is switched on."
    assert (found.observed, found.required, found.do) == ("0 %", "at least 50 %", None)


def test_named_gates_are_passed_where_they_failed_and_nowhere_else() -> None:
    answers = gate_answers(STRICT, Observed(), SWITCH_ON, NOW)
    named: tuple[GateName, ...] = ("cloud", "change_window")
    after = passed(answers, named)
    assert [each.gate for each in after if each.passed] == ["cloud"]
    assert set(stopping(answers)) - set(stopping(after)) == {"cloud"}
    assert passed(answers, ()) == answers


def test_nobody_passes_a_gate_behind_which_there_is_nothing_to_write() -> None:
    everything = passed(gate_answers(STRICT, Observed(), SWITCH_ON, NOW), GATES)
    assert stopping(everything) == list(IMPASSABLE)


@given(anything, terms, questions)
def test_every_gate_is_answered_once_in_order_and_in_sentences(
    observed: Observed, given_terms: GateTerms, question: Question
) -> None:
    answers = gate_answers(given_terms, observed, question, NOW)
    assert tuple(each.gate for each in answers) == GATES
    for each in answers:
        assert each.says.endswith(".")
        assert (each.do is not None) == (each.state == "fails")
        assert (each.observed is None) == (each.required is None) == (each.state == "off")


@given(anything, terms)
def test_what_is_not_known_never_holds(observed: Observed, given_terms: GateTerms) -> None:
    blind = structs.replace(
        observed,
        settings=UNSET,
        last_modified=UNSET,
        cloud=UNSET,
        fleet=None,
        status_pages_off=UNSET,
    )
    for each in gate_answers(given_terms, blind, SWITCH_ON, NOW):
        assert each.gate not in UNKNOWN or each.state in ("fails", "off")


@given(anything, questions)
def test_a_gate_that_is_off_never_stops(observed: Observed, question: Question) -> None:
    one_setting = structs.replace(observed, settings=1, wrong=None)
    assert stopping(gate_answers(ALL_OFF, one_setting, question, NOW)) == []


@given(anything, terms, st.sampled_from(["disabled", "notConfigured"]), st.booleans())
def test_switching_off_is_never_stopped_by_readiness(
    observed: Observed, given_terms: GateTerms, after: RestoreState, back: bool
) -> None:
    answers = gate_answers(given_terms, observed, Question(after, back), NOW)
    assert READINESS.isdisjoint(stopping(answers))


@given(anything, terms, terms)
def test_a_stricter_threshold_lets_nothing_more_through(
    observed: Observed, one: GateTerms, other: GateTerms
) -> None:
    def tighter(least: Any, a: Any, b: Any) -> Any:
        return least((each for each in (a, b) if each is not None), default=None)

    strict = structs.replace(
        one,
        last_sweep=tighter(min, one.last_sweep, other.last_sweep),
        eligible_share=tighter(max, one.eligible_share, other.eligible_share),
        backup_reach=tighter(max, one.backup_reach, other.backup_reach),
        cool_down=tighter(max, one.cool_down, other.cool_down),
        cloud=one.cloud or other.cloud,
        quality_updates=one.quality_updates or other.quality_updates,
        no_storm=one.no_storm or other.no_storm,
    )
    lenient = gate_answers(one, observed, SWITCH_ON, NOW)
    assert set(stopping(lenient)) <= set(stopping(gate_answers(strict, observed, SWITCH_ON, NOW)))
