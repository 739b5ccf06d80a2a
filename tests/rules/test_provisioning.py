from typing import Any

import pytest
from msgspec import UNSET

from shared.domain.facts import Text
from shared.rules.provisioning import RULE
from tests.builders import NEW, OLD, codes, device, found, profile

DEVICE_AUTH = "windowsAzureADJoinUsingDeviceAuth"
HYBRID: dict[str, Any] = {"join_type": "hybridAzureADJoined", "trust_type": "ServerAd"}
REGISTERED: dict[str, Any] = {"join_type": "azureADRegistered", "trust_type": "Workplace"}
DISPUTED: dict[str, Any] = {"join_type": "azureADJoined", "trust_type": "ServerAd"}
UNTOLD: dict[str, Any] = {"join_type": "unknown", "trust_type": None}


def asked(edition: str = OLD, **differing: Any) -> list[str]:
    return codes(found(RULE, device(**differing), edition=edition))


def test_autopilot_user_driven_passes() -> None:
    assert asked() == []


@pytest.mark.parametrize(
    "shown_by",
    [
        HYBRID,
        {"autopilot_event": "offlineDomainJoined"},
        {"autopilot_profile": profile(type="activeDirectoryWindowsAutopilotDeploymentProfile")},
        HYBRID | {"autopilot_event": "offlineDomainJoined"},
    ],
)
def test_hybrid_join_is_shown_by_join_type_event_or_profile(shown_by: dict[str, Any]) -> None:
    assert asked(**shown_by) == ["provisioning_hybrid_join"]


def test_workplace_join_is_shown_by_registration_or_a_user_enrolment_off_entra() -> None:
    workplace = ["provisioning_workplace_join"]
    assert asked(**REGISTERED) == workplace
    assert asked(**REGISTERED, enrollment_type="windowsAutoEnrollment") == workplace
    assert asked(**REGISTERED, enrollment_type="userEnrollment") == workplace
    assert asked(**UNTOLD, enrollment_type="userEnrollment") == workplace
    assert asked(**HYBRID, enrollment_type="userEnrollment") == [
        "provisioning_hybrid_join",
        "provisioning_workplace_join",
    ]


@pytest.mark.parametrize(
    "shown_by",
    [
        {"enrollment_type": DEVICE_AUTH},
        {"autopilot_event": "azureADJoinedUsingDeviceAuthWithAutopilotProfile"},
        {"autopilot_event": "azureADJoinedUsingDeviceAuthWithoutAutopilotProfile"},
        {"autopilot_profile": profile(device_usage_type="shared")},
    ],
)
def test_self_deploying_is_shown_by_enrolment_event_or_profile(shown_by: dict[str, Any]) -> None:
    assert asked(**shown_by) == ["provisioning_self_deploying"]


@pytest.mark.parametrize("enrolment", ["windowsAzureADJoin", DEVICE_AUTH])
def test_pre_provisioning_is_excluded_and_later_only_its_technician_flow(enrolment: str) -> None:
    facts = {"autopilot_event": "azureADJoinedWithWhiteGlove", "enrollment_type": enrolment}
    assert asked(OLD, **facts) == ["provisioning_pre_provisioned"]
    assert asked(NEW, **facts) == ["preprovisioned_user_flow_only"]


def test_a_profile_for_self_deploying_outlives_an_earlier_technician_flow() -> None:
    facts = {
        "autopilot_event": "azureADJoinedWithWhiteGlove",
        "autopilot_profile": profile(device_usage_type="shared"),
    }
    self_deploying = "provisioning_self_deploying"
    assert asked(OLD, **facts) == ["provisioning_pre_provisioned", self_deploying]
    assert asked(NEW, **facts) == ["preprovisioned_user_flow_only", self_deploying]


