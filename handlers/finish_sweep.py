"""Queue: merges the pages of a sweep and commits the snapshot."""

from datetime import UTC, datetime

import azure.functions as func

from shared import bootstrap
from shared.messages import SWEEP_FINISH, FinishSweep, decode

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.queue_trigger(
    arg_name="message", queue_name=SWEEP_FINISH, connection="AzureWebJobsStorage"
)
async def finish_sweep(message: func.QueueMessage) -> None:
    """Finish the sweep a message names."""
    from shared.use_cases import finish_sweep as use_case

    wanted = decode(message.get_body(), FinishSweep)
    app = bootstrap.app()
    await use_case.finish_sweep(
        wanted,
        message.dequeue_count or 1,
        datetime.now(UTC),
        judges=app.judges,
        devices=app.devices,
        sweeps=app.storage.sweeps,
        snapshots=app.storage.snapshots,
        overlay=app.storage.overlay,
        queue=app.storage.queue,
    )
