"""What stands in the way of the whole tenant, apart from any one device."""

from collections.abc import Iterator
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from shared.domain.clouds import UNSUPPORTED
from shared.domain.tenant import Policy, StatusPage, TenantReading


class TenantFinding(Struct, frozen=True):
    """One finding of the tenant, in words for an administrator.

    `severity` is `blocks` where nothing works until it is fixed, `limits` where part of the fleet
    or of the experience suffers, and `unreadable` where the answer could not be had.
    """

    code: str
    severity: Literal["blocks", "limits", "unreadable"]
    title: str
    detail: str
    fix: str


def tenant_findings(reading: TenantReading) -> tuple[TenantFinding, ...]:
    """List the findings, the gravest first.

    Source: facts/windows-backup.md section 3, "Tenant restore setting", "Backup policy", "Quality
    updates" and "Silent blockers the Intune page omits" (Windows page, 2026-09-29).
    """
    return (
        *_cloud(reading),
        *_restore_setting(reading),
        *_backup_policy(reading),
        *_first_sign_in_policy(reading),
        *_status_pages(reading),
        *_companion_policies(reading),
        *_conditional_access(reading),
        *_unread(reading),
    )


def _cloud(reading: TenantReading) -> Iterator[TenantFinding]:
    if reading.facts.cloud in UNSUPPORTED:
        yield TenantFinding(
            "cloud_unsupported",
            "blocks",
            "Windows Backup for Organizations is not offered in this cloud",
            f"The tenant is in the cloud {reading.facts.cloud!r}.",
            "None: the feature exists in the worldwide and GCC clouds only.",
        )


def _restore_setting(reading: TenantReading) -> Iterator[TenantFinding]:
    setting = reading.restore_setting
    if setting is not UNSET and setting.state != "enabled":
        yield TenantFinding(
            "restore_setting_off",
            "blocks",
            "The restore page is not shown during enrolment",
            f"The tenant's restore setting is {setting.state}"
            + (", which behaves as off." if setting.state == "notConfigured" else "."),
            "Intune admin center > Devices > Enrollment > Windows > Windows Backup and Restore >"
            " Show restore page: On. It acts at enrolment only, for every user of the tenant.",
        )


def _backup_policy(reading: TenantReading) -> Iterator[TenantFinding]:
    yield from _policy_findings(
        reading.backup_policies,
        "backup_policy",
        "Windows backup",
        "Settings catalog > Administrative Templates > Windows Components > Sync your settings >"
        " Enable Windows Backup: Enabled, assigned to all devices or to the groups that should"
        " back up.",
    )


def _first_sign_in_policy(reading: TenantReading) -> Iterator[TenantFinding]:
    yield from _policy_findings(
        reading.first_sign_in_policies,
        "first_sign_in_policy",
        "restore at first sign-in",
        "Settings catalog > Windows Backup And Restore > Enable Windows Restore: Enabled, assigned"
        " to the devices that should offer restore at first sign-in.",
    )


def _policy_findings(
    policies: tuple[Policy, ...] | UnsetType, code: str, what: str, fix: str
) -> Iterator[TenantFinding]:
    if policies is UNSET:
        return
    if not any(_may_enable(p) for p in policies):
        yield TenantFinding(
            f"{code}_missing",
            "limits",
            f"No settings-catalog policy switches on {what}",
            "No policy with this setting enabled is assigned to anybody. It may still come by a"
            " custom OMA-URI or by Group Policy, which cannot be seen from here.",
            fix,
        )
    enabling = [p for p in policies if p.value == "enabled" and _assigned(p)]
    filtered = sorted(p.name for p in enabling if _filtered(p))
    if filtered:
        yield TenantFinding(
            f"{code}_depends_on_filter",
            "limits",
            f"Whom the policy for {what} reaches depends on an assignment filter",
            f"Assigned with a filter: {_named(filtered)}. Only Intune can evaluate filters, so the"
            " devices that depend on one are counted as unknown.",
            "Assign to groups instead of filters, or check the filter's preview in Intune.",
        )


