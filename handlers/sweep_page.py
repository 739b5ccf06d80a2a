"""Queue: reads and judges one page of devices."""

import azure.functions as func

from shared import bootstrap
from shared.messages import SWEEP_PAGES, ReadPage, decode

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.queue_trigger(
    arg_name="message", queue_name=SWEEP_PAGES, connection="AzureWebJobsStorage"
)
async def sweep_page(message: func.QueueMessage) -> None:
    """Read the page a message names; page 0 is a start that had been put off."""
    from shared.use_cases.read_page import read_page
    from shared.use_cases.start_sweep import resume_start

    wanted = decode(message.get_body(), ReadPage)
    app = bootstrap.app()
    if wanted.page == 0:
        await resume_start(
            wanted, app.terms, tenant=app.tenant, sweeps=app.storage.sweeps, queue=app.storage.queue
        )
        return
    await read_page(
        wanted,
        message.dequeue_count or 1,
        judges=app.judges,
        devices=app.devices,
        sweeps=app.storage.sweeps,
        queue=app.storage.queue,
    )
