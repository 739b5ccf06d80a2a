"""The facts' own words about eligibility a second time, as naive as can be, to check the rules by.

Written from ../shared/facts/windows-backup.md (2026-11-22) without the rules and their tables. It
shares with them the types of facts and answers and nothing else.
"""

from datetime import date
from typing import NamedTuple

from msgspec import UNSET

from shared.domain.assessment import Ready, Verdict
from shared.domain.facts import AutopilotProfile, Facts, TenantFacts
from shared.domain.rule import Capability

ENTERPRISE = (4, 27, 72, 84, 121, 122, 171, 172, 175, 188)
HOME_AND_PRO = (48, 49, 98, 99, 100, 101, 138, 161, 162, 164, 165)
LONG_TERM = (125, 126, 129)
LONG_TERM_ENDS = {19044: date(2027, 1, 12), 26100: date(2029, 10, 9)}
HOME_AND_PRO_AND_ENTERPRISE_END = {
    # The facts leave 19044 to LTSC alone; these two days are of Microsoft's lifecycle page.
    19044: (date(2023, 6, 13), date(2024, 6, 11)),
    19045: (date(2025, 10, 14), date(2025, 10, 14)),
    22000: (date(2023, 10, 10), date(2024, 10, 8)),
    22621: (date(2024, 10, 8), date(2025, 10, 14)),
    22631: (date(2025, 11, 11), date(2026, 11, 10)),
    26100: (date(2026, 10, 13), date(2027, 10, 12)),
    26200: (date(2027, 10, 12), date(2028, 10, 10)),
    28000: (date(2028, 3, 14), date(2029, 3, 13)),
    26300: (date(2028, 10, 10), date(2029, 10, 9)),
}
BLOCKED_NAMES = {
    119: "ppipro",
    123: "iotuap",
    131: "iotuapcommercial",
    136: "holographic",
    202: "cloudeditionn",
    203: "cloudedition",
}


class Answer(NamedTuple):
    """What the facts say of one capability of one device; reasons by code."""

    verdict: Verdict
    ready: Ready
    blockers: set[str]
    unknowns: set[str]
    warnings: set[str]


class Reasons:
    """The reasons collected so far, those that bear only on ready apart."""

    def __init__(self) -> None:
        self.blockers: set[str] = set()
        self.unknowns: set[str] = set()
        self.ready_blockers: set[str] = set()
        self.ready_unknowns: set[str] = set()
        self.warnings: set[str] = set()

    def answer(self) -> Answer:
        blockers = self.blockers | self.ready_blockers
        unknowns = self.unknowns | self.ready_unknowns
        return Answer(
            "ineligible" if self.blockers else "unknown" if self.unknowns else "eligible",
            "no" if blockers else "unknown" if unknowns else "yes",
            blockers,
            unknowns,
            self.warnings,
        )


def oracle(
    facts: Facts,
    tenant: TenantFacts,
    capability: Capability,
    edition: str,
    as_of: date,
    *,
    strict: bool = False,
) -> Answer:
    """Answer for one capability in the edition of that id, servicing a blocker where `strict`."""
    to = Reasons()
    if not_windows(facts):
        to.blockers.add("platform_not_windows")
        return to.answer()
    if facts.operating_system is UNSET:
        to.unknowns.add("unknown_platform")
    cloud(to, tenant)
    sku(to, facts)
    user_affinity(to, facts)
    servicing(to, facts, as_of, strict)
    if capability == "backup":
        backup_build(to, facts, edition)
        join_type(to, facts, ("joined", "hybrid"))
        backup_policy(to, facts, tenant)
    elif capability == "restore":
        restore_build(to, facts, edition)
        join_type(to, facts, ("joined",))
        provisioning_by_evidence(to, facts, edition)
        provisioning_by_enrolment(to, facts)
        quality_updates(to, facts)
        backup_profile(to, facts)
        restore_setting(to, tenant)
        if facts.hyper_v_guest is True and tenant.phishing_resistant_mfa is True:
            to.warnings.add("hyperv_phishing_resistant_mfa")
    else:
        first_sign_in_build(to, facts)
        join_type(to, facts, ("joined", "hybrid"))
        quality_updates_tip(to, facts)
        backup_profile(to, facts)
        first_sign_in_policy(to, facts)
    return to.answer()


