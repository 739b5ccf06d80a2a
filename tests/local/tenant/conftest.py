"""A simulated tenant for every test that asks."""

from typing import Any

import pytest

from local.tenant.calls import Caller
from local.tenant.faults import Faults
from local.tenant.tenant import SimulatedTenant
from tests.local.tenant.asked import Ask, Asked, Clock


@pytest.fixture
def ask() -> Ask:
    """Make a tenant; keywords are those of SimulatedTenant, and `faults` and `caller`."""

    def made(*, faults: Faults | None = None, caller: Caller | None = None, **kw: Any) -> Asked:
        kw = {"devices": 300, "clock": Clock(), **kw}
        return Asked(SimulatedTenant(**kw), faults or Faults(), caller or Caller())

    return made
