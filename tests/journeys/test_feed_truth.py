"""Whatever changes, dies or comes twice: feed and sweeps end in the truth, each thing told once."""

import asyncio

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from local.tenant.live import DEVICE_KINDS, KINDS
from local.tenant.server import TenantServer
from shared.use_cases import start_sweep
from tests.journeys.installation import Installation
from tests.journeys.oracle import judged
from tests.journeys.replay import Known, Replay, known_to
from tests.journeys.unruly_app import MORNING, UNSTEADY, Clock, UnrulyApp

pytestmark = pytest.mark.journey

DEVICES, CHANGES = 150, 500
EXAMPLES = 2
CHOICES = st.lists(st.integers(0, 9_999), min_size=200, max_size=200)


async def lived(storage: str, seed: int, choices: list[int], *, quiet: bool) -> None:
    clock = Clock()
    # Groups take in whole waves of new devices, which is known only when the tenant is read again.
    kinds = DEVICE_KINDS if quiet else KINDS - {"policy"}
    tenant = TenantServer(
        seed=seed, devices=DEVICES, scenario="ready", kinds=kinds, faults=UNSTEADY, clock=clock
    )
    async with tenant, Installation(storage, tenant.url) as installation:
        app = UnrulyApp(installation, tenant, clock, quiet=quiet)
        try:
            app.sweep()
            await app.settle()
            first = await known_to(installation)
            assert first.told == []
            check_truth(first, tenant)
            for choice in choices:
                await app.act(choice)
            app.change(max(0, CHANGES - app.changes))
            await app.come_to_rest()
            last = await known_to(installation)
        finally:
            await app.aclose()
        check_truth(last, tenant)
        Replay(first.blockers, last.told, last.blockers, app.forebears).check()


def check_truth(known: Known, tenant: TenantServer) -> None:
    truth = judged(tenant.truth, MORNING.date())
    assert known.alive.keys() == truth.keys()
    for id, device in known.alive.items():
        assert device.assessment == truth[id]


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("quiet", [True, False], ids=["quiet tenant", "tenant in motion"])
def test_changes_polls_sweeps_and_crashes_in_any_order_end_in_the_truth_told_once(
    storage: str, quiet: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A start that dies lets go of its lease at once here, so that nobody has to wait for it.
    monkeypatch.setattr(start_sweep, "PATIENCE", 0.0)

    @given(st.integers(1, 1_000), CHOICES)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def live(seed: int, choices: list[int]) -> None:
        asyncio.run(lived(storage, seed, choices, quiet=quiet))

    live()