def not_windows(facts: Facts) -> bool:
    if facts.sku_number in (7, 8):
        return True
    if facts.operating_system is UNSET:
        return False
    return (facts.operating_system or "").lower() != "windows"


def cloud(to: Reasons, tenant: TenantFacts) -> None:
    if tenant.cloud is UNSET:
        to.unknowns.add("unknown_cloud")
    elif tenant.cloud in ("gcchigh", "dod", "china"):
        to.blockers.add("cloud_unsupported")


def sku(to: Reasons, facts: Facts) -> None:
    if facts.sku_number not in (0, None, UNSET):
        if facts.sku_number in BLOCKED_NAMES:
            to.blockers.add("sku_unsupported")
    elif facts.sku_family in ("", None, UNSET):
        to.unknowns.add("unknown_sku")
    elif str(facts.sku_family).lower() in BLOCKED_NAMES.values():
        to.blockers.add("sku_unsupported")


def user_affinity(to: Reasons, facts: Facts) -> None:
    if (
        facts.has_user is False
        or facts.enrollment_type == "windowsBulkUserless"
        or facts.sku_number == 175
    ):
        to.blockers.add("shared_or_userless")
    elif facts.has_user is UNSET or facts.enrollment_type == "deviceEnrollmentManager":
        to.unknowns.add("unknown_user_affinity")


def branch_and_ubr(facts: Facts) -> tuple[int | None, int | None]:
    if facts.os_version is None or facts.os_version is UNSET:
        return None, None
    parts = facts.os_version.strip().removeprefix("10.0.").split(".")
    if len(parts) > 2 or not all(part.isascii() and part.isdigit() for part in parts):
        return None, None
    if len(parts[0]) != 5 or parts[0].startswith("0"):
        return None, None
    return int(parts[0]), int(parts[1]) if len(parts) == 2 else None


def at_least(to: Reasons, ubr: int | None, minimum: int) -> None:
    if ubr is None:
        to.unknowns.add("unknown_os_build")
    elif ubr < minimum:
        to.blockers.add("os_build_too_old")


def backup_build(to: Reasons, facts: Facts, edition: str) -> None:
    branch, ubr = branch_and_ubr(facts)
    if branch is None:
        to.unknowns.add("unknown_os_build")
    elif branch == 19045:
        at_least(to, ubr, 6216)
        if ubr is not None and ubr < 6216:
            to.warnings.add("doc_discrepancy_win10_build")
    elif branch == 19044 and edition == "2025-08-18":
        at_least(to, ubr, 6216)
        if ubr is not None and ubr >= 6216:
            to.warnings.add("doc_discrepancy_win10_build")
    elif branch < 22621:
        to.blockers.add("os_version_unsupported")
    elif branch in (22621, 22631):
        at_least(to, ubr, 5768)
    elif branch == 26100:
        at_least(to, ubr, 4946)
    else:
        newer_build(to, branch, ubr)


def restore_build(to: Reasons, facts: Facts, edition: str) -> None:
    branch, ubr = branch_and_ubr(facts)
    if branch is None:
        to.unknowns.add("unknown_os_build")
    elif branch < 22621:
        to.blockers.add("os_version_unsupported")
    elif branch in (22621, 22631):
        at_least(to, ubr, 3958)
    elif branch == 26100 and edition == "2025-08-18":
        at_least(to, ubr, 1301)
        if ubr is not None and 1301 <= ubr <= 4769:
            to.warnings.add("doc_conflict_24h2_restore_min")
    elif branch == 26100:
        at_least(to, ubr, 4770)
    else:
        newer_build(to, branch, ubr)


def newer_build(to: Reasons, branch: int, ubr: int | None) -> None:
    if branch in (26200, 26300):
        at_least(to, ubr, 4946)
        to.warnings.add("newer_branch_not_listed")
    elif branch == 28000:
        to.warnings.add("newer_branch_not_listed")
    else:
        to.unknowns.add("os_branch_unlisted")


