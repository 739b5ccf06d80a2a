from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from local.tenant.device import Device
from local.tenant.entra_log import EntraChange
from local.tenant.scenarios import BACKUP, Target
from local.tenant.tenant import SimulatedTenant
from local.tenant.truth import Truth

DEVICES = 40


def tenant() -> SimulatedTenant:
    return SimulatedTenant(devices=DEVICES)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("rename"), st.integers(0, DEVICES - 1), st.text(max_size=3)),
        st.tuples(st.just("delete"), st.integers(0, DEVICES - 1), st.just("")),
        st.tuples(st.just("add"), st.just(0), st.text(max_size=3)),
        st.tuples(st.just("enrol again"), st.integers(0, DEVICES - 1), st.sampled_from(["", "b"])),
    ),
    max_size=12,
)


@given(STEPS, st.integers(0, DEVICES))
@settings(max_examples=80, deadline=None)
def test_name_order_holds_whatever_is_renamed_added_or_deleted(
    steps: list[tuple[str, int, str]], cut: int
) -> None:
    made = tenant()
    for step, index, name in steps:
        if step == "add":
            made.add({"deviceName": name} if name else {})
        elif made.device(index) is None:
            continue
        elif step == "rename":
            made.rename(index, name)
        elif step == "enrol again":
            made.enroll_again(index, beside=bool(name))
        else:
            made.delete(index)
    expected = sorted((d.name, d.index) for d in made.devices())
    assert [(d.name, d.index) for d in made.by_name()] == expected
    for place in expected[cut : cut + 2]:
        rest = [known for known in expected if known > place]
        assert [(d.name, d.index) for d in made.by_name(place)] == rest


def test_a_renamed_device_can_go_back_to_its_first_name() -> None:
    made = tenant()
    first = made.fleet.name(5)
    made.rename(5, "zzz")
    made.rename(5, first)
    assert [d.index for d in made.by_name()] == list(range(DEVICES))


def test_a_change_is_seen_in_the_device_and_in_its_sync_time() -> None:
    made = tenant()
    before = made.device(3)
    after = made.change(3, {"osVersion": "10.0.26100.9999"}, absent=("joinType",))
    assert before is not None
    assert (after.os_version, made.device(3)) == ("10.0.26100.9999", after)
    assert after.last_sync > before.last_sync


def test_only_what_entra_sees_enters_its_log() -> None:
    made = tenant()
    made.change(3, {"skuNumber": 4})
    made.change(4, {"trustType": "ServerAd", "joinType": "unknown"})
    made.delete(5)
    added = made.add({})
    assert made.entra_log == [
        EntraChange(4, frozenset({"trustType"})),
        EntraChange(5),
        EntraChange(added.index),
    ]


@pytest.mark.parametrize("name", ["trustType", "profileType", "inEntra"])
def test_what_only_entra_knows_changes_without_a_sync(name: str) -> None:
    made = tenant()
    before, after = made.device(3), made.change(3, {name: False})
    assert before is not None
    assert after.last_sync == before.last_sync
    assert made.change(3, {name: True, "joinType": "unknown"}).last_sync > before.last_sync


def test_a_sync_changes_its_time_and_nothing_else() -> None:
    made = tenant()
    before, after = made.device(3), made.change(3, {})
    assert before is not None
    assert after == replace(before, last_sync=after.last_sync)
    assert after.last_sync > before.last_sync


def test_the_last_sync_never_goes_back() -> None:
    made = SimulatedTenant(devices=DEVICES, clock=lambda: datetime(2020, 1, 1, tzinfo=UTC))
    before = made.device(3)
    assert made.change(3, {}) == before


def test_no_device_of_the_fleet_has_synced_after_its_bound() -> None:
    made = SimulatedTenant(devices=3_000)
    syncs = [device.last_sync for device in made.devices()]
    assert "2026-11-21T18:00:00Z" < max(syncs) <= made.fleet.last_syncs == "2026-11-22T00:00:00Z"


def enrolled_again(made: SimulatedTenant, *, beside: bool = False) -> tuple[Device, Device]:
    old = next(d for d in made.devices() if d.linked and d.autopilot_events)
    return old, made.enroll_again(old.index, beside=beside)


