"""A simulated tenant for every test that asks."""

from datetime import UTC, datetime
from typing import Any

import pytest

from local.tenant.calls import Caller
from local.tenant.faults import Faults
from local.tenant.tenant import SimulatedTenant
from tests.local.tenant.asked import Ask, Asked

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def ask() -> Ask:
    """Make a tenant; keywords are those of SimulatedTenant, and `faults` and `caller`."""

    def made(*, faults: Faults | None = None, caller: Caller | None = None, **kw: Any) -> Asked:
        kw = {"devices": 300, "clock": lambda: NOON, **kw}
        return Asked(SimulatedTenant(**kw), faults or Faults(), caller or Caller())

    return made
