"""Timer: tells people what became due by itself, or is wrong with the product or a change."""

from datetime import UTC, datetime

import azure.functions as func

from handlers.compose_digests import compose
from shared import bootstrap

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.timer_trigger(arg_name="timer", schedule="%HEALTH_SCHEDULE%")
async def watch_health(timer: func.TimerRequest) -> None:
    """See that no change is forgotten, and tell people what is due, whatever else has happened."""
    from shared.use_cases.ensure_settling import ensure_settling

    await ensure_settling(datetime.now(UTC), control=bootstrap.app().restore)
    await compose("it is time to look")
