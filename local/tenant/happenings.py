"""What happens in a tenant of itself: the kinds of changes, each drawn by a throw of dice."""

from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

from msgspec import UNSET

from local.tenant import editions, os_versions
from local.tenant.audit import Actor
from local.tenant.chance import Dice
from local.tenant.changes import Change
from local.tenant.device import Device
from local.tenant.fleet import user_index, user_name
from local.tenant.scenarios import BACKUP, FIRST_SIGN_IN, RestoreState, Target
from local.tenant.tenant import SimulatedTenant

Kind: TypeAlias = Literal[
    "sync",
    "rename",
    "build",
    "join",
    "trust",
    "user",
    "enrollment",
    "sku",
    "delete",
    "add",
    "reenrol",
    "rejoin",
    "retire",
    "entra_delete",
    "restore_setting",
    "status_page",
    "policy",
]
Happening: TypeAlias = Callable[[SimulatedTenant, Dice], Change | None]
"""Draws a change; None where the throw found nothing that it could happen to."""

TRIES = 200
NEVER_READ = ("10.0.26100", "Windows 11", "10.0.26200.x", "", None)
JOINS = (
    ("azureADJoined", "AzureAd"),
    ("hybridAzureADJoined", "ServerAd"),
    ("azureADRegistered", "Workplace"),
)
ENROLLMENTS = (
    *("windowsAzureADJoin", "windowsAutoEnrollment", "windowsCoManagement"),
    *("windowsBulkUserless", "windowsAzureADJoinUsingDeviceAuth", "deviceEnrollmentManager"),
    *("userEnrollment", "windowsTeleportation"),
)
SKUS = (*editions.PERSONAL, *editions.UNUSUAL, *editions.LONG_TERM, *editions.IOT)
ACTORS = (
    Actor("admin@contoso.example"),
    Actor("helpdesk@contoso.example"),
    Actor(application="0c2f6a3e-59a8-4b1e-8f0d-6f2b7c9e4d15", name="Baseline as code"),
)
RESTORE_STATES: tuple[RestoreState, ...] = ("notConfigured", "enabled", "disabled")
AUDIENCES: tuple[tuple[Target, ...], ...] = (
    (Target("all_devices"),),
    (Target("group", "workstations"), Target("excluded_group", "frontline")),
    (Target("group", "finance"),),
    (),
)


def _anything(_: Device) -> bool:
    return True


def _draw(
    tenant: SimulatedTenant, dice: Dice, suits: Callable[[Device], bool] = _anything
) -> Device | None:
    """Draw a Windows device that was not enrolled again since."""
    for _ in range(TRIES):
        device = tenant.device(dice.below(tenant.count))
        if device is None or device.operating_system != "Windows":
            continue
        if not tenant.is_superseded(device) and suits(device):
            return device
    return None


def _linked(device: Device) -> bool:
    return device.linked


def _unanswered(device: Device) -> bool:
    return device.linked and device.join_type in ("unknown", None, UNSET)


def _setting(device: Device | None, **properties: object) -> Change | None:
    return None if device is None else Change(device=device.index, set=properties)


def _sync(tenant: SimulatedTenant, dice: Dice) -> Change | None:
    return _setting(_draw(tenant, dice))


def _rename(tenant: SimulatedTenant, dice: Dice) -> Change | None:
    site = dice.pick(("AMS", "Zürich", "東京", "=CMD", "LAPTOP"))
    return _setting(_draw(tenant, dice), deviceName=f"{site}-{dice.below(1_000_000):06d}")


def _build(tenant: SimulatedTenant, dice: Dice) -> Change | None:
    device = _draw(tenant, dice)
    if device is None:
        return None
    fate = dice.below(10)
    if fate == 0 and device.os_version is not UNSET:
        return Change(device=device.index, absent=["osVersion"])
    versions = NEVER_READ if fate == 1 else os_versions.AT_THRESHOLDS
    others = [version for version in versions if version != device.os_version]
    return _setting(device, osVersion=dice.pick(others))


def _join(tenant: SimulatedTenant, dice: Dice) -> Change | None:
    device = _draw(tenant, dice, _linked)
    join, trust = dice.pick(JOINS)
    told = "unknown" if dice.below(4) == 0 else join
    return _setting(device, joinType=told, trustType=trust)


def _trust(tenant: SimulatedTenant, dice: Dice) -> Change | None:
    device = _draw(tenant, dice, _unanswered)
    if device is None:
        return None
    return _setting(device, trustType=dice.pick([t for _, t in JOINS if t != device.trust_type]))


