"""Exemptions, lines, channels and routes for tests, alike except for what a test says."""

from datetime import UTC, date, datetime
from typing import Any

from shared.domain.digest import Line
from shared.domain.exemption import Exemption
from shared.domain.known_device import DeviceRecord
from shared.domain.routes import Channel, Route, Routes

TODAY = date(2026, 11, 22)
REASON = "os_build_too_old"


def exemption(**differing: Any) -> Exemption:
    """Build an exemption of one device from one reason, for the rest of the year."""
    values: dict[str, Any] = {
        "id": "e1",
        "reason_code": REASON,
        "owner": "Zoë",
        "why": "It is replaced in spring.",
        "created": TODAY,
        "expires": date(2026, 12, 31),
        "device": "NYC-LT-1",
    }
    return Exemption(**(values | differing))


def unscoped(**differing: Any) -> Exemption:
    """Build an exemption from one reason, with no scope but those a test gives."""
    return exemption(**({"device": None} | differing))


def record(**differing: Any) -> DeviceRecord:
    """Build a device's record."""
    values: dict[str, Any] = {
        "id": "00259f92-0000-4000-8000-000000000001",
        "name": "NYC-LT-1",
        "serial": "5CG1234XYZ",
        "category": "Kiosk",
        "profile": "Sales laptops",
        "model": "Surface Pro 10",
    }
    return DeviceRecord(**(values | differing))


def line(**differing: Any) -> Line:
    """Build a word about one device: it can no longer back up, nor restore."""
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    values: dict[str, Any] = {
        "device": "00259f92-0000-4000-8000-000000000001",
        "name": "NYC-LT-1",
        "user_name": None,
        "serial": "5CG1234XYZ",
        "manufacturer": "Microsoft",
        "model": "Surface Pro 10",
        "category": "Kiosk",
        "profile": "Sales laptops",
        "reason": REASON,
        "change": "raised",
        "capabilities": ("backup", "restore"),
        "severity": "high",
        "first_seen": noon,
        "since": noon,
    }
    return Line(**(values | differing))


def teams(name: str = "teams", **differing: Any) -> Channel:
    """Build a Teams channel."""
    return Channel(**({"name": name, "kind": "teams", "secret": "TEAMS_WEBHOOK_URL"} | differing))


def routed(*routes: Route, default: tuple[str, ...] = ("main",), **differing: Any) -> Routes:
    """Build routes between the channels main, ops and desk; what is unrouted goes to main."""
    channels = tuple(map(teams, ("main", "ops", "desk")))
    return Routes(channels, default, routes, **differing)