def test_a_device_enrolled_again_is_the_same_machine_under_another_id() -> None:
    made = SimulatedTenant(devices=200)
    old, new = enrolled_again(made)
    assert new.index == 200
    assert made.find(new.id) == new
    assert made.find(old.id) is None
    assert new.id != old.id
    assert (new.entra_device_id, new.serial_number) == (old.entra_device_id, old.serial_number)
    assert new.enrolled == new.last_sync > old.last_sync
    assert Truth(made).of(old.index) is None
    assert new.autopilot_events == ()
    assert [d.index for d in made.enrollments(old.index)] == [new.index]


def test_an_enrolment_beside_the_old_one_shares_what_entra_knows() -> None:
    made = SimulatedTenant(devices=200)
    old, new = enrolled_again(made, beside=True)
    assert [d.index for d in made.enrollments(old.index)] == [old.index, new.index]
    assert (made.is_superseded(old), made.is_superseded(new)) == (True, False)
    made.change(new.index, {"trustType": "Workplace"})
    made.change(new.index, {"osVersion": "10.0.19045.1"})
    stale = made.device(old.index)
    assert stale is not None
    assert (stale.trust_type, stale.os_version) == ("Workplace", old.os_version)
    made.delete(new.index)
    stale = made.device(old.index)
    assert stale is not None
    assert not stale.linked
    assert made.registered(old.index) is None


def test_group_membership_stays_with_the_entra_object() -> None:
    made = SimulatedTenant(devices=400)
    groups = [group.key for group in made.scenario.groups if group.of == "devices"]
    for index in range(40):
        old = made.device(index)
        assert old is not None
        new = made.enroll_again(index)
        for group in groups:
            held = made.membership.holds_device(group, old)
            assert made.membership.holds_device(group, new) == held


def test_a_device_that_rejoined_has_a_new_object_and_its_old_serial() -> None:
    made = SimulatedTenant(devices=200)
    old = next(d for d in made.devices() if d.linked)
    new = made.enroll_again(old.index, rejoined=True)
    assert new.serial_number == old.serial_number
    assert new.entra_device_id == made.fleet.entra.guid(200) != old.entra_device_id
    assert made.registered(old.index) is None
    assert made.registered(200) == new


def test_what_is_not_there_cannot_be_changed() -> None:
    made = tenant()
    made.delete(3)
    for attempt in (
        lambda: made.change(3, {}),
        lambda: made.change(4, {"colour": "red"}),
        lambda: made.delete(DEVICES),
        lambda: made.retire(3),
        lambda: made.enroll_again(3),
        lambda: made.assign("nothing", ()),
        lambda: made.set_quality_updates("nothing", value=True),
    ):
        with pytest.raises(KeyError):
            attempt()


def test_no_device_is_held_until_it_changes() -> None:
    made = SimulatedTenant(devices=1_000_000)
    assert made.find(made.fleet.intune.guid(999_999)) == made.device(999_999)
    assert next(made.by_name((made.fleet.name(777_777), 777_777))).index == 777_778


def test_the_truth_follows_changes_of_devices_and_of_the_tenant() -> None:
    made = SimulatedTenant(devices=200, scenario="ready")
    truth = Truth(made)
    made.change(7, {"operatingSystem": "Windows", "osVersion": "10.0.26100.1", "skuNumber": 136})
    made.change(8, {"operatingSystem": "iOS"})
    made.delete(9)
    made.set_restore_state("disabled")
    made.assign("backup", (Target("all_devices", filtered=True),))
    facts = truth.of(7)
    assert facts is not None
    assert (facts.os_version, facts.sku_number) == ("10.0.26100.1", 136)
    assert facts.backup_policy == "depends_on_filter"
    assert (truth.of(8), truth.of(9)) == (None, None)
    assert truth.tenant.restore_state == "disabled"


def test_a_policy_says_what_it_does_to_a_setting() -> None:
    policies = {policy.key: policy for policy in tenant().scenario.policies}
    assert policies["backup"].option(BACKUP) is True
    assert policies["encryption"].option(BACKUP) is None
