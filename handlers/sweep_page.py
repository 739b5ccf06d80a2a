"""Queue: reads and judges one page of devices."""

from datetime import UTC, datetime

import azure.functions as func

from shared import bootstrap
from shared.messages import SWEEP_PAGES, ReadPage, decode

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.queue_trigger(
    arg_name="message", queue_name=SWEEP_PAGES, connection="AzureWebJobsStorage"
)
async def sweep_page(message: func.QueueMessage) -> None:
    """Do what a message on the page queue asks for."""
    from shared.use_cases import sweep_page as use_case

    wanted = decode(message.get_body(), ReadPage)
    app = bootstrap.app()
    await use_case.sweep_page(
        wanted,
        message.dequeue_count or 1,
        datetime.now(UTC),
        app.terms,
        judges=app.judges,
        changes=app.changes,
        devices=app.devices,
        tenant=app.tenant,
        sweeps=app.storage.sweeps,
        queue=app.storage.queue,
    )
