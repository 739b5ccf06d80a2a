"""Digests for tests and pictures: small ones built by hand, large ones by a rule."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.domain.digest import (
    BestUnlock,
    Digest,
    DigestKind,
    DigestView,
    Group,
    Line,
    Notice,
    Readiness,
    Storm,
)
from shared.domain.feed import Actor, TenantChange
from shared.domain.routes import Channel
from shared.report.render.links import Links

NOW = datetime(2026, 11, 22, 2, 12, tzinfo=UTC)
LINKS = Links("https://readiness.contoso.example/")
TEAMS = Channel(name="teams", kind="teams", secret="TEAMS_WEBHOOK_URL", time_zone="Europe/Berlin")
MAIL = Channel(
    name="mail",
    kind="smtp_mail",
    to=("it@contoso.example",),
    sender="readiness@contoso.example",
    time_zone="Europe/Berlin",
)
MOST_EXAMPLES = 10

NAMES = (
    ("DESKTOP-4F7KQ2", "Ada Lovelace", "Dell Inc.", "Latitude 5440"),
    ("حاسوب-المكتب-١٢", "ليلى حداد", "Lenovo", "ThinkPad T14 Gen 4"),
    ("财务部笔记本-07", "王小明", "HUAWEI", "MateBook X Pro"),
    ("🦊-laptop-👩‍💻", "Zoë Müller", "Microsoft Corporation", "Surface Laptop 5"),
    (
        "*PC_01* [free](http://evil.example)",
        "<b>Bob</b>",
        "Acme_*_Inc",
        "{{DATE(2026-01-01T00:00:00Z)}}",
    ),
    ("מחשב-נייד-3", "נועה כהן", "HP", "EliteBook 840 G10"),
)


def line(**differing: Any) -> Line:
    """Build the word that a device's build has become too old."""
    values: dict[str, Any] = {
        "device": "7f0c2f5e-53a1-4f0a-9f5e-2b8f2d1c0a01",
        "name": "DESKTOP-4F7KQ2",
        "user_name": "Ada Lovelace",
        "serial": "5CG1234XYZ",
        "manufacturer": "Dell Inc.",
        "model": "Latitude 5440",
        "category": "Sales",
        "profile": "Standard",
        "reason": "os_build_too_old",
        "change": "raised",
        "capabilities": ("backup",),
        "severity": "high",
        "first_seen": NOW - timedelta(days=3),
        "since": NOW - timedelta(days=3),
    }
    return Line(**(values | differing))


def lines(number: int, first: int = 0, **differing: Any) -> tuple[Line, ...]:
    """Build so many words, about devices whose names are of many scripts."""
    return tuple(_numbered(n, differing) for n in range(first, first + number))


def _numbered(n: int, differing: dict[str, Any]) -> Line:
    name, user, manufacturer, model = NAMES[n % len(NAMES)]
    own = {
        "device": f"7f0c2f5e-53a1-4f0a-9f5e-{n:012x}",
        "name": name if n < len(NAMES) else f"{name} {n}",
        "user_name": user,
        "manufacturer": manufacturer,
        "model": model,
    }
    return line(**(own | differing))


def group(told: Sequence[Line], devices: int | None = None) -> Group:
    """Gather words of one reason and change."""
    first = told[0]
    return Group(
        reason=first.reason,
        change=first.change,
        severity=first.severity,
        devices=len(told) if devices is None else devices,
        examples=tuple(told[:MOST_EXAMPLES]),
    )


def digest(kind: DigestKind = "sweep", **differing: Any) -> Digest:
    """Build a digest that says nothing yet."""
    values: dict[str, Any] = {
        "id": "20261122T021200Z-1",
        "kind": kind,
        "composed": NOW,
        "sweep": "20261122T020000Z",
    }
    return Digest(**(values | differing))


def view(*groups: Sequence[Line], kind: DigestKind = "sweep", **differing: Any) -> DigestView:
    """Build a digest of these groups of words, as a channel that hears everything sees it."""
    told = tuple(line for lines in groups for line in lines)
    counted = tuple(group(lines) for lines in groups)
    devices = len({line.device for line in told})
    whole = digest(kind, devices=devices, groups=counted, **differing)
    return DigestView(whole, devices=devices, groups=counted, lines=told)


