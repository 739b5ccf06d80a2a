"""Devices and tenants for tests: all is well, except for what a test says."""

from datetime import date
from typing import Any

from shared.domain.assessment import Assessment, judge
from shared.domain.editions import DEFAULT_EDITION, EDITIONS
from shared.domain.facts import AutopilotProfile, Facts, TenantFacts
from shared.domain.rule import Capability, Case, Finding, Rule
from shared.rules import all_rules

TODAY = date(2026, 11, 22)
OLD, NEW = "2025-08-18", "2026-09-29"


def device(**differing: Any) -> Facts:
    """Build a device with every fact read, eligible and ready for all three capabilities."""
    facts: dict[str, Any] = {
        "operating_system": "Windows",
        "os_version": "10.0.26100.9550",
        "join_type": "azureADJoined",
        "trust_type": "AzureAd",
        "enrollment_type": "windowsAzureADJoin",
        "management_agent": "mdm",
        "autopilot_enrolled": True,
        "autopilot_event": "azureADJoinedWithAutopilotProfile",
        "autopilot_profile": profile(),
        "has_user": True,
        "sku_number": 4,
        "sku_family": "Enterprise",
        "hyper_v_guest": False,
        "esp_quality_updates": True,
        "backup_policy": "enabled",
        "first_sign_in_policy": "enabled",
        "has_backup_profile": True,
    }
    return Facts(**(facts | differing))


def profile(**differing: Any) -> AutopilotProfile:
    """Build a user-driven Autopilot profile that joins to Entra."""
    values: dict[str, Any] = {
        "type": "azureADWindowsAutopilotDeploymentProfile",
        "device_usage_type": "singleUser",
        "preprovisioning_allowed": False,
    }
    return AutopilotProfile(**(values | differing))


def tenant(**differing: Any) -> TenantFacts:
    """Build a tenant with every fact read, where everything is switched on."""
    facts: dict[str, Any] = {
        "cloud": "commercial",
        "restore_state": "enabled",
        "phishing_resistant_mfa": False,
        "region": "non-DMA",
    }
    return TenantFacts(**(facts | differing))


def found(
    rule: Rule,
    facts: Facts | None = None,
    tenant_facts: TenantFacts | None = None,
    *,
    capability: Capability | None = None,
    edition: str = DEFAULT_EDITION,
    as_of: date = TODAY,
    strict_servicing: bool = False,
) -> tuple[Finding, ...]:
    """Ask one rule; without a capability, about the first one it speaks of."""
    case = Case(
        facts=facts or device(),
        tenant=tenant_facts or tenant(),
        capability=capability or rule.capabilities[0],
        edition=EDITIONS[edition],
        as_of=as_of,
        strict_servicing=strict_servicing,
    )
    return tuple(rule.check(case))


def codes(findings: tuple[Finding, ...]) -> list[str]:
    """Return the reason codes of findings, in their order."""
    return [finding.reason for finding in findings]


def judged(
    facts: Facts | None = None,
    tenant_facts: TenantFacts | None = None,
    edition: str = DEFAULT_EDITION,
    as_of: date = TODAY,
) -> Assessment:
    """Judge a device by all rules."""
    return judge(all_rules(), facts or device(), tenant_facts or tenant(), EDITIONS[edition], as_of)
