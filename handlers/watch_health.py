"""Timer: tells people what became due by itself, or is wrong with the product."""

from datetime import UTC, datetime
from uuid import uuid4

import azure.functions as func

from shared import bootstrap

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.timer_trigger(arg_name="timer", schedule="%HEALTH_SCHEDULE%")
async def watch_health(timer: func.TimerRequest) -> None:
    """Tell people what is due, whatever else has happened."""
    from shared.use_cases import compose_digests as use_case

    app = bootstrap.app()
    await use_case.compose_digests(
        datetime.now(UTC),
        "it is time to look",
        uuid4().hex[:8],
        app.notify.terms,
        app.notify.settings,
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
