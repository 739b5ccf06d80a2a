"""Queue: sends one digest to one channel."""

from datetime import UTC, datetime

import azure.functions as func

from shared import bootstrap
from shared.messages import NOTIFICATIONS, SendNotification, decode

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.queue_trigger(
    arg_name="message", queue_name=NOTIFICATIONS, connection="AzureWebJobsStorage"
)
async def send_notification(message: func.QueueMessage) -> None:
    """Send what a message names, unless it has been sent."""
    from shared.use_cases import send_notification as use_case
    from shared.use_cases.current_routes import current_routes

    wanted = decode(message.get_body(), SendNotification)
    app = bootstrap.app()
    routes, problem = await current_routes(app.storage.settings_files, app.notify.settings)
    await use_case.send_notification(
        wanted,
        message.dequeue_count or 1,
        datetime.now(UTC),
        routes=routes,
        routes_problem=problem,
        telling=app.storage.telling,
        deliveries=app.storage.deliveries,
        queue=app.storage.queue,
        notifier_of=app.notify.notifier_of,
        links=app.notify.links,
    )