def first_sign_in_build(to: Reasons, facts: Facts) -> None:
    branch, ubr = branch_and_ubr(facts)
    if branch is None:
        to.unknowns.add("unknown_os_build")
    elif branch < 26100:
        to.blockers.add("os_version_unsupported")
    elif branch in (26100, 26200, 26300):
        at_least(to, ubr, 7922)
        if branch == 26300:
            to.warnings.add("newer_branch_not_listed")
    else:
        to.unknowns.add("os_branch_unlisted")


def servicing(to: Reasons, facts: Facts, as_of: date, strict: bool) -> None:
    branch, _ = branch_and_ubr(facts)
    if branch is not None and out_of_servicing(branch, facts.sku_number, as_of):
        if strict:
            to.blockers.add("os_out_of_servicing")
        else:
            to.warnings.add("os_out_of_servicing")


def out_of_servicing(branch: int, sku_number: object, as_of: date) -> bool:
    if sku_number in LONG_TERM and branch in LONG_TERM_ENDS:
        return as_of > LONG_TERM_ENDS[branch]
    if branch not in HOME_AND_PRO_AND_ENTERPRISE_END:
        return False
    home_and_pro, enterprise = HOME_AND_PRO_AND_ENTERPRISE_END[branch]
    if sku_number in HOME_AND_PRO:
        return as_of > home_and_pro
    if sku_number in ENTERPRISE:
        return as_of > enterprise
    return as_of > max(home_and_pro, enterprise, LONG_TERM_ENDS.get(branch, enterprise))


def joins(facts: Facts) -> set[str]:
    """Every join type claimed for the device: none where unknown, two where they disagree."""
    claimed = set()
    if facts.join_type == "azureADJoined":
        claimed.add("joined")
    elif facts.join_type == "hybridAzureADJoined":
        claimed.add("hybrid")
    elif facts.join_type == "azureADRegistered":
        claimed.add("registered")
    trust_type = facts.trust_type.lower() if isinstance(facts.trust_type, str) else ""
    if trust_type == "azuread":
        claimed.add("joined")
    elif trust_type == "serverad":
        claimed.add("hybrid")
    elif trust_type == "workplace":
        claimed.add("registered")
    return claimed


def join_type(to: Reasons, facts: Facts, supported: tuple[str, ...]) -> None:
    answers = {join in supported for join in joins(facts)}
    if answers == {False}:
        to.blockers.add("join_type_unsupported")
    elif answers != {True}:
        to.unknowns.add("unknown_join_type")


def provisioning_by_evidence(to: Reasons, facts: Facts, edition: str) -> None:
    event = facts.autopilot_event if isinstance(facts.autopilot_event, str) else ""
    profile = facts.autopilot_profile
    if not isinstance(profile, AutopilotProfile):
        profile = AutopilotProfile()
    if facts.reprovision_method == "autopilot_reset":
        to.blockers.add("provisioning_autopilot_reset")
    if (
        joins(facts) == {"hybrid"}
        or event.startswith("offlineDomainJoined")
        or profile.type == "activeDirectoryWindowsAutopilotDeploymentProfile"
    ):
        to.blockers.add("provisioning_hybrid_join")
    if joins(facts) == {"registered"}:
        to.blockers.add("provisioning_workplace_join")
    if (
        event.startswith("azureADJoinedUsingDeviceAuthWith")
        # A technician flow explains device authentication, and nothing explains this profile away.
        or profile.device_usage_type == "shared"
    ):
        to.blockers.add("provisioning_self_deploying")
    if technician_flow(facts):
        if edition == "2025-08-18":
            to.blockers.add("provisioning_pre_provisioned")
        else:
            to.warnings.add("preprovisioned_user_flow_only")


def technician_flow(facts: Facts) -> bool:
    return facts.autopilot_event in (
        "azureADJoinedWithWhiteGlove",
        "offlineDomainJoinedWithWhiteGlove",
    )


