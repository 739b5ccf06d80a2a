"""What differs in the tenant is told, and what was not read is not taken for a change."""

from typing import Any

import pytest
from msgspec import UNSET, structs

from shared.domain.feed import TenantChange, Watched
from shared.domain.tenant import Policy, RestoreSetting, StatusPage, Target, TenantReading
from shared.domain.tenant_changes import differences, known, watched_in
from tests.builders import tenant
from tests.world import LAST_NIGHT, NIGHT

ALL, GROUP = Target("all_devices"), Target("group", "g")
SETTING = RestoreSetting("a_WindowsRestore", "enabled", "2026-11-01T00:00:00Z")
PAGE = StatusPage("esp", "Default", 0, True, quality_updates=True, targets=(ALL,))
POLICY = Policy("p", "Back up", "enablewindowsbackup", "enabled", targets=(ALL, GROUP))
WATCHED = Watched(SETTING, (PAGE,), (POLICY,), ())


def differing(old: Watched, new: Watched) -> list[TenantChange]:
    return differences(old, new, NIGHT, LAST_NIGHT)


def changed(**fields: Any) -> Watched:
    return structs.replace(WATCHED, **fields)


def test_nothing_differs_from_itself() -> None:
    assert differing(WATCHED, WATCHED) == []


def test_a_setting_that_was_switched_is_told_with_both_values_and_times() -> None:
    off = structs.replace(SETTING, state="disabled", last_modified="2026-11-22T01:00:00Z")
    [change] = differing(WATCHED, changed(restore_setting=off))
    assert (change.kind, change.id, change.name) == (
        "restore_setting",
        "a_WindowsRestore",
        "Show restore page",
    )
    assert change.old == {
        "id": "a_WindowsRestore",
        "state": "enabled",
        "last_modified": "2026-11-01T00:00:00Z",
    }
    assert change.new == change.old | {
        "state": "disabled",
        "last_modified": "2026-11-22T01:00:00Z",
    }
    assert (change.seen, change.last_known) == (NIGHT, LAST_NIGHT)


def test_a_setting_that_was_switched_and_back_differs_by_its_date() -> None:
    touched = structs.replace(SETTING, last_modified="2026-11-22T01:00:00Z")
    assert len(differing(WATCHED, changed(restore_setting=touched))) == 1


def test_what_appeared_has_no_old_value_and_what_went_no_new_one() -> None:
    other = Policy("q", "Restore", "enablewindowsrestore", "enabled")
    new = changed(backup_policies=(), first_sign_in_policies=(other,))
    gone, came = differing(WATCHED, new)
    assert (gone.kind, gone.id, gone.name, gone.new) == ("backup_policy", "p", "Back up", None)
    assert (came.kind, came.id, came.name, came.old) == (
        "first_sign_in_policy",
        "q",
        "Restore",
        None,
    )
    assert gone.old is not None
    assert came.new is not None


def test_changes_come_in_the_order_of_kinds_and_ids() -> None:
    pages = tuple(StatusPage(id, id, 1, False) for id in "cab")
    policies = tuple(Policy(id, id, "s", "enabled") for id in "ed")
    found = differing(Watched(SETTING, (), (), ()), Watched(SETTING, pages, policies, ()))
    assert [change.id for change in found] == ["a", "b", "c", "d", "e"]


def test_the_order_of_objects_and_of_assignments_means_nothing() -> None:
    other = structs.replace(POLICY, id="q")
    turned = structs.replace(POLICY, targets=(GROUP, ALL))
    old = changed(backup_policies=(POLICY, other))
    assert differing(old, changed(backup_policies=(other, turned))) == []


def test_an_assignment_that_went_is_a_change() -> None:
    less = structs.replace(POLICY, targets=(ALL,))
    assert [c.id for c in differing(WATCHED, changed(backup_policies=(less,)))] == ["p"]


@pytest.mark.parametrize("field", Watched.__struct_fields__)
def test_what_could_not_be_read_is_no_change_and_stays_as_it_was_known(field: str) -> None:
    unread = changed(**{field: UNSET})
    assert differing(WATCHED, unread) == []
    assert known(WATCHED, unread) == WATCHED
    assert differing(unread, WATCHED) == []
    assert known(unread, WATCHED) == WATCHED


def test_a_property_that_could_not_be_read_is_no_change_either() -> None:
    unread = changed(status_pages=(structs.replace(PAGE, quality_updates=UNSET),))
    assert differing(WATCHED, unread) == []
    assert differing(unread, WATCHED) == []
    assert known(WATCHED, unread) == WATCHED


def test_a_change_beside_an_unread_property_shows_its_last_known_value() -> None:
    renamed = structs.replace(PAGE, name="Kiosks", quality_updates=UNSET)
    [change] = differing(WATCHED, changed(status_pages=(renamed,)))
    assert change.name == "Kiosks"
    assert change.new is not None
    assert change.new["quality_updates"] is True


def test_an_object_seen_for_the_first_time_keeps_what_is_unread_of_it() -> None:
    fresh = StatusPage("new", "New", 2, False)
    assert known(WATCHED, changed(status_pages=(PAGE, fresh))).status_pages == (PAGE, fresh)


def test_a_whole_reading_tells_what_is_watched() -> None:
    reading = TenantReading(
        tenant(),
        restore_setting=SETTING,
        backup_policies=(POLICY,),
        first_sign_in_policies=(),
        status_pages=(PAGE,),
    )
    assert watched_in(reading) == WATCHED
