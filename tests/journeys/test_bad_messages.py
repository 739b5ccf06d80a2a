from pathlib import Path
from typing import NamedTuple

import pytest

from local.tenant.server import TenantServer
from shared.messages import MAX_DEQUEUE_COUNT, SWEEP_FINISH, SWEEP_PAGES
from tests.journeys.system import serving
from tests.journeys.waiting import until

pytestmark = pytest.mark.journey


class Bad(NamedTuple):
    """A message on a queue, and what the log says is wrong with it."""

    queue: str
    text: str
    named: str


@pytest.mark.parametrize(
    "bad",
    [
        Bad(SWEEP_PAGES, '{"page": 1}', "missing required field `sweep`"),
        Bad(SWEEP_PAGES, '{"sweep": "s", "page": "one"}', "`$.page`"),
        Bad(SWEEP_PAGES, '{"sweep": "s", "page": 1, "cursor": 7}', "`$.cursor`"),
        Bad(SWEEP_PAGES, '{"sweep": "s", "page": 1, "colour": "red"}', "unknown field `colour`"),
        Bad(SWEEP_PAGES, "a page, please", "ReadPage message cannot be read"),
        Bad(SWEEP_FINISH, '{"sweep": "s", "pages": null}', "`$.pages`"),
    ],
)
async def test_a_malformed_message_goes_to_poison_with_a_line_that_names_the_field(
    storage: str, app_folder: Path, caplog: pytest.LogCaptureFixture, bad: Bad
) -> None:
    async with serving(storage, app_folder, TenantServer(devices=20)) as system:
        await system.send(bad.queue, bad.text)
        assert await until(lambda: system.peek(f"{bad.queue}-poison")) == [bad.text]
    tries = [r for r in caplog.records if r.exc_info and bad.named in str(r.exc_info[1])]
    assert len(tries) == MAX_DEQUEUE_COUNT


async def test_a_sweep_goes_on_beside_messages_that_nobody_can_read(
    storage: str, app_folder: Path
) -> None:
    tenant = TenantServer(devices=20)
    async with serving(storage, app_folder, tenant) as system:
        await system.send(SWEEP_PAGES, "[]")
        await system.send(SWEEP_FINISH, "[]")
        swept = await system.sweep()
    assert swept.devices.keys() == {device.id for device, _ in tenant.truth.devices()}
