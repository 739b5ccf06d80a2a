"""Every value worth trying for each fact: what Graph returns, edges of thresholds, and oddities."""

from datetime import date, timedelta
from itertools import product
from typing import Any

from msgspec import UNSET

from shared.domain.facts import AutopilotProfile

BRANCHES = (
    *(10240, 17763, 19044, 19045, 20348, 22000, 22621, 22623, 22631, 22635),
    *(26080, 26100, 26120, 26200, 26220, 26300, 26310, 27965, 28000, 29500),
)
_THRESHOLDS = (1301, 3958, 4652, 4770, 4946, 5624, 5768, 6216, 7922, 8037)
UBRS = (0, 999, *(at + step for at in _THRESHOLDS for step in (-1, 0, 1)), 9999, 10_000)

_LAST_DAYS = (
    *(date(2023, 6, 13), date(2023, 10, 10), date(2024, 6, 11), date(2024, 10, 8)),
    *(date(2025, 10, 14), date(2025, 11, 11), date(2026, 10, 13), date(2026, 11, 10)),
    *(date(2027, 1, 12), date(2027, 10, 12), date(2028, 3, 14), date(2028, 10, 10)),
    *(date(2029, 3, 13), date(2029, 10, 9)),
)
DAYS = tuple(day + timedelta(step) for day in _LAST_DAYS for step in (0, 1))

VERSIONS = (
    *("10.0.26100.9550", "10.0.26100.4651", "10.0.26200.8036", "10.0.22631.5623", "19045.6215"),
    *("10.0.26300.9550", "10.0.28000.1", "10.0.29500.1000", "10.0.26120.4770", "10.0.22000.3260"),
    *("10.0.26100", "10.0.22631", "10.0.19044", "19045", "28000", "26300", "10.0.22000"),
    *(" 26100.4946 ", "", " ", "10.0.0.0", "10.0", "10", "Windows 11", "10.0.26100.9550 (24H2)"),
    *("10.0.26100.4946.1", "10.0.26100.", "10.0.26100.x", "10.0.26100.-1", "10.0.2610.4946"),
    *("10.0.261000.4946", "11.0.26100.4946", "10.0.10.0.26100.4946", "10.0.02610.1"),
    *("10.0.26100 .4946", "10.0.٢٦١٠٠.4946", None, UNSET),
)
_SKUS_WITH_DATES = (
    *(4, 27, 72, 84, 121, 122, 171, 172, 175, 188, 125, 126, 129),
    *(48, 49, 98, 99, 100, 101, 138, 161, 162, 164, 165),
)
SKUS = (*_SKUS_WITH_DATES, 119, 123, 131, 136, 202, 203, 7, 8, 0, 1, 204, 999, None, UNSET)

_ODD = ("", None, UNSET, "unknown", "unknownFutureValue")
_FLAGS = (True, False, UNSET)
_POLICIES = ("enabled", "disabled", "notConfigured", "depends_on_filter", "conflicting", UNSET)
_PROFILES = tuple(
    AutopilotProfile(f"{kind}WindowsAutopilotDeploymentProfile", usage, allowed)
    for kind, usage, allowed in product(
        ("azureAD", "activeDirectory"), ("singleUser", "shared", None), (True, False)
    )
)

DEVICE: dict[str, tuple[Any, ...]] = {
    "operating_system": ("Windows", "windows", "WINDOWS", "iOS", "Windows Server", "", None, UNSET),
    "os_version": VERSIONS,
    "join_type": ("azureADJoined", "hybridAzureADJoined", "azureADRegistered", *_ODD),
    "trust_type": ("AzureAd", "azuread", "ServerAd", "SERVERAD", "Workplace", "workplace", *_ODD),
    "enrollment_type": (
        *("windowsAzureADJoin", "windowsAzureADJoinUsingDeviceAuth", "windowsCoManagement"),
        *("userEnrollment", "windowsAutoEnrollment", "windowsBulkUserless"),
        *("deviceEnrollmentManager", "windowsBulkAzureDomainJoin", "appleUserEnrollment"),
        *("azureAdJoinUsingAzureVmExtension", *_ODD),
    ),
    "management_agent": (
        *("mdm", "configurationManagerClient", "configurationManagerClientMdm", "easMdm", *_ODD),
    ),
    "autopilot_enrolled": (*_FLAGS, None),
    "autopilot_event": (
        *("azureADJoinedWithAutopilotProfile", "azureADJoinedWithOfflineAutopilotProfile"),
        "azureADJoinedUsingDeviceAuthWithAutopilotProfile",
        "azureADJoinedUsingDeviceAuthWithoutAutopilotProfile",
        *("offlineDomainJoined", "offlineDomainJoinedWithOfflineAutopilotProfile"),
        *("azureADJoinedWithWhiteGlove", "offlineDomainJoinedWithWhiteGlove", *_ODD),
    ),
    "autopilot_profile": (None, UNSET, AutopilotProfile(), *_PROFILES),
    "has_user": _FLAGS,
    "sku_number": SKUS,
    "sku_family": (
        *("Enterprise", "EnterpriseS", "IoTEnterprise", "Holographic", "holographic", "PPIPRO"),
        *("CloudEdition", "CloudEditionN", "CloudEditionX", "IoTUAP", "IoTUAPCommercial", *_ODD),
    ),
    "hyper_v_guest": _FLAGS,
    "reprovision_method": ("wipe_then_oobe", "as_enrolled", "autopilot_reset"),
    "esp_quality_updates": (*_FLAGS, "depends_on_filter"),
    "backup_policy": _POLICIES,
    "first_sign_in_policy": _POLICIES,
    "has_backup_profile": _FLAGS,
}
TENANT: dict[str, tuple[Any, ...]] = {
    "cloud": ("commercial", "gcc", "gcchigh", "dod", "china", UNSET),
    "restore_state": ("enabled", "disabled", "notConfigured", UNSET),
    "phishing_resistant_mfa": _FLAGS,
    "region": ("DMA", "non-DMA", UNSET),
}
