"""Backup reaches a device where a policy or the default switches it on, and is known to."""

from typing import Any

import pytest

from shared.domain.assessment import judge
from shared.domain.editions import EDITIONS
from shared.domain.facts import Facts
from shared.domain.gates import BackupReach
from shared.report.backup_reach import backup_reach
from shared.rules import all_rules
from tests.builders import NEW, TODAY, device, tenant

BY_DEFAULT = {"os_version": "10.0.26300.9550", "backup_policy": "notConfigured"}


def reach(*devices: tuple[Facts, int]) -> BackupReach:
    edition = EDITIONS[NEW]
    return backup_reach(
        (judge(all_rules(), facts, tenant(), edition, TODAY), number) for facts, number in devices
    )


def test_only_devices_that_could_restore_are_counted() -> None:
    found = reach(
        (device(), 5),
        (device(has_user=False), 3),
        (device(operating_system="iOS"), 2),
        (device(join_type=None, trust_type=None), 4),
    )
    assert found == BackupReach(eligible=5, reached=5, unknown=0)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"backup_policy": "enabled"}, BackupReach(7, 7, 0)),
        ({"backup_policy": "disabled"}, BackupReach(7, 0, 0)),
        ({"backup_policy": "notConfigured"}, BackupReach(7, 0, 0)),
        ({"backup_policy": "depends_on_filter"}, BackupReach(7, 0, 7)),
        ({"backup_policy": "conflicting"}, BackupReach(7, 0, 7)),
        (BY_DEFAULT, BackupReach(7, 7, 0)),
        ({"esp_quality_updates": False}, BackupReach(7, 7, 0)),
    ],
)
def test_the_policy_alone_decides(facts: dict[str, Any], expected: BackupReach) -> None:
    assert reach((device(**facts), 7)) == expected


def test_devices_are_added_up() -> None:
    found = reach(
        (device(), 5),
        (device(backup_policy="disabled"), 3),
        (device(backup_policy="conflicting"), 2),
    )
    assert found == BackupReach(eligible=10, reached=5, unknown=2)


def test_what_silences_the_rule_of_backup_policies_silences_restore_too() -> None:
    for rule in all_rules():
        assert not rule.decisive or {"backup", "restore"} <= set(rule.capabilities)
