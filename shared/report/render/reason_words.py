"""Reasons in two to five words, for headlines and titles."""

from shared.domain.rule import Kind, Reason, Rule
from shared.rules import reasons, rules_by_reason

WORDS = {
    "platform_not_windows": "not a Windows client",
    "cloud_unsupported": "cloud not supported",
    "sku_unsupported": "Windows edition excluded",
    "shared_or_userless": "shared or without a user",
    "os_build_too_old": "build too old",
    "os_version_unsupported": "Windows release not supported",
    "os_out_of_servicing": "Windows out of servicing",
    "join_type_unsupported": "join type not supported",
    "provisioning_hybrid_join": "set up by hybrid join",
    "provisioning_workplace_join": "only registered, not joined",
    "provisioning_self_deploying": "set up by self-deploying mode",
    "provisioning_pre_provisioned": "set up by pre-provisioning",
    "provisioning_autopilot_reset": "set up by Autopilot Reset",
    "provisioning_settings_enrollment": "enrolled from Settings",
    "provisioning_group_policy": "enrolled by Group Policy",
    "provisioning_co_management": "enrolled by Configuration Manager",
    "quality_updates_not_enabled": "no quality updates during setup",
    "no_backup_profile": "user has no backup yet",
    "tenant_restore_not_enabled": "restore page is off",
    "first_sign_in_policy_not_enabled": "no policy for restore at first sign-in",
    "backup_policy_not_enabled": "no policy that enables backup",
}


def short(code: str) -> str:
    """Say a blocker in a few words; one that is not in the table is read from its code."""
    return WORDS.get(code) or code.replace("_", " ")


def blocker(code: str) -> tuple[Reason, Rule] | None:
    """Return a blocker and its rule; None where a digest is older than a rule that is gone."""
    key: tuple[str, Kind] = (code, "blocker")
    found = reasons().get(key)
    return None if found is None else (found, rules_by_reason()[key])
