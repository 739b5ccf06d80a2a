"""A change of the tenant is said with what differs."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.feed import TenantChange
from shared.report.drift import described

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def change(old: dict[str, object] | None, new: dict[str, object] | None, **differing: Any) -> str:
    values: dict[str, Any] = {"kind": "status_page", "id": "1", "name": "All users"} | differing
    return described(TenantChange(**values, old=old, new=new, seen=NOON, last_known=NOON))


def test_an_object_that_came_or_went_is_said_so() -> None:
    assert change(None, {"priority": 1}) == "enrolment status page 'All users' appeared"
    assert change({"priority": 1}, None) == "enrolment status page 'All users' was removed"


def test_each_property_that_differs_is_said_with_both_values_and_no_other() -> None:
    old: dict[str, object] = {"priority": 1, "default": False, "quality_updates": True}
    new: dict[str, object] = {"priority": 2, "default": False, "quality_updates": False}

    assert change(old, new) == (
        "enrolment status page 'All users' was changed:"
        " priority is 2, was 1; quality_updates is no, was yes"
    )


@pytest.mark.parametrize(("old", "new"), [([], [{"kind": "all_devices"}]), ({}, {"a": 1})])
def test_a_property_of_many_parts_is_only_named(old: object, new: object) -> None:
    assert change({"targets": old}, {"targets": new}).endswith("was changed: targets differ")


def test_a_property_that_was_not_read_once_does_not_differ() -> None:
    old: dict[str, object] = {"priority": 1, "quality_updates": True}

    assert change(old, {"priority": None}).endswith("was changed: priority is no value, was 1")
