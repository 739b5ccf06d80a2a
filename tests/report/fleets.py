"""Small fleets, merged as a sweep merges them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from shared.domain.facts import Facts
from shared.domain.sweep import Merged, Sweep
from shared.domain.tenant import TenantReading
from tests.builders import OLD, TODAY, judged, tenant

STARTED = datetime(2026, 11, 22, 2, tzinfo=UTC)


def sweep(reading: TenantReading | None = None) -> Sweep:
    """Build a sweep of a tenant; without a reading, of one where nothing was asked."""
    return Sweep(
        id="20261122T020000Z",
        started=STARTED,
        as_of=TODAY,
        edition=OLD,
        strict_servicing=False,
        user_names=True,
        reading=reading or TenantReading(tenant()),
    )


def fleet(devices: Iterable[tuple[Facts, int]], **differing: Any) -> Merged:
    """Merge so many devices of each kind, in a tenant where all is well."""
    kinds = {str(key): kind for key, kind in enumerate(devices)}
    values: dict[str, Any] = {
        "devices": sum(number for _, number in kinds.values()),
        "per_assessment": {key: number for key, (_, number) in kinds.items()},
        "assessments": {key: judged(facts) for key, (facts, _) in kinds.items()},
        "pages": 1,
    }
    return Merged(**(values | differing))