def _user(tenant: SimulatedTenant, dice: Dice) -> Change | None:
    device = _draw(tenant, dice)
    if device is None:
        return None
    if device.user_name:
        return _setting(device, userId="", userPrincipalName=dice.pick(("", None)))
    user = user_index(dice.below(tenant.fleet.devices))
    name = user_name(user)
    return _setting(device, userId=tenant.fleet.users.guid(user), userPrincipalName=name)


def _enrollment(tenant: SimulatedTenant, dice: Dice) -> Change | None:
    device = _draw(tenant, dice)
    if device is None:
        return None
    if dice.below(3) == 0:
        return _setting(device, profileType="Shared", userId="", userPrincipalName="")
    others = [kind for kind in ENROLLMENTS if kind != device.enrollment_type]
    return _setting(device, deviceEnrollmentType=dice.pick(others))


def _sku(tenant: SimulatedTenant, dice: Dice) -> Change | None:
    sku = dice.pick(SKUS)
    return _setting(_draw(tenant, dice), skuNumber=sku.number, skuFamily=sku.family)


def _delete(tenant: SimulatedTenant, dice: Dice) -> Change | None:
    device = _draw(tenant, dice, _linked)
    return None if device is None else Change(device=device.index, delete=True)


def _add(tenant: SimulatedTenant, dice: Dice) -> Change | None:
    join, trust = dice.pick(JOINS)
    device = {"operatingSystem": "Windows", "joinType": join, "trustType": trust}
    entra_id = tenant.fleet.entra.guid(tenant.count)
    autopilot = {"autopilotEnrolled": False, "autopilotProfile": None, "autopilotEvents": ()}
    return Change(add={**device, **autopilot, "azureADDeviceId": entra_id})


def _reenrol(tenant: SimulatedTenant, dice: Dice) -> Change | None:
    device = _draw(tenant, dice, _linked)
    return None if device is None else Change(reenrol=device.index, beside=dice.below(3) == 0)


def _rejoin(tenant: SimulatedTenant, dice: Dice) -> Change | None:
    device = _draw(tenant, dice, lambda d: d.linked and d.autopilot_profile is None)
    return None if device is None else Change(reenrol=device.index, rejoined=True)


def _retire(tenant: SimulatedTenant, dice: Dice) -> Change | None:
    """Let an old enrolment go that a newer one stands beside."""
    old = [d.index for d in tenant.altered() if d.in_entra and tenant.is_superseded(d)]
    return Change(device=dice.pick(old), retire=True) if old else None


def _entra_delete(tenant: SimulatedTenant, dice: Dice) -> Change | None:
    return _setting(_draw(tenant, dice, _linked), inEntra=False)


def _restore_setting(tenant: SimulatedTenant, dice: Dice) -> Change:
    others = [state for state in RESTORE_STATES if state != tenant.restore_state]
    return Change(restore_state=dice.pick(others), by=dice.pick(ACTORS))


def _status_page(tenant: SimulatedTenant, dice: Dice) -> Change:
    page = dice.pick(tenant.scenario.status_pages)
    value = not page.quality_updates
    return Change(status_page=page.key, quality_updates=value, by=dice.pick(ACTORS))


def _policy(tenant: SimulatedTenant, dice: Dice) -> Change | None:
    ours = [
        policy
        for policy in tenant.scenario.policies
        if any(policy.option(setting) is not None for setting in (BACKUP, FIRST_SIGN_IN))
    ]
    if not ours:
        return None
    policy = dice.pick(ours)
    others = [targets for targets in AUDIENCES if targets != policy.targets]
    return Change(policy=policy.key, targets=dice.pick(others), by=dice.pick(ACTORS))


HAPPENINGS: Mapping[Kind, tuple[int, Happening]] = {
    "sync": (30, _sync),
    "rename": (6, _rename),
    "build": (22, _build),
    "join": (8, _join),
    "trust": (4, _trust),
    "user": (8, _user),
    "enrollment": (6, _enrollment),
    "sku": (6, _sku),
    "delete": (4, _delete),
    "add": (5, _add),
    "reenrol": (5, _reenrol),
    "rejoin": (2, _rejoin),
    "retire": (5, _retire),
    "entra_delete": (2, _entra_delete),
    "restore_setting": (2, _restore_setting),
    "status_page": (2, _status_page),
    "policy": (2, _policy),
}
"""How often each kind happens beside the others, and how it is drawn."""
