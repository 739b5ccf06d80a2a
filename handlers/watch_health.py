"""Timer: tells people what became due by itself, or is wrong with the product."""

import azure.functions as func

from handlers.compose_digests import compose

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.timer_trigger(arg_name="timer", schedule="%HEALTH_SCHEDULE%")
async def watch_health(timer: func.TimerRequest) -> None:
    """Tell people what is due, whatever else has happened."""
    await compose("it is time to look")
