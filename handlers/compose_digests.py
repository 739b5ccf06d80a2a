"""Queue: sees what people are to be told."""

from datetime import UTC, datetime
from uuid import uuid4

import azure.functions as func

from shared import bootstrap
from shared.messages import DIGESTS, ComposeDigests, decode

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.queue_trigger(arg_name="message", queue_name=DIGESTS, connection="AzureWebJobsStorage")
async def compose_digests(message: func.QueueMessage) -> None:
    """Tell people what is due."""
    await compose(decode(message.get_body(), ComposeDigests).why)


async def compose(why: str) -> None:
    """Call the use case; for each trigger that has people told."""
    from shared.use_cases import compose_digests as use_case
    from shared.use_cases.restore_standing import ask_fitness

    app = bootstrap.app()
    await use_case.compose_digests(
        datetime.now(UTC),
        why,
        uuid4().hex[:8],
        app.notify.terms,
        app.notify.settings,
        fitness=await ask_fitness(app.restore.setting),
        audit=app.storage.audit,
        telling=app.storage.telling,
        windows=app.storage.windows,
        snapshots=app.storage.snapshots,
        sweeps=app.storage.sweeps,
        feed=app.storage.feed,
        deliveries=app.storage.deliveries,
        poison=app.storage.poison,
        files=app.storage.settings_files,
        queue=app.storage.queue,
    )