def test_pre_provisioned_hybrid_join_stays_blocked() -> None:
    event = "offlineDomainJoinedWithWhiteGlove"
    hybrid = "provisioning_hybrid_join"
    assert asked(OLD, autopilot_event=event) == [hybrid, "provisioning_pre_provisioned"]
    assert asked(NEW, autopilot_event=event) == [hybrid, "preprovisioned_user_flow_only"]


def test_a_profile_that_merely_allows_pre_provisioning_passes() -> None:
    assert asked(autopilot_profile=profile(preprovisioning_allowed=True)) == []


def test_a_planned_autopilot_reset_is_excluded_and_other_plans_are_not() -> None:
    assert asked(reprovision_method="autopilot_reset") == ["provisioning_autopilot_reset"]
    assert asked(reprovision_method="as_enrolled") == []


@pytest.mark.parametrize("enrolment", ["windowsAutoEnrollment", "userEnrollment"])
def test_an_enrolment_from_settings_on_a_joined_device_is_excluded(enrolment: str) -> None:
    assert asked(enrollment_type=enrolment) == ["provisioning_settings_enrollment"]


@pytest.mark.parametrize("enrolled", [False, None, UNSET])
def test_a_join_without_autopilot_is_unverified_and_blocks_nothing(enrolled: Any) -> None:
    assert asked(autopilot_enrolled=enrolled) == ["enrollment_path_unverified"]


@pytest.mark.parametrize(
    ("agent", "code"),
    [
        *(("mdm", "provisioning_group_policy"), ("somethingNew", "provisioning_group_policy")),
        *((None, "provisioning_group_policy"), (UNSET, "provisioning_group_policy")),
        ("configurationManagerClient", "provisioning_co_management"),
        ("configurationManagerClientMdmEas", "provisioning_co_management"),
    ],
)
def test_the_agent_tells_co_management_from_group_policy(agent: Text, code: str) -> None:
    assert asked(enrollment_type="windowsCoManagement", management_agent=agent) == [code]


def test_an_autopilot_device_that_got_the_agent_later_passes() -> None:
    assert asked(management_agent="configurationManagerClientMdm") == []


@pytest.mark.parametrize("enrolment", ["windowsBulkUserless", "deviceEnrollmentManager"])
def test_enrolments_that_user_affinity_speaks_of_are_left_to_it(enrolment: str) -> None:
    assert asked(enrollment_type=enrolment) == []


@pytest.mark.parametrize(
    "enrolment",
    [
        *("unknown", "windowsBulkAzureDomainJoin", "azureAdJoinUsingAzureVmExtension"),
        *("unknownFutureValue", "windowsTeleport", "", None, UNSET),
    ],
)
def test_an_enrolment_that_does_not_tell_the_method_is_unknown(enrolment: Text) -> None:
    assert asked(enrollment_type=enrolment) == ["unknown_provisioning_method"]


def test_a_disputed_join_type_brings_no_hybrid_or_workplace_finding() -> None:
    assert asked(**DISPUTED) == []
    assert asked(**DISPUTED, enrollment_type="userEnrollment") == ["unknown_provisioning_method"]


@pytest.mark.parametrize("join", [DISPUTED, UNTOLD])
def test_an_automatic_enrolment_needs_a_join_type_to_be_told(join: dict[str, Any]) -> None:
    assert asked(**join, enrollment_type="windowsAutoEnrollment") == ["unknown_provisioning_method"]


@pytest.mark.parametrize("absent", [None, UNSET])
def test_autopilot_history_that_is_absent_proves_nothing(absent: Any) -> None:
    assert asked(autopilot_event=absent, autopilot_profile=absent) == []


def test_all_methods_that_show_are_listed() -> None:
    every = asked(
        **HYBRID,
        enrollment_type="windowsCoManagement",
        autopilot_event="azureADJoinedWithWhiteGlove",
        reprovision_method="autopilot_reset",
    )
    assert every == [
        "provisioning_hybrid_join",
        "provisioning_pre_provisioned",
        "provisioning_autopilot_reset",
        "provisioning_group_policy",
    ]
