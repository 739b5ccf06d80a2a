"""Judging a page: the same answers as judging each device by itself, written once each."""

from functools import cache
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from shared.domain.assessment import Assessment
from shared.domain.editions import EDITIONS
from shared.domain.guid_set import GuidSet
from shared.domain.managed_device import ManagedDevice
from shared.domain.packing import unpack
from shared.domain.reach import Reach, facts_of
from shared.domain.sweep import Throttling
from shared.domain.tenant import Outcome, Policy, Target, TenantReading
from shared.ports import DevicePage
from shared.use_cases.assess import assess
from shared.use_cases.judge_page import Book, page_lines
from shared.use_cases.judges import assessor_of
from tests.builders import tenant
from tests.fakes import read_lines
from tests.world import NIGHT, book, pc, pcs, record

MEMBER, STRANGER = str(UUID(int=1)), str(UUID(int=2))
SWEEP = record(reading=TenantReading(tenant(phishing_resistant_mfa=True)))


@cache
def kept() -> Book:
    """One book for all pages, as a sweep has it."""
    return book(SWEEP)


def answers(lines: bytes) -> list[Assessment]:
    """The assessment that each row of a page leads to."""
    header, rows = read_lines(lines)
    return [unpack(header.assessments[row["assessment"]], header.findings) for row in rows]


def alone(device: ManagedDevice) -> Assessment:
    """The assessment of one device, worked out without a page."""
    facts = facts_of(device, Reach(SWEEP.reading, {}).of(device))
    return assess(facts, SWEEP.reading.facts, EDITIONS[SWEEP.edition], SWEEP.as_of)


VALUES: dict[str, list[Any]] = {
    "operating_system": ["Windows", "iOS"],
    "os_version": ["10.0.26100.9550", "10.0.26100.4945", "10.0.19045.1"],
    "join_type": ["azureADJoined", "hybridAzureADJoined", "unknown"],
    "trust_type": ["AzureAd", "ServerAd"],
    "enrollment_type": ["windowsAzureADJoin", "windowsCoManagement"],
    "management_agent": ["mdm", "configurationManagerClientMdm"],
    "autopilot_enrolled": [False, True],
    "sku_number": [4, 101, 0],
    "sku_family": ["Enterprise", "Home", ""],
    "user_name": ["someone@contoso.example", ""],
    "manufacturer": ["Microsoft Corporation", "LENOVO"],
    "model": ["Virtual Machine", "21HM"],
}

devices = st.builds(
    pc,
    st.sampled_from("abcdef"),
    **{
        field: st.sampled_from([values[0], *values, None, UNSET])
        for field, values in VALUES.items()
    },
)


@given(st.lists(devices, max_size=8))
@settings(max_examples=150, deadline=None)
def test_a_page_says_of_each_device_what_judging_it_alone_says(page: list[ManagedDevice]) -> None:
    lines = page_lines(1, DevicePage(page), kept(), user_names=True, read_at=NIGHT)
    assert answers(lines) == [alone(device) for device in page]


@pytest.mark.parametrize("field", VALUES)
def test_devices_that_differ_in_one_value_only_are_told_apart(field: str) -> None:
    usual = {name: values[0] for name, values in VALUES.items()} | {"join_type": "unknown"}
    page = [pc("a", **(usual | {field: value})) for value in [*VALUES[field], None, UNSET]]
    lines = page_lines(1, DevicePage(page), book(SWEEP), user_names=True, read_at=NIGHT)
    assert answers(lines) == [alone(device) for device in page]


@pytest.mark.parametrize(("field", "kind"), [("entra_device_id", "devices"), ("user_id", "users")])
def test_devices_that_differ_in_their_groups_only_are_told_apart(field: str, kind: str) -> None:
    policy = Policy("p", "P", "EnableWindowsBackup", "enabled", (Target("group", "g"),))
    sets = {"group-devices-g": GuidSet(), "group-users-g": GuidSet()}
    reach = Reach(
        TenantReading(tenant(), backup_policies=(policy,)),
        sets | {f"group-{kind}-g": GuidSet([MEMBER])},
    )
    page = [pc("a", **{field: id}) for id in (MEMBER, STRANGER, "", UNSET)]
    judging = Book(assessor_of(SWEEP), reach)
    found = answers(page_lines(1, DevicePage(page), judging, user_names=True, read_at=NIGHT))
    assert [answer.backup.ready for answer in found] == ["yes", "no", "no", "unknown"]


