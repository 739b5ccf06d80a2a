from datetime import date
from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from local.assess.case_lines import DeviceCase, read_case
from shared.domain.facts import AutopilotProfile, Facts, TenantFacts
from shared.errors import InputError


def read(**line: Any) -> DeviceCase:
    return read_case(msgspec.json.encode({"id": "x", "device": {}} | line))


def test_device_facts_are_read_under_graphs_names() -> None:
    facts = read(
        device={
            "operatingSystem": "Windows",
            "osVersion": "10.0.26100.1",
            "deviceEnrollmentType": "windowsAzureADJoin",
            "trustType": "AzureAd",
            "userPrincipalName": "",
            "manufacturer": "Microsoft Corporation",
            "model": "Virtual Machine",
            "autopilotEventEnrollmentType": "offlineDomainJoined",
            "autopilotProfile": {"deviceUsageType": "shared", "preprovisioningAllowed": True},
            "reprovisionMethod": "as_enrolled",
        }
    ).facts
    assert facts == Facts(
        operating_system="Windows",
        os_version="10.0.26100.1",
        enrollment_type="windowsAzureADJoin",
        trust_type="AzureAd",
        has_user=False,
        hyper_v_guest=True,
        autopilot_event="offlineDomainJoined",
        autopilot_profile=AutopilotProfile(
            device_usage_type="shared", preprovisioning_allowed=True
        ),
        reprovision_method="as_enrolled",
    )


def test_an_absent_key_was_not_read() -> None:
    case = read()
    assert (case.facts, case.tenant) == (Facts(), TenantFacts())
    assert (case.edition, case.as_of, bytes(case.expected)) == (None, None, b"null")


def test_null_is_a_value_of_the_device_and_not_read_of_tenant_and_user() -> None:
    case = read(
        device={"osVersion": None, "autopilotProfile": None, "userPrincipalName": None},
        tenant={"cloud": None, "backupPolicy": None, "espInstallQualityUpdates": None},
        user={"hasBackupProfile": None},
    )
    assert case.facts == Facts(os_version=None, autopilot_profile=None, has_user=False)
    assert case.tenant == TenantFacts()


def test_what_reaches_the_device_goes_to_its_facts_and_the_rest_to_the_tenant() -> None:
    case = read(
        tenant={
            "cloud": "gcc",
            "restoreState": "disabled",
            "espInstallQualityUpdates": False,
            "backupPolicy": "enabled",
            "firstSignInRestorePolicy": "notConfigured",
            "phishingResistantMfaEnforced": True,
            "region": "DMA",
        },
        user={"hasBackupProfile": True},
    )
    assert case.tenant == TenantFacts("gcc", "disabled", True, "DMA")
    assert case.facts == Facts(
        esp_quality_updates=False,
        backup_policy="enabled",
        first_sign_in_policy="notConfigured",
        has_backup_profile=True,
    )


def test_edition_day_and_what_is_expected_are_the_lines_own() -> None:
    case = read(edition="2026-09-29", as_of="2026-12-01", expected={"backup": {}})
    assert (case.edition, case.as_of) == ("2026-09-29", date(2026, 12, 1))
    assert bytes(case.expected) == b'{"backup":{}}'


def test_a_word_unknown_here_is_kept_for_the_rules_to_judge() -> None:
    case = read(device={"joinType": "somethingNew"}, tenant={"restoreState": "somethingNew"})
    assert (case.facts.join_type, case.tenant.restore_state) == ("somethingNew", "somethingNew")


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (b'{"device": {}}', "`id`"),
        (b'{"id": "x"}', "`device`"),
        (b'{"id": "x", "device": {"osVersion": 26100}}', "$.device.osVersion"),
        (b'{"id": "x", "device": {"reprovisionMethod": "magic"}}', "$.device.reprovisionMethod"),
        (b'{"id": "x", "device": {}, "tenant": {"cloud": 1}}', "$.tenant.cloud"),
        (b'{"id": "x", "device": {}, "as_of": "soon"}', "$.as_of"),
        (b'{"id": "x", "device": {}, "edition": "2001-01-01"}', "edition"),
        (b"not json", "cannot be read"),
        (b'{"id": "\xff", "device": {}}', "cannot be read"),
        (b"", "cannot be read"),
    ],
)
def test_a_line_that_cannot_be_read_is_an_error_that_names_the_field(
    line: bytes, named: str
) -> None:
    with pytest.raises(InputError) as error:
        read_case(line)
    assert named in str(error.value)


def test_unset_is_what_absent_means() -> None:
    assert read().facts.operating_system is UNSET