def provisioning_by_enrolment(to: Reasons, facts: Facts) -> None:
    enrolment = facts.enrollment_type
    if enrolment == "windowsAzureADJoin":
        if facts.autopilot_enrolled is not True:
            to.warnings.add("enrollment_path_unverified")
    elif enrolment == "windowsAzureADJoinUsingDeviceAuth":
        if not technician_flow(facts):
            to.blockers.add("provisioning_self_deploying")
    elif enrolment == "windowsCoManagement":
        if str(facts.management_agent).startswith("configurationManager"):
            to.blockers.add("provisioning_co_management")
        else:
            # The facts are silent on an agent that was not read; blocked it is by either method.
            to.blockers.add("provisioning_group_policy")
    elif enrolment in ("userEnrollment", "windowsAutoEnrollment"):
        if joins(facts) == {"joined"}:
            to.blockers.add("provisioning_settings_enrollment")
        elif len(joins(facts)) < 2 and enrolment == "userEnrollment":
            to.blockers.add("provisioning_workplace_join")
        elif len(joins(facts)) != 1:
            # The facts are silent on a join type that is disputed or not told: never a pass.
            to.unknowns.add("unknown_provisioning_method")
    elif enrolment not in ("windowsBulkUserless", "deviceEnrollmentManager"):
        to.unknowns.add("unknown_provisioning_method")


def quality_updates(to: Reasons, facts: Facts) -> None:
    branch, ubr = branch_and_ubr(facts)
    older_than_july_2025 = ubr is not None and (
        (branch in (22621, 22631) and ubr < 5624) or (branch == 26100 and ubr < 4652)
    )
    if older_than_july_2025 and facts.esp_quality_updates is False:
        to.ready_blockers.add("quality_updates_not_enabled")
    elif older_than_july_2025 and facts.esp_quality_updates is not True:
        to.ready_unknowns.add("unknown_esp_quality_updates")
    elif facts.esp_quality_updates is False:
        to.warnings.add("quality_updates_recommended")


def quality_updates_tip(to: Reasons, facts: Facts) -> None:
    branch, ubr = branch_and_ubr(facts)
    older_than_march_2026 = branch in (26100, 26200) and ubr is not None and ubr < 8037
    if older_than_march_2026 and facts.esp_quality_updates is False:
        to.warnings.add("quality_updates_recommended")


def backup_profile(to: Reasons, facts: Facts) -> None:
    if facts.has_backup_profile is UNSET:
        to.ready_unknowns.add("unknown_backup_profile")
    elif not facts.has_backup_profile:
        to.ready_blockers.add("no_backup_profile")


def restore_setting(to: Reasons, tenant: TenantFacts) -> None:
    if tenant.restore_state is UNSET:
        to.ready_unknowns.add("unknown_tenant_restore_state")
    elif tenant.restore_state != "enabled":
        to.ready_blockers.add("tenant_restore_not_enabled")


def first_sign_in_policy(to: Reasons, facts: Facts) -> None:
    if facts.first_sign_in_policy in ("disabled", "notConfigured"):
        to.ready_blockers.add("first_sign_in_policy_not_enabled")
    elif facts.first_sign_in_policy != "enabled":
        to.ready_unknowns.add("unknown_first_sign_in_policy")


def backup_policy(to: Reasons, facts: Facts, tenant: TenantFacts) -> None:
    if facts.backup_policy == "disabled":
        to.ready_blockers.add("backup_policy_not_enabled")
    elif facts.backup_policy == "notConfigured":
        backup_by_default(to, facts, tenant)
    elif facts.backup_policy != "enabled":
        to.ready_unknowns.add("unknown_backup_policy")


def backup_by_default(to: Reasons, facts: Facts, tenant: TenantFacts) -> None:
    branch, _ = branch_and_ubr(facts)
    # The facts name no default for Insider branches past 26H2: it is taken to be unknown.
    surely_off = branch is not None and (branch < 26300 or branch == 28000)
    if tenant.region == "DMA" or surely_off:
        to.ready_blockers.add("backup_policy_not_enabled")
    elif branch == 26300 and tenant.region == "non-DMA":
        to.warnings.add("backup_on_by_default")
    else:
        to.ready_unknowns.add("unknown_backup_policy")
