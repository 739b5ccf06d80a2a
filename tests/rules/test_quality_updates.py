from typing import Any

import pytest
from msgspec import UNSET

from shared.domain.rule import Capability
from shared.rules.quality_updates import RULE
from tests.builders import codes, device, found

RESTORE: Capability = "restore"
FIRST_SIGN_IN: Capability = "first_sign_in_restore"
NEEDED, UNKNOWN = ["quality_updates_not_enabled"], ["unknown_esp_quality_updates"]
ADVISED = ["quality_updates_recommended"]
JULY_2025 = [(22621, 5624), (22631, 5624), (26100, 4652)]


def asked(version: Any, setting: Any, capability: Capability = RESTORE) -> list[str]:
    facts = device(os_version=version, esp_quality_updates=setting)
    return codes(found(RULE, facts, capability=capability))


@pytest.mark.parametrize(("branch", "ubr"), JULY_2025)
def test_below_july_2025_the_setting_has_to_be_on(branch: int, ubr: int) -> None:
    assert asked(f"{branch}.{ubr - 1}", False) == NEEDED
    assert asked(f"{branch}.{ubr - 1}", True) == []


@pytest.mark.parametrize("unanswered", [UNSET, "depends_on_filter"])
@pytest.mark.parametrize(("branch", "ubr"), JULY_2025)
def test_a_setting_that_does_not_answer_is_unknown_only_where_it_counts(
    branch: int, ubr: int, unanswered: Any
) -> None:
    assert asked(f"{branch}.{ubr - 1}", unanswered) == UNKNOWN
    assert asked(f"{branch}.{ubr}", unanswered) == []


@pytest.mark.parametrize(("branch", "ubr"), [*JULY_2025, (26200, 1), (28000, 1)])
def test_from_july_2025_on_it_is_advice(branch: int, ubr: int) -> None:
    assert asked(f"{branch}.{ubr}", False) == ADVISED


@pytest.mark.parametrize("branch", [26100, 26200])
def test_for_first_sign_in_it_is_advice_below_march_2026(branch: int) -> None:
    assert asked(f"{branch}.8036", False, FIRST_SIGN_IN) == ADVISED
    assert asked(f"{branch}.8037", False, FIRST_SIGN_IN) == []
    assert asked(f"{branch}.8036", UNSET, FIRST_SIGN_IN) == []
    assert asked(f"{branch}.8036", True, FIRST_SIGN_IN) == []


@pytest.mark.parametrize("version", [UNSET, "26100"])
def test_a_build_that_is_not_known_is_left_to_the_build_rule(version: Any) -> None:
    assert asked(version, UNSET) == []
    assert asked(version, False) == ADVISED
    assert asked(version, False, FIRST_SIGN_IN) == []


def test_a_setting_that_depends_on_a_filter_says_so() -> None:
    facts = device(os_version="26100.4651", esp_quality_updates="depends_on_filter")
    (finding,) = found(RULE, facts)
    assert finding.observed == "the enrollment status page depends on an assignment filter"
    assert finding.affects == "ready"