def _status_pages(reading: TenantReading) -> Iterator[TenantFinding]:
    if reading.status_pages is UNSET:
        return
    off = [p for p in applying(reading.status_pages) if p.quality_updates is False]
    if off:
        yield TenantFinding(
            "esp_quality_updates_off",
            "limits",
            "Enrolment status pages do not install quality updates",
            f"Off in: {_named(sorted(p.name for p in off))}. A new PC with a build older than July"
            " 2025 is then never shown the restore page.",
            "Intune admin center > Devices > Enrollment > Enrollment Status Page > the profile >"
            " Install Windows quality updates: Yes.",
        )


def applying(pages: tuple[StatusPage, ...]) -> Iterator[StatusPage]:
    """Go through the pages that some device may get; those behind one for all devices are none."""
    for page in sorted(pages, key=lambda p: (p.default, p.priority)):
        if page.default or _targeted(page):
            yield page
        if _takes_all(page):
            return


def _companion_policies(reading: TenantReading) -> Iterator[TenantFinding]:
    if reading.companion_policies is UNSET:
        return
    disabled = [p for p in reading.companion_policies if p.value == "disabled" and _assigned(p)]
    for setting in sorted({p.setting for p in disabled}):
        names = sorted(p.name for p in disabled if p.setting == setting)
        yield TenantFinding(
            f"companion_policy_disabled_{setting.lower()}",
            "limits",
            f"{setting} is disabled, which silently stops backup",
            f"Disabled by: {_named(names)}.",
            f"Set {setting} to Enabled or Not configured in that policy, or take the devices that"
            " should back up out of its assignment.",
        )


def _conditional_access(reading: TenantReading) -> Iterator[TenantFinding]:
    if reading.access_policies is UNSET:
        return
    blocking = sorted(p.name for p in reading.access_policies if p.blocks_restore)
    if blocking:
        yield TenantFinding(
            "conditional_access_blocks_restore",
            "limits",
            "Conditional Access can block restore",
            f"These policies cover the app of Windows Backup: {_named(blocking)}.",
            "Exclude the app d32c68ad-72d2-4acb-a0c7-46bb2cf93873 from the policy.",
        )


def _unread(reading: TenantReading) -> Iterator[TenantFinding]:
    for outcome in reading.outcomes:
        if outcome.state == "complete":
            continue
        permission = outcome.permission
        yield TenantFinding(
            f"unread_{outcome.name.lower().replace(' ', '_').replace('-', '_')}",
            "unreadable",
            f"{_words(outcome.name)} could not be read"
            + " to the end" * (outcome.state == "partial"),
            outcome.reason or "Graph did not answer.",
            f"Grant the application permission {permission} and consent to it."
            if permission
            else "Run the sweep again; if it stays so, take the request id to Microsoft support.",
        )


def _assigned(policy: Policy) -> bool:
    return isinstance(policy.targets, tuple) and any(
        target.kind in ("all_devices", "all_users", "group") for target in policy.targets
    )


def _may_enable(policy: Policy) -> bool:
    """Tell whether a policy enables its setting for somebody, or might, for all that was read."""
    if policy.value == "disabled":
        return False
    return not isinstance(policy.targets, tuple) or any(
        target.kind != "excluded_group" for target in policy.targets
    )


def _targeted(page: StatusPage) -> bool:
    return isinstance(page.targets, tuple) and any(
        target.kind in ("all_devices", "group") for target in page.targets
    )


def _takes_all(page: StatusPage) -> bool:
    return (
        isinstance(page.targets, tuple)
        and any(t.kind == "all_devices" and not t.filtered for t in page.targets)
        and not any(t.kind == "excluded_group" for t in page.targets)
    )


def _filtered(policy: Policy) -> bool:
    return isinstance(policy.targets, tuple) and any(t.filtered for t in policy.targets)


def _words(name: str) -> str:
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _named(names: list[str], most: int = 5) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
