"""An exemption holds for what it names, until it ends, and says what is wrong with it."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.domain.exemption import (
    ANNOUNCED,
    LONGEST_EXEMPTION,
    SCOPES,
    Exemption,
    ended,
    expiring,
    faults,
    matches,
    named,
)
from tests.telling_builders import REASON, TODAY, exemption, record, unscoped

KNOWN = {REASON, "join_type_unsupported"}
DAY = timedelta(days=1)

names = st.sampled_from(["Kiosk", "KIOSK", "kiosk ", "Straße", "STRASSE", "İ", "i", ""])
maybe = st.none() | names


def told(wrong: Exemption) -> list[str]:
    return [str(fault) for fault in faults(wrong, KNOWN)]


@pytest.mark.parametrize(
    "device", ["00259F92-0000-4000-8000-000000000001", "nyc-lt-1", "5cg1234xyz"]
)
def test_a_device_is_named_by_id_name_or_serial_in_any_case(device: str) -> None:
    assert matches(exemption(device=device), record(), REASON, TODAY)


@pytest.mark.parametrize("device", ["NYC-LT", "NYC-LT-11", "Kiosk", "5CG1234XYZ "])
def test_a_device_is_never_named_by_a_part_or_by_something_else(device: str) -> None:
    assert not matches(exemption(device=device), record(), REASON, TODAY)


@pytest.mark.parametrize("scope", ["category", "profile", "model"])
def test_every_other_scope_is_compared_whole_and_in_any_case(scope: str) -> None:
    value = getattr(record(), scope)
    assert matches(unscoped(**{scope: value.upper()}), record(), REASON, TODAY)
    assert not matches(unscoped(**{scope: value[:-1]}), record(), REASON, TODAY)
    assert not matches(unscoped(**{scope: value}), record(**{scope: None}), REASON, TODAY)


def test_all_scopes_given_must_hold() -> None:
    both = exemption(category="Kiosk")
    assert matches(both, record(), REASON, TODAY)
    assert not matches(both, record(category="Desk"), REASON, TODAY)
    assert not matches(both, record(name="another"), REASON, TODAY)


def test_another_reason_is_not_exempt_unless_all_are() -> None:
    assert not matches(exemption(), record(), "another", TODAY)
    assert matches(exemption(reason_code=None), record(), "another", TODAY)


def test_it_holds_to_the_end_of_its_last_day() -> None:
    last = exemption().expires
    assert matches(exemption(), record(), REASON, last)
    assert not matches(exemption(), record(), REASON, last + DAY)


@given(st.dictionaries(st.sampled_from(SCOPES), names, min_size=1), st.lists(maybe, min_size=4))
def test_several_scopes_hold_when_each_of_them_does(
    scopes: dict[str, str], found: list[str | None]
) -> None:
    device = record(**dict(zip(("name", "category", "profile", "model"), found, strict=False)))
    each = [matches(unscoped(**{scope: scopes[scope]}), device, REASON, TODAY) for scope in scopes]
    assert matches(unscoped(**scopes), device, REASON, TODAY) == all(each)


def test_those_that_end_within_a_week_are_announced_the_soonest_first() -> None:
    ends = [TODAY + ANNOUNCED + DAY, TODAY + ANNOUNCED, TODAY, TODAY - DAY]
    every = [exemption(id=str(n), expires=end) for n, end in enumerate(ends)]
    assert [each.id for each in expiring(every, TODAY)] == ["2", "1"]


def test_a_sound_exemption_has_no_faults() -> None:
    assert told(exemption()) == []
    assert told(unscoped(category="Kiosk", reason_code=None)) == []
    assert told(exemption(expires=TODAY)) == []
    assert told(exemption(expires=TODAY + LONGEST_EXEMPTION)) == []


@pytest.mark.parametrize(
    ("differing", "said"),
    [
        ({"id": " "}, "id is empty"),
        ({"owner": ""}, "owner is empty"),
        ({"why": "\t"}, "why is empty"),
        ({"model": ""}, "model is empty"),
        ({"device": "*"}, "device holds a *"),
        ({"device": None}, "device is missing: name a device, category, profile or model"),
        ({"reason_code": "os_build_to_old"}, "reason_code is not known: did you mean 'os_build"),
        ({"expires": TODAY - DAY}, "expires is before created, 2026-11-22"),
        ({"expires": date(2027, 11, 24)}, "created: 2027-11-23 at the latest"),
    ],
)
def test_each_fault_is_told_with_its_field(differing: dict[str, Any], said: str) -> None:
    (fault,) = told(exemption(**differing))
    assert said in fault


def test_all_faults_are_told_at_once() -> None:
    wrong = unscoped(owner="", why="", reason_code="x", expires=TODAY - DAY)
    assert [fault.split()[0] for fault in told(wrong)] == [
        *("owner", "why", "device", "reason_code", "expires"),
    ]


def test_every_scope_is_asked_about() -> None:
    assert set(SCOPES) == set(unscoped(**dict.fromkeys(SCOPES, "x")).scopes())


def test_an_id_is_short_and_follows_from_what_the_exemption_says() -> None:
    first, second = named(exemption(), ()), named(exemption(id="other"), ())
    assert first == second
    assert len(first.id) == 8
    assert named(exemption(why="other"), ()).id != first.id


def test_the_same_exemption_keeps_its_id_and_another_one_never_gets_it() -> None:
    first = named(exemption(), ())
    assert named(exemption(), [first]) == first
    again = named(exemption(), [ended(first, TODAY)])
    assert again.id != first.id
    assert replace(again, id=first.id) == first


def test_one_that_is_ended_holds_for_the_rest_of_the_day_and_says_why() -> None:
    over = ended(exemption(), TODAY, "the device was replaced")
    assert over.expires == TODAY
    assert over.why == ("It is replaced in spring. (ended on 2026-11-22: the device was replaced)")
    assert ended(exemption(), TODAY).why.endswith("(ended on 2026-11-22)")
    assert ended(over, TODAY, "again") == over
    assert ended(over, TODAY + DAY) == over