def change_notice() -> Notice:
    """Build the word that a change of the restore setting was applied, by people with names."""
    return Notice(
        "Change of the restore setting applied",
        "The restore page is shown; it was disabled before.",
        good=True,
        who="Planned by Ada Lovelace, approved by Bob.",
    )


def readiness(fleet: int) -> tuple[Readiness, ...]:
    """Build a fleet where most devices can back up, a little better than yesterday."""
    return (
        Readiness("backup", fleet * 6 // 10, fleet * 5 // 10, fleet * 6 // 10 - 12, fleet // 2 + 3),
        Readiness("restore", fleet * 4 // 10, 0, fleet * 4 // 10, 0),
        Readiness("first_sign_in_restore", fleet // 2, fleet // 10),
    )


def tenant_change(**differing: Any) -> TenantChange:
    """Build the word that somebody has turned the restore page off."""
    values: dict[str, Any] = {
        "kind": "restore_setting",
        "id": "r",
        "name": "Windows restore",
        "old": {"state": "enabled"},
        "new": {"state": "disabled"},
        "seen": NOW,
        "last_known": NOW - timedelta(minutes=15),
        "who": Actor("ada@contoso.example", "Intune portal", "app", NOW - timedelta(minutes=9)),
    }
    return TenantChange(**(values | differing))


def storm(**differing: Any) -> Storm:
    """Build a storm over a quarter of the fleet."""
    values: dict[str, Any] = {
        "devices": 2_480,
        "fleet": 10_000,
        "causes": (
            "Backup policy 'Back up Windows' was removed.",
            "95 % of the devices have one reason: no policy that enables backup.",
        ),
    }
    return Storm(**(values | differing))


def baseline() -> DigestView:
    """Build the first digest of ten thousand devices."""
    build = lines(5_100)
    join = lines(2_700, 5_100, reason="join_type_unsupported", capabilities=("backup", "restore"))
    policy = lines(2_200, 7_800, reason="backup_policy_not_enabled", severity="medium")
    unlock = BestUnlock("backup", ("update_windows", "assign_backup_policy"), 3_120)
    fleet: dict[str, Any] = {"fleet": 10_000, "readiness": readiness(10_000), "unlock": unlock}
    return view(build, join, policy, kind="baseline", **fleet)


def samples() -> dict[str, DigestView]:
    """Build one digest of each kind, with one, thirty and ten thousand devices among them."""
    fleet: dict[str, Any] = {"fleet": 10_000, "readiness": readiness(10_000), "exempt": 14}
    build = lines(18)
    join = lines(
        9, 18, reason="join_type_unsupported", change="reopened", capabilities=("restore",)
    )
    cleared = lines(3, 27, reason="backup_policy_not_enabled", change="cleared")
    everything = [
        lines(10_000, reason=reason, capabilities=("backup", "restore", "first_sign_in_restore"))
        for reason in ("os_build_too_old", "join_type_unsupported", "shared_or_userless")
    ]
    return {
        "baseline": baseline(),
        "sweep": view(
            build, join, cleared, **fleet, unlock=BestUnlock("backup", ("update_windows",), 310)
        ),
        "changes": view(lines(1), kind="changes"),
        "all-clear": view(
            lines(6, change="cleared"),
            kind="changes",
        ),
        "ten-thousand": view(*everything, **fleet),
        "storm": view(kind="storm", storm=storm(), **fleet),
        "tenant": view(
            kind="tenant",
            tenant=(
                tenant_change(),
                tenant_change(
                    kind="backup_policy",
                    id="p",
                    name="Back up *all* PCs",
                    new=None,
                    who=None,
                    who_unknown="the audit log may not be read",
                ),
            ),
        ),
        "operations": view(
            kind="operations",
            notices=(
                Notice(
                    "The nightly sweep is missing",
                    "The last complete sweep began 40 hours ago.",
                    "See in the log why nightly_sweep fails.",
                ),
                Notice(
                    "A message could not be handled",
                    "Queue notifications-poison holds 1 message.",
                    "Run `python -m local poison list notifications`.",
                ),
            ),
        ),
        "test": view(kind="test"),
    }
