from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.tenant.archetypes import ARCHETYPES
from local.tenant.fleet import Fleet
from local.tenant.looks import batches
from local.tenant.names import BLOCKS, Names
from local.tenant.tenant import SimulatedTenant
from local.tenant.truth import Truth

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize("devices", [1, 31, 2_000, 5_000])
def test_names_ascend_with_the_index(devices: int) -> None:
    fleet = Fleet(2026, devices, TODAY)
    names = [fleet.name(i) for i in range(devices + 3)]
    assert names == sorted(set(names))


@given(st.integers(1, 1_000_000), st.data())
@settings(max_examples=100)
def test_names_ascend_in_fleets_of_any_size(devices: int, data: st.DataObject) -> None:
    names = Names(devices)
    index = data.draw(st.integers(0, devices))
    draws = data.draw(st.tuples(st.integers(0, 4_095), st.integers(0, 4_095)))
    assert names.of(index, draws[0]) < names.of(index + 1, draws[1])


def test_a_fleet_has_names_in_every_script_of_the_list() -> None:
    fleet = Fleet(2026, 2_000, TODAY)
    names = [fleet.name(i) for i in range(2_000)]
    assert all(any(name.startswith(prefix) for name in names) for prefix, _ in BLOCKS)
    assert any("\u202e" in name for name in names)
    assert any(name.endswith(" ") for name in names)
    assert max(map(len, names)) > 200


def test_a_device_is_the_same_however_often_it_is_computed() -> None:
    first, second = Fleet(5, 100, TODAY), Fleet(5, 100, TODAY)
    assert [first.device(i) for i in range(100)] == [second.device(i) for i in range(100)]
    assert first.device(3) != Fleet(6, 100, TODAY).device(3)


def test_any_two_thousand_devices_hold_every_look_of_every_archetype() -> None:
    fleet = Fleet(99, 1_000_000, TODAY)
    looks = [fleet.look(i) for i in range(500_000, 502_000)]
    assert {id(look) for look in looks} == {id(look) for look in batches(99)}
    assert {id(look.kind) for look in looks} == {id(archetype) for archetype in ARCHETYPES}


@pytest.mark.parametrize("devices", [2_000, 20_000])
@pytest.mark.parametrize("seed", [1, 2026])
def test_a_fleet_of_any_size_has_several_hundred_distinct_facts(seed: int, devices: int) -> None:
    facts = Truth(SimulatedTenant(seed=seed, devices=devices)).count()
    assert 300 < len(facts) < 600
    assert max(facts.values()) > devices / 50


def test_a_million_devices_have_the_facts_of_a_small_fleet_and_few_more() -> None:
    truth = Truth(SimulatedTenant(devices=1_000_000))
    sampled = {truth.of(index) for index in range(0, 1_000_000, 97)}
    assert 300 < len(sampled) < 600


def test_a_few_looks_make_up_most_of_a_fleet_and_many_are_rare() -> None:
    fleet = Fleet(2026, 2_000, TODAY)
    shares = [n for _, n in Counter(id(fleet.look(i)) for i in range(2_000)).most_common()]
    assert sum(shares[: len(shares) // 8]) > 1_000
    assert sum(share < 5 for share in shares) > 100


def test_a_page_of_a_thousand_devices_has_a_hundred_to_some_three_hundred_facts() -> None:
    truth = Truth(SimulatedTenant(devices=1_000_000))
    for start in (0, 333_000, 999_000):
        assert 100 < len({truth.of(start + n) for n in range(1_000)}) < 350


@pytest.mark.parametrize("seed", [1, 2, 2026])
def test_two_thousand_devices_hold_every_version_edition_and_make(seed: int) -> None:
    fleet = Fleet(seed, 2_000, TODAY)
    looks = [fleet.look(i) for i in range(2_000)]
    assert {look.version for look in looks} == {v for kind in ARCHETYPES for v in kind.versions}
    assert {look.sku for look in looks} == {sku for kind in ARCHETYPES for sku in kind.skus}
    assert {look.make for look in looks} == {make for kind in ARCHETYPES for make in kind.makes}


def test_two_thousand_devices_mix_what_is_read_with_what_is_missing() -> None:
    fleet = Fleet(2026, 2_000, TODAY)
    devices = [fleet.device(i) for i in range(2_000)]
    joins = Counter(repr(d.join_type) for d in devices)
    assert {"'azureADJoined'", "'hybridAzureADJoined'", "'unknown'", "None", "UNSET"} <= set(joins)
    assert any(d.listed_sku == 0 and d.sku_number == 4 for d in devices)
    assert any(d.listed_sku is None and d.sku_number == 48 for d in devices)
    assert {"iOS", "Android", "macOS"} <= {d.operating_system for d in devices}


def test_devices_that_came_together_are_in_the_same_device_groups() -> None:
    tenant = SimulatedTenant(devices=20_000)
    groups = [group.key for group in tenant.scenario.groups if group.of == "devices"]
    memberships: dict[int, set[tuple[bool, ...]]] = {}
    for index in range(20_000):
        picked = tuple(tenant.membership.picks(group, index) for group in groups)
        memberships.setdefault(tenant.fleet.wave(index), set()).add(picked)
    assert all(len(picked) == 1 for picked in memberships.values())
    assert len(set().union(*memberships.values())) > 10
