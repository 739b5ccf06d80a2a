"""Queue: assesses the devices that changed since the last sweep."""

from datetime import UTC, datetime

import azure.functions as func

from shared import bootstrap
from shared.messages import DEVICE_CHANGES, DeviceChanges, decode

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.queue_trigger(
    arg_name="message", queue_name=DEVICE_CHANGES, connection="AzureWebJobsStorage"
)
async def assess_devices(message: func.QueueMessage) -> None:
    """Assess the devices a message names."""
    from shared.use_cases import assess_devices as use_case

    wanted = decode(message.get_body(), DeviceChanges)
    app = bootstrap.app()
    await use_case.assess_devices(
        wanted,
        datetime.now(UTC),
        app.notify.terms.coalesce,
        judges=app.judges,
        devices=app.devices,
        sweeps=app.storage.sweeps,
        snapshots=app.storage.snapshots,
        overlay=app.storage.overlay,
        feed=app.storage.feed,
        windows=app.storage.windows,
        queue=app.storage.queue,
    )
