from typing import Any

import pytest
from msgspec import UNSET

from shared.rules.user_affinity import RULE
from tests.builders import codes, device, found


def test_a_device_with_a_user_passes() -> None:
    assert found(RULE, device()) == ()


@pytest.mark.parametrize(
    "differing",
    [{"has_user": False}, {"enrollment_type": "windowsBulkUserless"}, {"sku_number": 175}],
)
def test_a_shared_or_userless_device_is_blocked(differing: dict[str, Any]) -> None:
    assert codes(found(RULE, device(**differing))) == ["shared_or_userless"]


def test_all_signs_of_a_shared_device_are_shown_in_one_finding() -> None:
    facts = device(has_user=False, enrollment_type="windowsBulkUserless", sku_number=175)
    (finding,) = found(RULE, facts)
    assert finding.observed == (
        "no primary user; enrolled as windowsBulkUserless; multi-session Windows, SKU 175"
    )


@pytest.mark.parametrize(
    "differing", [{"has_user": UNSET}, {"enrollment_type": "deviceEnrollmentManager"}]
)
def test_a_user_not_read_and_an_enrolment_manager_are_unknown(differing: dict[str, Any]) -> None:
    assert codes(found(RULE, device(**differing))) == ["unknown_user_affinity"]


def test_a_blocker_needs_no_unknown_beside_it() -> None:
    facts = device(has_user=UNSET, sku_number=175)
    assert codes(found(RULE, facts)) == ["shared_or_userless"]