def test_devices_that_differ_in_their_autopilot_history_only_are_told_apart() -> None:
    reading = TenantReading(tenant(), outcomes=(Outcome("autopilot_events", "complete"),))
    reach = Reach(reading, {"event-devices-offlineDomainJoined": GuidSet([MEMBER])})
    page = DevicePage([pc(MEMBER), pc(STRANGER)])
    header, [first, second] = read_lines(
        page_lines(1, page, Book(assessor_of(SWEEP), reach), user_names=True, read_at=NIGHT)
    )
    assert first["assessment"] != second["assessment"]
    assert len(header.assessments) == 2


@given(st.lists(devices, max_size=6))
@settings(max_examples=30, deadline=None)
def test_a_book_that_may_remember_little_gives_the_same_answers(page: list[ManagedDevice]) -> None:
    forgetful = Book(assessor_of(SWEEP), Reach(SWEEP.reading, {}), remembered=1)
    lines = page_lines(1, DevicePage(page), forgetful, user_names=True, read_at=NIGHT)
    assert answers(lines) == [alone(device) for device in page]


def test_devices_of_equal_facts_share_an_assessment() -> None:
    page = DevicePage([*pcs("abc"), pc("d", os_version="10.0.19045.1")])
    header, rows = read_lines(page_lines(1, page, kept(), user_names=True, read_at=NIGHT))
    a, b, c, d = (row["assessment"] for row in rows)
    assert a == b == c != d
    assert set(header.assessments) == {a, d}


def test_the_header_keeps_what_a_repetition_and_the_summary_need() -> None:
    cost = Throttling(calls=3, throttled=2, waited=1.5)
    page = DevicePage(
        pcs("ab"), "a cursor", unreadable=("device 7 has no id",), other_platforms=4, cost=cost
    )
    header, _ = read_lines(page_lines(9, page, kept(), user_names=True, read_at=NIGHT))
    assert (header.page, header.next, header.devices) == (9, "a cursor", 2)
    assert (header.unreadable, header.other_platforms) == (("device 7 has no id",), 4)
    assert header.cost == cost
    assert header.read_at == NIGHT


def test_a_row_tells_who_the_device_is() -> None:
    page = DevicePage([pc("a", category="Office", enrollment_profile="Staff")])
    _, [row] = read_lines(page_lines(1, page, kept(), user_names=True, read_at=NIGHT))
    assert row.pop("assessment")
    assert row == {
        "id": "a",
        "name": "PC-a",
        "entra_id": "entra-a",
        "user_id": "user-a",
        "user_name": "a@contoso.example",
        "serial": "Sa",
        "manufacturer": "LENOVO",
        "model": "21HM",
        "category": "Office",
        "profile": "Staff",
        "os_version": "10.0.26100.9550",
        "enrolled": "2024-05-15T14:13:19Z",
        "last_sync": "2026-11-21T10:00:00Z",
    }


def test_users_are_not_named_where_the_settings_say_so_and_are_judged_the_same() -> None:
    page = DevicePage([pc("a"), pc("b", user_name="")])
    named = page_lines(1, page, kept(), user_names=True, read_at=NIGHT)
    nameless = page_lines(1, page, kept(), user_names=False, read_at=NIGHT)
    assert b"contoso.example" in named
    assert b"contoso.example" not in nameless
    assert answers(nameless) == answers(named)
    assert [row["name"] for row in read_lines(nameless)[1]] == ["PC-a", "PC-b"]


@pytest.mark.parametrize("name", ["x\ny", "日本 💻", 'a"b\\c', "\u2028\x00"])
def test_names_of_any_kind_stay_on_their_line(name: str) -> None:
    page = DevicePage([pc("a", device_name=name), pc("b")])
    _, rows = read_lines(page_lines(1, page, kept(), user_names=True, read_at=NIGHT))
    assert [row["name"] for row in rows] == [name, "PC-b"]


def test_a_page_without_devices_is_a_header_alone() -> None:
    header, rows = read_lines(page_lines(1, DevicePage(()), kept(), user_names=True, read_at=NIGHT))
    assert (header.devices, header.assessments, rows) == (0, {}, [])
