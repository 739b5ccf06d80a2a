import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    made.change(4, {"trustType": "ServerAd"})
    made.delete(5)
    added = made.add({})
    assert made.entra_log == [4, 5, added.index]


def test_what_is_not_there_cannot_be_changed() -> None:
    made = tenant()
    made.delete(3)
    for attempt in (
        lambda: made.change(3, {}),
        lambda: made.change(4, {"colour": "red"}),
        lambda: made.delete(DEVICES),
        lambda: made.assign("nothing", ()),
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
