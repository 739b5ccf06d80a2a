"""What the operator says of the tenant fills in, and never overrides, what devices say."""

import json

import pytest
from msgspec import UNSET

from local.assess.tenant_file import Given, completed, read_tenant_file
from shared.domain.facts import Facts, TenantFacts
from shared.errors import InputError

ALL = {
    "cloud": "gcc",
    "restoreState": "notConfigured",
    "espInstallQualityUpdates": False,
    "backupPolicy": "enabled",
    "firstSignInRestorePolicy": "disabled",
    "phishingResistantMfaEnforced": True,
    "region": "DMA",
    "hasBackupProfile": True,
}


def test_every_key_reaches_its_fact() -> None:
    assert read_tenant_file(json.dumps(ALL).encode()) == Given(
        TenantFacts(
            cloud="gcc",
            restore_state="notConfigured",
            phishing_resistant_mfa=True,
            region="DMA",
        ),
        Facts(
            esp_quality_updates=False,
            backup_policy="enabled",
            first_sign_in_policy="disabled",
            has_backup_profile=True,
        ),
    )


def test_null_is_the_same_as_not_given() -> None:
    nothing = json.dumps(dict.fromkeys(ALL)).encode()

    assert read_tenant_file(nothing) == read_tenant_file(b"{}") == Given()


def test_the_file_may_be_what_powershell_writes() -> None:
    assert read_tenant_file('{"cloud": "dod"}'.encode("utf-16")).tenant.cloud == "dod"


def test_every_wrong_key_and_value_is_named_at_once() -> None:
    said = {"cloud": "worldwide", "clowd": "gcc", "hasBackupProfile": 1, "region": "DMA"}

    with pytest.raises(InputError) as caught:
        read_tenant_file(json.dumps(said).encode())

    message = str(caught.value)
    assert "'cloud' is \"worldwide\"" in message
    assert "'clowd' is no tenant fact" in message
    assert "'hasBackupProfile' is 1" in message
    assert "'region'" not in message


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe\x00", b"[" * 100_000])
def test_what_is_no_json_object_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match="the tenant facts"):
        read_tenant_file(content)


def test_what_a_device_says_itself_wins_and_the_rest_is_filled_in() -> None:
    given = Facts(backup_policy="enabled", has_backup_profile=True)
    said = Facts(backup_policy="disabled", os_version="10.0.26100.1")

    whole = completed(said, given)

    assert whole.backup_policy == "disabled"
    assert whole.has_backup_profile is True
    assert whole.os_version == "10.0.26100.1"
    assert whole.first_sign_in_policy is UNSET


def test_how_a_device_will_be_provisioned_again_is_never_filled_in() -> None:
    said = Facts(reprovision_method="autopilot_reset")

    assert completed(said, Facts(has_backup_profile=True)).reprovision_method == "autopilot_reset"
