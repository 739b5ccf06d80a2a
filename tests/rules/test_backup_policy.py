from typing import Any

import pytest
from msgspec import UNSET

from shared.rules.backup_policy import RULE
from tests.builders import codes, device, found, tenant

OFF, UNKNOWN, ON = (
    ["backup_policy_not_enabled"],
    ["unknown_backup_policy"],
    ["backup_on_by_default"],
)


def asked(policy: Any, version: Any = "26100.9550", region: Any = "non-DMA") -> list[str]:
    facts = device(backup_policy=policy, os_version=version)
    return codes(found(RULE, facts, tenant(region=region)))


@pytest.mark.parametrize("version", ["26100.9550", "26300.9550", UNSET])
@pytest.mark.parametrize("region", ["DMA", "non-DMA", UNSET])
def test_an_explicit_policy_always_wins(version: Any, region: Any) -> None:
    assert asked("enabled", version, region) == []
    assert asked("disabled", version, region) == OFF


@pytest.mark.parametrize("version", ["19045.6216", "26100.9550", "26200.9550", "26220.1", "28000"])
@pytest.mark.parametrize("region", ["DMA", "non-DMA", UNSET])
def test_not_configured_is_off_below_26h2_and_in_26h1(version: str, region: Any) -> None:
    assert asked("notConfigured", version, region) == OFF


def test_not_configured_is_on_in_26h2_outside_the_eu() -> None:
    assert asked("notConfigured", "26300.9550", "non-DMA") == ON
    assert asked("notConfigured", "26300", "non-DMA") == ON
    assert asked("notConfigured", "26300.9550", "DMA") == OFF
    assert asked("notConfigured", "26300.9550", UNSET) == UNKNOWN


@pytest.mark.parametrize("version", [UNSET, "", "29500.1", "27842.1"])
def test_a_default_that_is_not_settled_is_unknown_unless_the_region_settles_it(
    version: Any,
) -> None:
    assert asked("notConfigured", version, "non-DMA") == UNKNOWN
    assert asked("notConfigured", version, UNSET) == UNKNOWN
    assert asked("notConfigured", version, "DMA") == OFF


@pytest.mark.parametrize("policy", [UNSET, "depends_on_filter", "conflicting", "paused"])
@pytest.mark.parametrize("version", ["26100.9550", "26300.9550"])
def test_a_policy_that_does_not_answer_is_unknown(policy: Any, version: str) -> None:
    assert asked(policy, version) == UNKNOWN


def test_a_filter_is_named_as_the_cause() -> None:
    (finding,) = found(RULE, device(backup_policy="depends_on_filter"))
    assert finding.observed is not None
    assert finding.observed.startswith("depends on an assignment filter")
    assert finding.affects == "ready"
