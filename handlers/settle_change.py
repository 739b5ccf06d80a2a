"""Queue: finds out what became of a change of the restore setting."""

from datetime import UTC, datetime

import azure.functions as func

from shared import bootstrap
from shared.messages import RESTORE_CHANGES, SettleChange, decode

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.queue_trigger(
    arg_name="message", queue_name=RESTORE_CHANGES, connection="AzureWebJobsStorage"
)
async def settle_change(message: func.QueueMessage) -> None:
    """Look at the change a message names."""
    from shared.use_cases import settle_change as use_case

    wanted = decode(message.get_body(), SettleChange)
    await use_case.settle_change(wanted, datetime.now(UTC), control=bootstrap.app().restore)
